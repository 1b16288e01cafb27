package io.tilefold.ingest.config;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** How the node's duty cycles wait for work: what they cost at rest against how soon an entry is seen. */
public enum IdleProfile {
    /** The media driver parks for 50 µs at first, for at most 1 ms. */
    DEFAULT(10, 50, 1_000, 4_000, 16_000, 20, 100),
    /** It parks for 8 ms at first, for at most 16 ms: for machines that do other things. */
    LAPTOP(1, 8_000, 16_000, 64_000, 128_000, 200, 250);

    private static final long SELDOM_PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final int spins;
    private final long minParkNs;
    private final long maxParkNs;
    private final long maxRungParkNs;
    private final long maxSeldomParkNs;
    private final long readerMs;
    private final long housekeepingMs;

    IdleProfile(
            int spins,
            long minParkUs,
            long maxParkUs,
            long maxRungParkUs,
            long maxSeldomParkUs,
            long readerMs,
            long housekeepingMs) {
        this.spins = spins;
        this.minParkNs = TimeUnit.MICROSECONDS.toNanos(minParkUs);
        this.maxParkNs = TimeUnit.MICROSECONDS.toNanos(maxParkUs);
        this.maxRungParkNs = TimeUnit.MICROSECONDS.toNanos(maxRungParkUs);
        this.maxSeldomParkNs = TimeUnit.MICROSECONDS.toNanos(maxSeldomParkUs);
        this.readerMs = readerMs;
        this.housekeepingMs = housekeepingMs;
    }

    /** A strategy for one thread that nobody wakes. */
    public IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(spins, 5, minParkNs, maxParkNs);
    }

    /**
     * A strategy for one thread that has to look at sockets by itself, and is woken by others besides.
     *
     * @param own ends a park
     * @param next are rung after each cycle that did something
     */
    public IdleStrategy newPollingStrategy(Bell own, List<Bell> next) {
        return new WakingIdleStrategy(spins, minParkNs, maxParkNs, own, next);
    }

    /**
     * A strategy for one thread that others wake when there is work; only its timers need it to wake by itself.
     *
     * @param own ends a park
     * @param next are rung after each cycle that did something
     */
    public IdleStrategy newRungStrategy(Bell own, List<Bell> next) {
        return new WakingIdleStrategy(spins, minParkNs, maxRungParkNs, own, next);
    }

    /** For a thread that is needed when connections are made and leaders change, and at no entry. */
    public IdleStrategy newSeldomNeededStrategy() {
        return new BackoffIdleStrategy(spins, 5, SELDOM_PARK_NS, maxSeldomParkNs);
    }

    /** How long the reader of the topics waits at most before it looks at what is no record: leaders, refusals, ends of topics. Records end the wait. */
    public long readerMs() {
        return readerMs;
    }

    /** How long what is no part of an entry's way waits before it looks again, such as whether a snapshot is due. */
    public long housekeepingMs() {
        return housekeepingMs;
    }
}
