package io.tilefold.loadtest;

import java.util.concurrent.TimeUnit;

/**
 * When each request is meant to be sent: evenly, from the start. Fixed before the first one, whatever the answers do. Immutable.
 *
 * @param startNs by {@link System#nanoTime}
 */
record Schedule(long startNs, double ratePerSecond, long total) {
    /** Time to get ready between making a schedule and its first request. */
    private static final long LEAD_MS = 20;

    /** A schedule that begins now. */
    static Schedule of(double ratePerSecond, long durationMs) {
        long total = Math.max(1, Math.round(ratePerSecond * durationMs / 1_000));
        return new Schedule(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LEAD_MS), ratePerSecond, total);
    }

    long intendedNs(long index) {
        return startNs + (long) (index * (TimeUnit.SECONDS.toNanos(1) / ratePerSecond));
    }

    long endNs() {
        return intendedNs(total);
    }
}
