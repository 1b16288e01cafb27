package io.tilefold.serving;

import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the rows that were answered with FAILED(STATE_LIMIT), and logs some of them. Shared by threads. */
final class StateLimits {
    private static final Logger LOG = LoggerFactory.getLogger(StateLimits.class);

    private final LongAdder rows = new LongAdder();
    private final ThrottledLog log = new ThrottledLog(LOG);
    private final boolean logged;

    StateLimits() {
        this(true);
    }

    /** @param logged false: they are only counted */
    StateLimits(boolean logged) {
        this.logged = logged;
    }

    /** @param what went beyond its bound: an output, or the key's record */
    void count(PartPlan part, String what) {
        rows.increment();
        if (!logged) {
            return;
        }
        log.warn("part " + part.name() + " (group-by " + part.groupBy() + ", " + part.id()
                + ") answers a key with FAILED(STATE_LIMIT): " + what + " is beyond its bound");
    }

    long rows() {
        return rows.sum();
    }
}
