package io.tilefold.ingest.cluster;

import java.util.concurrent.TimeUnit;

/**
 * Tells errors now and then from one that comes back without end: {@value #ERRORS_MAX} and more within ten seconds. A consensus module can get there after elections in quick
 * succession: it begins to follow, its own log cannot be replayed from where it is to be, and it begins again, at once and for ever. It heals at a start, which looks at the log. Thread safe.
 */
final class ErrorStorm {
    static final int ERRORS_MAX = 200;
    static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(10);

    private long windowBeganNs;
    private int errors;

    /**
     * Counts an error.
     *
     * @return true for the one that makes it a storm, false for those before and behind it in the same window
     */
    synchronized boolean isStorm(long nowNs) {
        if (errors == 0 || nowNs - windowBeganNs > WINDOW_NS) {
            windowBeganNs = nowNs;
            errors = 0;
        }
        return ++errors == ERRORS_MAX;
    }
}
