package io.tilefold.serving;

import java.util.Arrays;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/**
 * How long the stages of one target's fetches took since the node started, in nanoseconds. Any thread records, and waits for none: two atomic additions a stage. Whoever looks takes a copy,
 * in which what is recorded meanwhile is or is not.
 */
final class TargetLatency {
    private static final int DIGITS = 2;
    private static final long LEAST_NS = 64;
    private static final long MOST_NS = 60_000_000_000L;

    /** By {@link Stage#ordinal}. */
    private final AtomicHistogram[] stages = new AtomicHistogram[Stage.values().length];

    TargetLatency() {
        Arrays.setAll(stages, i -> new AtomicHistogram(LEAST_NS, MOST_NS, DIGITS));
    }

    void record(Stage stage, long nanos) {
        stages[stage.ordinal()].recordValue(Math.max(0, Math.min(nanos, MOST_NS)));
    }

    /** All that was recorded so far; a copy. */
    Histogram sinceStart(Stage stage) {
        Histogram copy = new Histogram(LEAST_NS, MOST_NS, DIGITS);
        copy.add(stages[stage.ordinal()]);
        return copy;
    }
}
