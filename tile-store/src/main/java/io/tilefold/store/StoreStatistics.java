package io.tilefold.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** How full a store's indexes and blocks are, and what a key takes. */
public record StoreStatistics(StoreOverview.DiskUse files, List<GroupBy> groupBys) {
    /** @param base of the current version; null if there is none on disk */
    public record GroupBy(
            String id,
            String name,
            @Nullable Base base,
            @Nullable Live live) {}

    /** @param bytesPerKey all of the segments, index included, by keys */
    public record Base(
            long version,
            long keys,
            long bytes,
            double bytesPerKey,
            long slots,
            double loadFactor,
            Percentiles probes,
            Percentiles recordBytes) {}

    /**
     * @param usedBytes of the records, without what is free in their blocks and without holes
     * @param bytesPerKey all of index and regions, by keys
     * @param busy records that the writer changed during every one of many tries: not counted
     */
    public record Live(
            long keys,
            long slots,
            double loadFactor,
            long removedSlots,
            long indexBytes,
            long regionBytes,
            long usedBytes,
            double bytesPerKey,
            Percentiles probes,
            Percentiles recordBytes,
            List<SizeClass> blocks,
            long busy) {}

    /**
     * Blocks of one length.
     *
     * @param wasteBytes of those in use: free and holes
     */
    public record SizeClass(int length, long inUse, long free, long wasteBytes) {}

    /** Of so many values, exact. */
    public record Percentiles(long count, double mean, long p50, long p90, long p99, long max) {}
}
