package io.tilefold.store;

import java.util.Arrays;
import org.agrona.collections.Long2LongCounterMap;

/** Counts values one by one: exact percentiles of what has few distinct values. For tools; confined to one thread. */
final class Distribution {
    private final Long2LongCounterMap counts = new Long2LongCounterMap(0);
    private long count;
    private long total;
    private long largest;

    void add(long value) {
        counts.incrementAndGet(value);
        count++;
        total += value;
        largest = Math.max(largest, value);
    }

    /** All zeros if nothing was counted. */
    StoreStatistics.Percentiles percentiles() {
        long[] values = new long[counts.size()];
        int[] at = new int[1];
        counts.forEach((value, times) -> values[at[0]++] = value);
        Arrays.sort(values);
        return new StoreStatistics.Percentiles(
                count,
                count == 0 ? 0 : (double) total / count,
                percentile(values, 0.50),
                percentile(values, 0.90),
                percentile(values, 0.99),
                largest);
    }

    private long percentile(long[] values, double share) {
        long rank = (long) Math.ceil(share * count);
        long before = 0;
        for (long value : values) {
            before += counts.get(value);
            if (before >= rank) {
                return value;
            }
        }
        return 0;
    }
}
