package io.tilefold.serving;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls that wait for a position, off the event loops: one thread looks at all of them every half millisecond, and sleeps while there are none. At
 * most so many wait at one time.
 */
final class PositionWaits implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PositionWaits.class);
    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final Semaphore places;
    private final Queue<Waiter> arrived = new ConcurrentLinkedQueue<>();
    private final List<Waiter> waiting = new ArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param reached looked at often: must be cheap
     * @param then called on this class's thread with whether it was reached in time; not at all if cancelled
     */
    record Waiter(BooleanSupplier reached, BooleanSupplier cancelled, long deadlineNs, Consumer<Boolean> then) {}

    /** @param places shared with others that hold calls back */
    PositionWaits(Semaphore places) {
        this.places = places;
        this.thread = StoreWatch.daemon(this::run, "tilefold-position-waits");
        thread.start();
    }

    /** Returns false, and does nothing, if no place is free. */
    boolean add(Waiter waiter) {
        if (closed || !places.tryAcquire()) {
            return false;
        }
        arrived.add(waiter);
        LockSupport.unpark(thread);
        return true;
    }

    private void run() {
        while (!closed) {
            for (Waiter waiter = arrived.poll(); waiter != null; waiter = arrived.poll()) {
                waiting.add(waiter);
            }
            if (waiting.isEmpty()) {
                LockSupport.park(this);
            } else {
                look();
                LockSupport.parkNanos(this, POLL_NS);
            }
        }
    }

    private void look() {
        long nowNs = System.nanoTime();
        for (Iterator<Waiter> all = waiting.iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            boolean gone = waiter.cancelled.getAsBoolean();
            boolean reached = !gone && waiter.reached.getAsBoolean();
            if (gone || reached || nowNs - waiter.deadlineNs >= 0) {
                all.remove();
                places.release();
                if (!gone) {
                    finish(waiter, reached);
                }
            }
        }
    }

    private static void finish(Waiter waiter, boolean reached) {
        try {
            waiter.then.accept(reached);
        } catch (RuntimeException failure) { // one call's failure must not end the others' waiting
            LOG.error("a call that waited for a position failed", failure);
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
