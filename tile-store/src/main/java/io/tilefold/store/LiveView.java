package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A reader's view of one GroupBy's live tiles in one generation. Shared by threads; the views that hold it are counted under their reader's
 * lock, and the last one unmaps it.
 */
final class LiveView {
    private final LiveDirectory directory;
    private final UnsafeBuffer roots;
    private final LiveShardView[] shards;
    private int holders;

    private LiveView(LiveDirectory directory, UnsafeBuffer roots, int shardCount) {
        this.directory = directory;
        this.roots = roots;
        this.shards = new LiveShardView[shardCount];
        for (int shard = 0; shard < shardCount; shard++) {
            shards[shard] = new LiveShardView(directory, shard, roots);
        }
    }

    /** @return null if the directory is gone */
    static @Nullable LiveView open(LiveDirectory directory, int shardCount) {
        Path file = directory.roots();
        UnsafeBuffer roots = DurableFile.map(directory.files(), file, Mappings.Kind.LIVE_ROOTS);
        if (roots == null) {
            return null;
        }
        LiveHeader.checkRoots(roots, file, shardCount);
        return new LiveView(directory, roots, shardCount);
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
        for (LiveShardView shard : shards) {
            shard.unmap();
        }
        Mappings.unmap(roots);
    }

    LiveDirectory directory() {
        return directory;
    }

    LiveShardView shard(int shard) {
        return shards[shard];
    }

    /** Keys of a shard, now. */
    long keys(int shard) {
        return roots.getLongAcquire(LiveRootsDescriptor.keysOffset(shard));
    }

    /** Region files of a shard, now. */
    long regions(int shard) {
        return roots.getLongAcquire(LiveRootsDescriptor.regionsOffset(shard));
    }

    /** True if its records are those of {@link MutationKey}s. */
    boolean isOfMutations() {
        return roots.getInt(LiveRootsDescriptor.MUTATIONS_OFFSET, LITTLE_ENDIAN) != 0;
    }

    OptionalLong newestEventMs() {
        long newest = roots.getLongAcquire(LiveRootsDescriptor.NEWEST_OFFSET);
        return newest == LiveRootsDescriptor.NO_EVENT ? OptionalLong.empty() : OptionalLong.of(newest);
    }

    /** @return {@link GroupByView#UNKNOWN_LAG} if it is not known */
    long consumerLag() {
        return roots.getLongAcquire(LiveRootsDescriptor.LAG_OFFSET) - 1;
    }
}
