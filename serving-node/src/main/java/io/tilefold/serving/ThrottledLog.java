package io.tilefold.serving;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Logs at most one line a second, with how many were not logged before it. Thread safe. */
final class ThrottledLog {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Logger log;
    private final AtomicLong nextNs = new AtomicLong(System.nanoTime());
    private final AtomicLong left = new AtomicLong();

    ThrottledLog(Logger log) {
        this.log = log;
    }

    void error(String what, Throwable cause) {
        if (isDue()) {
            log.error("{}{}", what, unsaid(), cause);
        }
    }

    void warn(String what) {
        if (isDue()) {
            log.warn("{}{}", what, unsaid());
        }
    }

    private boolean isDue() {
        long nowNs = System.nanoTime();
        long next = nextNs.get();
        boolean due = nowNs - next >= 0 && nextNs.compareAndSet(next, nowNs + INTERVAL_NS);
        if (!due) {
            left.incrementAndGet();
        }
        return due;
    }

    private String unsaid() {
        long count = left.getAndSet(0);
        return count == 0 ? "" : " (" + count + " more like this since the last line)";
    }
}
