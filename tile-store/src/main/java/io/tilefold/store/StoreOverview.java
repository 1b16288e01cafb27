package io.tilefold.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in a store, by its catalog, its control page and its directory. Times are epoch milliseconds; absent is null.
 *
 * @param shards those of the deployment's that the shard group owns, {@code "0-3,7"} or {@code "all"}
 * @param published whether the control page holds good: written in this run of the operating system
 * @param generation of live tiles, position in the log, and so on: as the control page says
 * @param heartbeatMs the writer's last sign of life
 * @param files what the directory takes on disk
 */
public record StoreOverview(
        String directory,
        int shardGroup,
        int shardCount,
        String shards,
        boolean published,
        @Nullable Long publication,
        @Nullable Long generation,
        @Nullable Long manifest,
        @Nullable Long position,
        @Nullable Long caughtUpAtMs,
        @Nullable Long heartbeatMs,
        int catalogBytes,
        DiskUse files,
        List<GroupBy> groupBys) {
    /**
     * Bytes of files, by what they are.
     *
     * @param baseCurrent segments of current versions; {@code baseFormer} of former ones; {@code baseOther} uploads that are not committed, and
     *     versions about to be removed
     * @param live of all generations on disk
     */
    public record DiskUse(
            long total,
            long baseCurrent,
            long baseFormer,
            long baseOther,
            long live,
            long manifests,
            long snapshot,
            long other) {}

    /** @param others versions of which there are files, neither current nor former */
    public record GroupBy(
            String id,
            String name,
            @Nullable Version current,
            @Nullable Version former,
            List<Long> others,
            @Nullable Live live) {}

    /** @param missing shards whose segment is not there */
    public record Version(long version, long batchEndMs, int segments, List<Integer> missing, long bytes) {}

    /** @param newestEventMs largest event time applied */
    public record Live(
            long keys,
            long indexBytes,
            long regionBytes,
            @Nullable Long newestEventMs) {}
}
