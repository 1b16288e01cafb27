package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reader's mappings of one GroupBy's live files in one shard, made when first needed. Shared by threads. A file that is gone (its generation
 * was replaced before this view ever mapped it) reads as absent.
 */
final class LiveShardView {
    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private volatile @Nullable UnsafeBuffer[] regions = new UnsafeBuffer[0];
    private volatile @Nullable Table table;
    private final List<Table> former = new ArrayList<>();

    /** One index file. */
    record Table(long number, UnsafeBuffer buffer, int slots) {}

    LiveShardView(LiveDirectory directory, int shard, UnsafeBuffer roots) {
        this.directory = directory;
        this.shard = shard;
        this.roots = roots;
    }

    /** Number of the index file that holds now; 0: no key yet. */
    long indexNumber() {
        return roots.getLongAcquire(LiveRootsDescriptor.indexNumberOffset(shard));
    }

    /** @return null if there is no such file any more */
    @Nullable Table index(long number) {
        Table known = table;
        return known != null && known.number == number ? known : mapIndex(number);
    }

    /** @return null if there is no such file */
    @Nullable UnsafeBuffer region(int region) {
        @Nullable UnsafeBuffer[] mapped = regions;
        UnsafeBuffer known = region < mapped.length ? mapped[region] : null;
        return known != null ? known : mapRegion(region);
    }

    private synchronized @Nullable Table mapIndex(long number) {
        Table known = table;
        if (known != null && known.number >= number) {
            return known.number == number ? known : null;
        }
        UnsafeBuffer buffer =
                DurableFile.map(directory.files(), directory.index(shard, number), Mappings.Kind.LIVE_INDEX);
        if (buffer == null) {
            return null;
        }
        check(buffer, LiveIndexDescriptor.MAGIC, LiveIndexDescriptor.FORMAT_OFFSET, LiveIndexDescriptor.FORMAT_VERSION);
        Table mapped = new Table(number, buffer, LiveIndexDescriptor.slots(buffer.capacity()));
        if (known != null) {
            former.add(known); // a thread may be in it
        }
        table = mapped;
        return mapped;
    }

    private synchronized @Nullable UnsafeBuffer mapRegion(int region) {
        @Nullable UnsafeBuffer[] mapped = regions;
        UnsafeBuffer known = region < mapped.length ? mapped[region] : null;
        if (known != null) {
            return known;
        }
        UnsafeBuffer buffer =
                DurableFile.map(directory.files(), directory.region(shard, region), Mappings.Kind.LIVE_REGION);
        if (buffer == null) {
            return null;
        }
        check(
                buffer,
                LiveRegionDescriptor.MAGIC,
                LiveRegionDescriptor.FORMAT_OFFSET,
                LiveRegionDescriptor.FORMAT_VERSION);
        mapped = Arrays.copyOf(mapped, Math.max(mapped.length, region + 1));
        mapped[region] = buffer;
        regions = mapped; // an array once published does not change
        return buffer;
    }

    synchronized void unmap() {
        for (UnsafeBuffer region : regions) {
            if (region != null) {
                Mappings.unmap(region);
            }
        }
        former.forEach(one -> Mappings.unmap(one.buffer));
        former.clear();
        Table known = table;
        if (known != null) {
            Mappings.unmap(known.buffer);
        }
    }

    private void check(UnsafeBuffer buffer, long magic, int formatOffset, int format) {
        if (buffer.capacity() < LiveRegionDescriptor.HEADER_LENGTH
                || buffer.getLong(0, LITTLE_ENDIAN) != magic
                || buffer.getInt(formatOffset, LITTLE_ENDIAN) != format) {
            Mappings.unmap(buffer);
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    "live files of shard " + shard + " in " + directory + " are not of " + Magic.text(magic)
                            + " format " + format + ": run serving and ingest of one build");
        }
    }
}
