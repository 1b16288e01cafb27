package io.tilefold.ingest.config;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** How the node's duty cycles wait for work: what they cost at rest against how soon an entry is seen. */
public enum IdleProfile {
    /** Parks for at most 1 ms. */
    DEFAULT(1),
    /** Parks for at most 4 ms: for machines that do other things. */
    LAPTOP(4);

    private final long maxParkNs;

    IdleProfile(long maxParkMs) {
        this.maxParkNs = TimeUnit.MILLISECONDS.toNanos(maxParkMs);
    }

    /** A strategy for one thread. */
    public IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(10, 5, TimeUnit.MICROSECONDS.toNanos(50), maxParkNs);
    }
}
