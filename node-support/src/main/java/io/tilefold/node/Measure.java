package io.tilefold.node;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;

/** How long something took, each time: recorded by one thread without waiting, summed up by whoever asks. */
public final class Measure {
    private static final int SIGNIFICANT_DIGITS = 2;

    private final long max;
    private final SingleWriterRecorder recorder;
    private final Histogram total;

    /** @param max larger values count as this */
    public Measure(long max) {
        this.max = max;
        this.recorder = new SingleWriterRecorder(1, max, SIGNIFICANT_DIGITS);
        this.total = new Histogram(1, max, SIGNIFICANT_DIGITS);
    }

    /** One thread. */
    public void record(long value) {
        recorder.recordValue(Math.max(0, Math.min(value, max)));
    }

    /** Everything recorded so far. Any thread. */
    synchronized Histogram total() {
        total.add(recorder.getIntervalHistogram());
        return total.copy();
    }
}
