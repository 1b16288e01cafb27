package io.tilefold.client.call;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a call is tried and how long between: exponential backoff with full jitter, bounded.
 *
 * @param maxAttempts the first one included
 */
public record RetryPolicy(int maxAttempts, long initialBackoffMs, long maxBackoffMs) {
    /** Eight attempts within about ten seconds of waiting: a restart of the node's process fits in. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(8, 200, 5_000);

    public RetryPolicy {
        if (maxAttempts < 1 || initialBackoffMs < 1 || maxBackoffMs < initialBackoffMs) {
            throw new IllegalArgumentException("at least one attempt and 1 ms <= initial <= maximal backoff, not "
                    + maxAttempts + " attempts, " + initialBackoffMs + " ms, " + maxBackoffMs + " ms");
        }
    }

    /** @param failedAttempts attempts that failed so far, at least 1 */
    public boolean allowsAnother(int failedAttempts) {
        return failedAttempts < maxAttempts;
    }

    /**
     * Waits before the next attempt.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile
     */
    public void backOff(int failedAttempts) throws InterruptedException {
        Thread.sleep(backoffMs(failedAttempts));
    }

    private long backoffMs(int failedAttempts) {
        long bound = Math.min(maxBackoffMs, initialBackoffMs << Math.min(30, failedAttempts - 1));
        return ThreadLocalRandom.current().nextLong(bound / 2, bound + 1);
    }
}
