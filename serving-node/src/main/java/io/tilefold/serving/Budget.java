package io.tilefold.serving;

import java.util.concurrent.TimeUnit;

/**
 * Until when a request's values may be computed. Immutable.
 *
 * <p>An eighth of the time that the caller gives, at most {@value #REPLY_MAX_MS} ms, is kept for encoding the answer and its way back.
 */
final class Budget {
    static final Budget UNLIMITED = new Budget(false, 0);

    private static final int REPLY_SHARE = 8;
    private static final long REPLY_MAX_MS = 50;

    private final boolean limited;
    private final long untilNs;

    private Budget(boolean limited, long untilNs) {
        this.limited = limited;
        this.untilNs = untilNs;
    }

    /** @param arrivedNs when the request came, by {@link System#nanoTime} */
    static Budget of(long arrivedNs, long totalNs) {
        long replyNs = Math.min(totalNs / REPLY_SHARE, TimeUnit.MILLISECONDS.toNanos(REPLY_MAX_MS));
        return new Budget(true, arrivedNs + totalNs - replyNs);
    }

    /** The one that ends first. */
    Budget tighter(Budget other) {
        if (!limited) {
            return other;
        }
        return other.limited && other.untilNs - untilNs < 0 ? other : this;
    }

    /** By {@link System#nanoTime}; not of {@link #UNLIMITED}. */
    long untilNs() {
        return untilNs;
    }

    /** By {@link System#nanoTime}. */
    long untilNs(long ifUnlimited) {
        return limited ? untilNs : ifUnlimited;
    }

    /** Nanoseconds left, which may be below 0; the largest number of {@link #UNLIMITED}. */
    long leftNs() {
        return limited ? untilNs - System.nanoTime() : Long.MAX_VALUE;
    }

    boolean isSpent() {
        return limited && System.nanoTime() - untilNs >= 0;
    }
}
