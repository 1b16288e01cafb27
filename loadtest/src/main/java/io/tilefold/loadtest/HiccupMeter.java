package io.tilefold.loadtest;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How long this machine makes a thread wait that has nothing to do with the system under load: a thread that sleeps a millisecond at a time and
 * records by how much it woke too late, less the least it ever did. Latencies of this size in a report are the machine's.
 */
final class HiccupMeter implements AutoCloseable {
    private static final long SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Histogram delays = new Histogram(Tally.MAX_LATENCY_NS, 3);
    private final Thread thread = new Thread(this::run, "tilefold-loadtest-hiccups");
    private volatile boolean closed;

    HiccupMeter() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        long leastNs = Long.MAX_VALUE;
        while (!closed) {
            long beforeNs = System.nanoTime();
            LockSupport.parkNanos(SLEEP_NS);
            long lateNs = System.nanoTime() - beforeNs - SLEEP_NS;
            if (lateNs < 0) {
                continue; // woken early: says nothing
            }
            leastNs = Math.min(leastNs, lateNs);
            delays.recordValue(Math.min(lateNs - leastNs, Tally.MAX_LATENCY_NS));
        }
    }

    /** Stops the thread and returns what it saw, in nanoseconds. */
    Histogram stop() throws InterruptedException {
        close();
        thread.join();
        return delays;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
