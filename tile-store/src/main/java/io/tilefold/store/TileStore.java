package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The writer's side of a store: one per directory, confined to one thread except where a method says otherwise.
 */
public final class TileStore implements AutoCloseable {
    private TileStore() {}

    /**
     * Opens a store for writing and begins a new generation of live tiles, which {@link #publish} makes visible.
     *
     * @throws StoreException if another writer has it open, it belongs to another shard group or has another number of shards
     */
    public static TileStore open(Path directory, int shardGroup, int shardCount) {
        return Skeleton.pending();
    }

    /** Replaces the active set. Ids that stay keep base and live. Visible at the next {@link #publish}. */
    public void activate(byte[] catalogBytes, List<ActiveGroupBy> groupBys) {
        Skeleton.pending();
    }

    /** The active GroupBy with this id. */
    public @Nullable GroupByStore groupBy(DefinitionId id) {
        return Skeleton.pending();
    }

    /** Where a segment belongs; its directory exists. Write {@code name.part} beside it, sync, rename. Any thread. */
    public Path segmentFile(DefinitionId id, long version, int shard) {
        return Skeleton.pending();
    }

    /**
     * Verifies a segment's header, footer and every checksum. Any thread.
     *
     * @throws io.tilefold.core.tile.CorruptSegmentException naming file and offset
     * @throws StoreException naming the file, if it is missing or is another segment
     */
    public SegmentSummary verifySegment(DefinitionId id, long version, int shard, long batchEndMs) {
        return Skeleton.pending();
    }

    /** Makes a version current at the next {@link #publish}; the one before becomes former, the one before that is removed. */
    public void commit(DefinitionId id, long version, long batchEndMs) {
        Skeleton.pending();
    }

    /** Removes the files of an upload that was not committed. */
    public void dropVersion(DefinitionId id, long version) {
        Skeleton.pending();
    }

    /** Versions of which some file is on disk. */
    public Set<Long> versionsOnDisk(DefinitionId id) {
        return Skeleton.pending();
    }

    /**
     * Makes all that was applied visible. A new generation is published only when it has reached the position published before.
     *
     * @param caughtUpAtMs last moment at which live stood at its topics' end, epoch milliseconds; 0: never
     */
    public void publish(long logPosition, long caughtUpAtMs) {
        Skeleton.pending();
    }

    /** Tells readers that the writer lives. Call at least every second. */
    public void heartbeat(long nowMs) {
        Skeleton.pending();
    }

    public List<GroupByStats> stats() {
        return Skeleton.pending();
    }

    @Override
    public void close() {
        Skeleton.pending();
    }
}
