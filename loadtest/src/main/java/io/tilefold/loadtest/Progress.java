package io.tilefold.loadtest;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** A thread that takes the intervals of a tally, each second, and says a line about each. */
final class Progress {
    private static final long INTERVAL_MS = 1_000;

    private final LoadTestConfig config;
    private final String phase;
    private final Pacer pacer;
    private final Tally tally;
    private final Thread thread = new Thread(this::run, "tilefold-loadtest-progress");
    private final Object lock = new Object();
    private boolean stopped;

    /** @param phase stands before each line */
    Progress(LoadTestConfig config, String phase, Pacer pacer, Tally tally) {
        this.config = config;
        this.phase = phase;
        this.pacer = pacer;
        this.tally = tally;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long second = 0;
        while (!awaitStop()) {
            second++;
            say(second, tally.takeInterval());
        }
        tally.takeInterval();
    }

    /** Waits for an interval to pass; returns true if the run is over. */
    private boolean awaitStop() {
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MS);
        synchronized (lock) {
            try {
                for (long leftNs = untilNs - System.nanoTime();
                        !stopped && leftNs > 0;
                        leftNs = untilNs - System.nanoTime()) {
                    TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
                }
            } catch (InterruptedException interrupted) {
                return true;
            }
            return stopped;
        }
    }

    private void say(long second, Histogram interval) {
        config.progress()
                .accept(String.format(
                        Locale.ROOT,
                        "%s %3d s  %,9d answers/s  p50 %,9.1f us  p99 %,9.1f us  max %,9.1f us  %d in flight",
                        phase,
                        second,
                        interval.getTotalCount(),
                        interval.getValueAtPercentile(50) / 1e3,
                        interval.getValueAtPercentile(99) / 1e3,
                        interval.getMaxValue() / 1e3,
                        pacer.inFlight()));
    }

    /** Ends the thread; all intervals are then in the tally's total. */
    void stop() throws InterruptedException {
        synchronized (lock) {
            stopped = true;
            lock.notifyAll();
        }
        thread.join();
    }
}
