package io.tilefold.serving;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** Logs an error at most once a second, with how many were not logged before it. Thread safe. */
final class ThrottledLog {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Logger log;
    private final AtomicLong nextNs = new AtomicLong(System.nanoTime());
    private final AtomicLong left = new AtomicLong();

    ThrottledLog(Logger log) {
        this.log = log;
    }

    void error(String what, Throwable cause) {
        long nowNs = System.nanoTime();
        long next = nextNs.get();
        if (nowNs - next < 0 || !nextNs.compareAndSet(next, nowNs + INTERVAL_NS)) {
            left.incrementAndGet();
            return;
        }
        long unsaid = left.getAndSet(0);
        log.error("{}{}", what, unsaid == 0 ? "" : " (" + unsaid + " more like this since the last line)", cause);
    }
}
