package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.tile.SegmentException;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One version of one GroupBy, mapped. A segment that is missing or unreadable leaves its shard out and says why. Shared by threads; the views
 * that hold it are counted under their reader's lock, and the last one unmaps it.
 */
final class BaseView {
    private final Version version;
    private final @Nullable SegmentReader[] segments;
    private final List<String> problems = new ArrayList<>();
    private final List<UnsafeBuffer> mapped = new ArrayList<>();
    private int holders;

    private BaseView(Version version, int shardCount) {
        this.version = version;
        this.segments = new SegmentReader[shardCount];
    }

    /** @param owned shards of which there should be a segment */
    static BaseView open(StoreDirectory directory, DefinitionId id, Version version, ShardSet owned) {
        int shardCount = owned.shardCount();
        BaseView view = new BaseView(version, shardCount);
        for (int shard : owned.list()) {
            try {
                Path file = directory.segment(id, version.number(), shard);
                UnsafeBuffer buffer = mapSegment(directory.files(), file);
                view.mapped.add(buffer);
                view.segments[shard] = checkSegment(
                        buffer, file, new SegmentHeader(id, version.number(), shard, shardCount, version.batchEndMs()));
            } catch (SegmentException | StoreException e) {
                view.problems.add(String.valueOf(e.getMessage()));
            }
        }
        return view;
    }

    /** @throws StoreException naming the file, if it is missing */
    static UnsafeBuffer mapSegment(StoreFiles files, Path file) {
        UnsafeBuffer buffer = DurableFile.map(files, file, Mappings.Kind.SEGMENT);
        if (buffer == null) {
            throw new StoreException(
                    StoreException.Code.MISMATCH, "segment " + file + " is missing: upload the version again");
        }
        return buffer;
    }

    /**
     * Checks that a mapped file is the segment expected; its contents are not verified.
     *
     * @throws SegmentException naming the file
     * @throws StoreException naming the file, if it is another segment
     */
    static SegmentReader checkSegment(UnsafeBuffer buffer, Path file, SegmentHeader expected) {
        SegmentReader segment = new SegmentReader(buffer, file.toString());
        if (!segment.header().equals(expected)) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    "segment " + file + " is of " + segment.header() + ", expected is " + expected);
        }
        return segment;
    }

    void hold() {
        holders++;
    }

    /** The view that held it is closed. */
    void release() {
        if (--holders == 0) {
            unmap();
        }
    }

    void unmap() {
        mapped.forEach(Mappings::unmap);
    }

    Version version() {
        return version;
    }

    /** @return null if it is not there; {@link #problems} says why, unless it is of a shard that the store does not own */
    @Nullable SegmentReader segment(int shard) {
        return segments[shard];
    }

    List<String> problems() {
        return problems;
    }
}
