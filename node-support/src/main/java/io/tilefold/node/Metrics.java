package io.tilefold.node;

import java.util.Map;
import org.HdrHistogram.Histogram;

/** Takes a node's metrics, one after the other, in whatever form they go on. Used by one thread. */
public interface Metrics {
    /**
     * Begins a metric; its samples follow.
     *
     * @param name as Prometheus wants it: {@code _total} behind counters, the unit before it
     * @param type {@code counter}, {@code gauge} or {@code histogram}
     */
    Metrics metric(String name, String type, String help);

    /** One sample of the counter or gauge that has begun. */
    Metrics sample(String name, Map<String, String> labels, long value);

    /**
     * The samples of one histogram of the metric that has begun.
     *
     * @param unit of the values recorded, in parts of what the metric is in: 1,000 for milliseconds of a metric in seconds
     * @param bounds of the buckets, in the recorded unit
     */
    Metrics histogramOf(String name, Map<String, String> labels, Histogram total, double unit, long... bounds);
}
