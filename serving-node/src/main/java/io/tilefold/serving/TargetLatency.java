package io.tilefold.serving;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** How long the stages of one target's fetches took since the node started, in nanoseconds. Any thread records. */
final class TargetLatency {
    private static final int DIGITS = 2;
    private static final long LEAST_NS = 64;
    private static final long MOST_NS = 60_000_000_000L;

    private final Map<Stage, Recorded> stages = new EnumMap<>(Stage.class);

    /** A stage: what was recorded since the last look, and all before. */
    private static final class Recorded {
        final Recorder recent = new Recorder(LEAST_NS, MOST_NS, DIGITS);
        final Histogram sinceStart = new Histogram(LEAST_NS, MOST_NS, DIGITS);
        Histogram interval = recent.getIntervalHistogram();
    }

    TargetLatency() {
        for (Stage stage : Stage.values()) {
            stages.put(stage, new Recorded());
        }
    }

    void record(Stage stage, long nanos) {
        recorded(stage).recent.recordValue(Math.max(0, Math.min(nanos, MOST_NS)));
    }

    /** All that was recorded so far; a copy. */
    synchronized Histogram sinceStart(Stage stage) {
        Recorded recorded = recorded(stage);
        recorded.interval = recorded.recent.getIntervalHistogram(recorded.interval);
        recorded.sinceStart.add(recorded.interval);
        return recorded.sinceStart.copy();
    }

    private Recorded recorded(Stage stage) {
        Recorded recorded = stages.get(stage);
        if (recorded == null) {
            throw new AssertionError(stage);
        }
        return recorded;
    }
}
