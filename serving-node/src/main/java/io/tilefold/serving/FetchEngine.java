package io.tilefold.serving;

import io.tilefold.proto.serving.v1.LogPosition;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Answers fetches. Small ones at once, on the event loop that brought them; large ones, and those for which Spark SQL computes something, on the workers; one that must wait for a position or for a
 * newer view is handed to the thread that waits, and then to the workers. Nothing here blocks.
 */
final class FetchEngine implements AutoCloseable {
    private final ServingConfig config;
    private final StoreWatch store;
    private final Answers answers;
    private final Workers workers;
    private final Semaphore places;
    private final PositionWaits waits;

    FetchEngine(ServingConfig config, StoreWatch store, Answers answers, Workers workers) {
        this.config = config;
        this.store = store;
        this.answers = answers;
        this.workers = workers;
        this.places = new Semaphore(config.maxWaitingFetches());
        this.waits = new PositionWaits(places);
    }

    /**
     * Takes a fetch; it is answered now or later.
     *
     * @param bytes hold the request from {@code offset} on
     * @param deadlineNs until when the caller waits, by {@link System#nanoTime}
     */
    void fetch(byte[] bytes, int offset, int length, FetchReply reply, long arrivedNs, OptionalLong deadlineNs) {
        FetchCall.run(
                () -> {
                    FetchMessage message = FetchMessage.parse(bytes, offset, length);
                    FetchCall<FetchReply> call = new FetchCall<>(message, reply, arrivedNs, deadlineNs);
                    call.run(() -> begin(call));
                },
                reply,
                "unread target");
    }

    private void begin(FetchCall<FetchReply> call) {
        FetchMessage message = call.message();
        if (Integer.compareUnsigned(message.rowCount(), config.maxRows()) > 0) {
            throw Errors.tooMuch(
                    "TOO_MANY_ROWS",
                    "row_count",
                    Integer.toUnsignedString(message.rowCount()) + " rows, this node takes " + config.maxRows(),
                    "split the fetch");
        }
        StoreWatch.Open seen = open();
        long minPosition = minPosition(message, seen.snapshot().view().shardGroup());
        if (minPosition != Long.MIN_VALUE && store.position() < minPosition) {
            await(call, minPosition);
        } else if (!store.isCurrent(seen)) {
            answerAfterRefresh(call, false); // what it asks for may be newer than this view
        } else if (isForWorkers(message, seen.snapshot().targets())) {
            workers.execute(() -> call.run(() -> answer(call, false)));
        } else {
            answer(call, false);
        }
    }

    private boolean isForWorkers(FetchMessage message, Targets targets) {
        TargetPlan target = targets.get(message.join(), message.groupBy());
        Selection selection = target.select(message.features());
        return selection.isDerived()
                || (long) message.rowCount() * selection.columns().length > config.inlineValues();
    }

    private void await(FetchCall<FetchReply> call, long minPosition) {
        long nowNs = System.nanoTime();
        long untilNs = call.deadlineNs().orElse(nowNs + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs()));
        boolean taken = waits.add(new PositionWaits.Waiter(
                () -> store.position() >= minPosition,
                call::isCancelled,
                Budget.of(nowNs, untilNs - nowNs).untilNs(),
                reached -> call.run(() -> workers.execute(() -> call.run(() -> answer(call, !reached))))));
        if (!taken) {
            throw tooManyWaiting();
        }
    }

    private void answer(FetchCall<FetchReply> call, boolean positionMissed) {
        StoreWatch.Open seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        boolean answered;
        try {
            answered = answers.answer(call, seen, positionMissed);
        } finally {
            seen.snapshot().exit();
        }
        if (!answered) {
            answerAfterRefresh(call, positionMissed);
        }
    }

    private void answerAfterRefresh(FetchCall<FetchReply> call, boolean positionMissed) {
        if (!call.countRefresh(Answers.MAX_REFRESHES)) {
            throw Errors.noStableView(Answers.MAX_REFRESHES);
        }
        if (!places.tryAcquire()) {
            throw tooManyWaiting();
        }
        store.afterRefresh(() -> {
            places.release();
            call.run(() -> workers.execute(() -> call.run(() -> answer(call, positionMissed))));
        });
    }

    /** The store as last seen. */
    StoreWatch.Open open() {
        StoreWatch.Open seen = store.current();
        if (seen == null) {
            throw Errors.noStore();
        }
        return seen;
    }

    /** What the node's own shard group must have reached; it says nothing of others. */
    private static long minPosition(FetchMessage message, int shardGroup) {
        long least = Long.MIN_VALUE;
        for (LogPosition position : message.minPositions()) {
            if (position.getShardGroup() == shardGroup) {
                least = Math.max(least, position.getPosition());
            }
        }
        return least;
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
