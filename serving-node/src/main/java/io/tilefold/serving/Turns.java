package io.tilefold.serving;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Brings calls before the store: small ones at once, on the event loop that brought them; large ones on the workers; one that must wait for a position or
 * for a newer view is handed to the thread that waits, and then to the workers. Nothing here blocks.
 */
final class Turns implements AutoCloseable {
    private final ServingConfig config;
    private final StoreWatch store;
    private final Workers workers;
    private final Semaphore places;
    private final PositionWaits waits;

    /** What a call does when it is its turn. */
    @FunctionalInterface
    interface Reading {
        /**
         * @param seen entered by the calling thread
         * @param positionMissed the minimum position was not reached in time
         * @return false if there is something newer to read from: it will be called again
         */
        boolean read(StoreWatch.Open seen, boolean positionMissed);
    }

    Turns(ServingConfig config, StoreWatch store, Workers workers) {
        this.config = config;
        this.store = store;
        this.workers = workers;
        this.places = new Semaphore(config.maxWaitingFetches());
        this.waits = new PositionWaits(places);
    }

    /** The store as last seen. */
    StoreWatch.Open open() {
        StoreWatch.Open seen = store.current();
        if (seen == null) {
            throw Errors.noStore();
        }
        return seen;
    }

    /**
     * Takes a call; it has its turn now or later.
     *
     * @param minPosition of the store's shard group, which it is to have reached; the smallest number: any
     * @param forWorkers true if it is too long for an event loop; asked if the view is current
     */
    void begin(Turn<?> turn, StoreWatch.Open seen, long minPosition, BooleanSupplier forWorkers, Reading reading) {
        if (minPosition != Long.MIN_VALUE && store.position() < minPosition) {
            await(turn, minPosition, reading);
        } else if (!store.isCurrent(seen)) {
            readAfterRefresh(turn, false, reading); // what it asks for may be newer than this view
        } else if (forWorkers.getAsBoolean()) {
            resume(turn, false, reading);
        } else {
            read(turn, false, reading);
        }
    }

    /** Has a worker go on with a call. */
    void resume(Turn<?> turn, boolean positionMissed, Reading reading) {
        workers.execute(() -> turn.run(() -> read(turn, positionMissed, reading)));
    }

    private void await(Turn<?> turn, long minPosition, Reading reading) {
        long nowNs = System.nanoTime();
        long untilNs = turn.deadlineNs().orElse(nowNs + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs()));
        boolean taken = waits.add(new PositionWaits.Waiter(
                () -> store.position() >= minPosition,
                turn::isCancelled,
                Budget.of(nowNs, untilNs - nowNs).untilNs(),
                reached -> turn.run(() -> resume(turn, !reached, reading))));
        if (!taken) {
            throw tooManyWaiting();
        }
    }

    private void read(Turn<?> turn, boolean positionMissed, Reading reading) {
        StoreWatch.Open seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        boolean done;
        try {
            done = reading.read(seen, positionMissed);
        } finally {
            seen.snapshot().exit();
        }
        if (!done) {
            readAfterRefresh(turn, positionMissed, reading);
        }
    }

    private void readAfterRefresh(Turn<?> turn, boolean positionMissed, Reading reading) {
        if (!turn.countRefresh(Answers.MAX_REFRESHES)) {
            throw Errors.noStableView(Answers.MAX_REFRESHES);
        }
        if (!places.tryAcquire()) {
            throw tooManyWaiting();
        }
        store.afterRefresh(() -> {
            places.release();
            turn.run(() -> resume(turn, positionMissed, reading));
        });
    }

    private RuntimeException tooManyWaiting() {
        return Errors.overloaded(
                "TOO_MANY_WAITING",
                config.maxWaitingFetches() + " calls already wait",
                "try again later, or ask for a position that is reached");
    }

    @Override
    public void close() {
        waits.close();
    }
}
