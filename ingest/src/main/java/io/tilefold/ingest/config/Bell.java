package io.tilefold.ingest.config;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Wakes one thread that waits for work. Whoever has made work visible rings. A ring is not lost: one that comes before the thread parks keeps it from parking. Any thread rings, one waits.
 */
public final class Bell {
    private volatile boolean rung;
    private volatile @Nullable Thread parked;

    /** There may be work now. */
    public void ring() {
        rung = true;
        Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Parks until there was a ring since the last call, for at most this long. */
    void await(long maxNs) {
        // Each side writes its own field before it reads the other's, so one of them sees the other.
        parked = Thread.currentThread();
        if (!rung) {
            LockSupport.parkNanos(this, maxNs);
        }
        parked = null;
        rung = false;
    }
}
