package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A reader's view of one GroupBy's live tiles in one generation. Shared by threads. */
final class LiveView {
    private final Path directory;
    private final UnsafeBuffer roots;
    private final LiveShardView[] shards;

    private LiveView(Path directory, UnsafeBuffer roots, int shardCount) {
        this.directory = directory;
        this.roots = roots;
        this.shards = new LiveShardView[shardCount];
        for (int shard = 0; shard < shardCount; shard++) {
            shards[shard] = new LiveShardView(directory, shard, roots);
        }
    }

    /** @return null if the directory is gone */
    static @Nullable LiveView open(Path directory, int shardCount) {
        Path file = StoreDirectory.roots(directory);
        UnsafeBuffer roots = StoreFiles.map(file);
        if (roots == null) {
            return null;
        }
        if (roots.capacity() != LiveRootsDescriptor.length(shardCount)
                || roots.getLongAcquire(LiveRootsDescriptor.MAGIC_OFFSET) != LiveRootsDescriptor.MAGIC
                || roots.getInt(LiveRootsDescriptor.FORMAT_OFFSET, LITTLE_ENDIAN)
                        != LiveRootsDescriptor.FORMAT_VERSION) {
            throw new StoreException(
                    StoreException.Code.CORRUPT,
                    file + " is not the roots of " + shardCount + " shards in format "
                            + LiveRootsDescriptor.FORMAT_VERSION);
        }
        return new LiveView(directory, roots, shardCount);
    }

    Path directory() {
        return directory;
    }

    LiveShardView shard(int shard) {
        return shards[shard];
    }

    OptionalLong newestEventMs() {
        long newest = roots.getLongAcquire(LiveRootsDescriptor.NEWEST_OFFSET);
        return newest == LiveRootsDescriptor.NO_EVENT ? OptionalLong.empty() : OptionalLong.of(newest);
    }
}
