package io.tilefold.ingest.config;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** How the node's duty cycles wait for work: what they cost at rest against how soon an entry is seen. */
public enum IdleProfile {
    /** Parks for 50 µs at first, for at most 1 ms. */
    DEFAULT(TimeUnit.MICROSECONDS.toNanos(50), TimeUnit.MILLISECONDS.toNanos(1)),
    /** Parks for 1 ms at first, for at most 8 ms: for machines that do other things. */
    LAPTOP(TimeUnit.MILLISECONDS.toNanos(1), TimeUnit.MILLISECONDS.toNanos(8));

    private static final long SELDOM_PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SELDOM_MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(16);

    private final long minParkNs;
    private final long maxParkNs;

    IdleProfile(long minParkNs, long maxParkNs) {
        this.minParkNs = minParkNs;
        this.maxParkNs = maxParkNs;
    }

    /** A strategy for one thread. */
    public IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(10, 5, minParkNs, maxParkNs);
    }

    /**
     * A strategy for one thread that others wake.
     *
     * @param own ends a park
     * @param next are rung after each cycle that did something
     */
    public IdleStrategy newIdleStrategy(Bell own, List<Bell> next) {
        return new WakingIdleStrategy(minParkNs, maxParkNs, own, next);
    }

    /** For a thread that is needed when connections are made and leaders change, and at no entry: parks for at most 16 ms. */
    public IdleStrategy newSeldomNeededStrategy() {
        return new BackoffIdleStrategy(10, 5, SELDOM_PARK_NS, SELDOM_MAX_PARK_NS);
    }
}
