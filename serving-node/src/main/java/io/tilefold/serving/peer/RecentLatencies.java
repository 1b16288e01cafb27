package io.tilefold.serving.peer;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** A high percentile of the latest answers' latencies, renewed every so many of them. Shared by threads. */
final class RecentLatencies {
    static final double PERCENTILE = 95;

    /** Answers from one renewal to the next. */
    private static final int PERIOD = 128;

    private static final long MAX_NS = TimeUnit.SECONDS.toNanos(60);

    private final Recorder recorder = new Recorder(MAX_NS, 2);
    private final long initialNs;
    private @Nullable Histogram interval;
    private volatile long percentileNs;
    private int recorded;

    /** @param initialNs what is said before the first renewal */
    RecentLatencies(long initialNs) {
        this.initialNs = initialNs;
        this.percentileNs = initialNs;
    }

    void record(long latencyNs) {
        recorder.recordValue(Math.max(0, Math.min(latencyNs, MAX_NS)));
        renewIfDue();
    }

    private synchronized void renewIfDue() {
        if (++recorded < PERIOD) {
            return;
        }
        recorded = 0;
        interval = recorder.getIntervalHistogram(interval);
        long latest = interval.getValueAtPercentile(PERCENTILE);
        percentileNs = percentileNs == initialNs ? latest : (percentileNs + latest) / 2;
    }

    long percentileNs() {
        return percentileNs;
    }
}
