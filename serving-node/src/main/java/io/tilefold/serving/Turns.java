package io.tilefold.serving;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Brings calls before the stores: small ones at once, on the event loop that brought them; large ones on the workers; one that must wait for a position or
 * for a newer view is handed to the thread that waits, and then to the workers. Nothing here blocks.
 */
final class Turns implements AutoCloseable {
    /** The share of a call's time that is kept from its waiting, for what it reads where others are not behind: an eighth. */
    private static final int READ_SHARE = 8;

    private final ServingConfig config;
    private final StoreWatch store;
    private final Workers workers;
    private final Semaphore places;
    private final PositionWaits waits;

    /** What became of a call's turn. */
    enum Outcome {
        /** It is over, or goes on elsewhere. */
        DONE,
        /** There is something newer to read from: it will have another turn. */
        OUTDATED,
        /** It will have another turn when what it {@linkplain Turn#waitFor waits for} has come, or most of its time is over. */
        BEHIND
    }

    /** What a call does when it is its turn. */
    @FunctionalInterface
    interface Reading {
        /** @param seen entered by the calling thread */
        Outcome read(Snapshot seen);
    }

    Turns(ServingConfig config, StoreWatch store, Workers workers) {
        this.config = config;
        this.store = store;
        this.workers = workers;
        this.places = new Semaphore(config.maxWaitingFetches());
        this.waits = new PositionWaits(places);
    }

    /** The stores as last seen. */
    Snapshot seen() {
        Snapshot seen = store.current();
        if (seen == null) {
            throw Errors.noStore();
        }
        return seen;
    }

    /**
     * Takes a call; it has its turn now or later.
     *
     * @param forWorkers true if it is too long for an event loop; asked if the views are current
     */
    void begin(Turn<?> turn, Snapshot seen, BooleanSupplier forWorkers, Reading reading) {
        if (!seen.stores().isCurrent()) {
            readAfterRefresh(turn, reading); // what it asks for may be newer than this view
        } else if (forWorkers.getAsBoolean()) {
            resume(turn, reading);
        } else {
            read(turn, reading);
        }
    }

    /** Has a call read at once if the stores are as they were last seen. */
    void now(Predicate<Snapshot> reading) {
        Snapshot seen = store.enter();
        if (seen != null) {
            try {
                boolean unused = seen.stores().isCurrent() && reading.test(seen);
            } finally {
                seen.exit();
            }
        }
    }

    /** Has a worker go on with a call. */
    void resume(Turn<?> turn, Reading reading) {
        workers.execute(() -> turn.run(() -> read(turn, reading)));
    }

    private void await(Turn<?> turn, Reading reading) {
        BooleanSupplier awaited = turn.awaited();
        if (awaited == null) {
            throw new IllegalStateException("a call that waits for nothing");
        }
        long nowNs = System.nanoTime();
        long leftNs = turn.deadlineNs().isPresent()
                ? turn.deadlineNs().getAsLong() - nowNs
                : TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        boolean taken = waits.add(new PositionWaits.Waiter(
                awaited,
                turn::isCancelled,
                Budget.of(nowNs, leftNs - leftNs / READ_SHARE).untilNs(),
                reached -> turn.run(() -> resume(turn, reading))));
        if (!taken) {
            throw tooManyWaiting();
        }
    }

    private void read(Turn<?> turn, Reading reading) {
        Snapshot seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        Outcome outcome;
        try {
            outcome = reading.read(seen);
        } finally {
            seen.exit();
        }
        if (outcome == Outcome.OUTDATED) {
            readAfterRefresh(turn, reading);
        } else if (outcome == Outcome.BEHIND) {
            await(turn, reading);
        }
    }

    private void readAfterRefresh(Turn<?> turn, Reading reading) {
        if (!turn.countRefresh(Answers.MAX_REFRESHES)) {
            throw Errors.noStableView(Answers.MAX_REFRESHES);
        }
        if (!places.tryAcquire()) {
            throw tooManyWaiting();
        }
        store.afterRefresh(() -> {
            places.release();
            turn.run(() -> resume(turn, reading));
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
