package io.tilefold.loadtest;

import java.util.concurrent.TimeUnit;

/**
 * When each request is meant to be sent: evenly, from the start. Fixed before the first one, whatever the answers do. Immutable.
 *
 * @param startNs by {@link System#nanoTime}
 * @param warmups how many come before the measured ones
 * @param total warm-up and measured
 */
record Schedule(long startNs, double ratePerSecond, long warmups, long total) {
    static Schedule of(LoadTestConfig config, long startNs) {
        long warmups = Math.round(config.ratePerSecond() * config.warmupMs() / 1_000);
        long measured = Math.max(1, Math.round(config.ratePerSecond() * config.durationMs() / 1_000));
        return new Schedule(startNs, config.ratePerSecond(), warmups, warmups + measured);
    }

    long intendedNs(long index) {
        return startNs + (long) (index * (TimeUnit.SECONDS.toNanos(1) / ratePerSecond));
    }

    boolean isMeasured(long index) {
        return index >= warmups;
    }

    long measured() {
        return total - warmups;
    }

    long measuredFromNs() {
        return intendedNs(warmups);
    }

    long endNs() {
        return intendedNs(total);
    }
}
