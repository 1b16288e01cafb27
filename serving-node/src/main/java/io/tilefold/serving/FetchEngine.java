package io.tilefold.serving;

import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.serving.peer.PeerClient;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Answers fetches: takes {@link Turns} for each, on the workers where there is much to do or Spark SQL computes something. Keys that other shard groups own
 * are asked of their nodes first; a worker goes on when these have answered. Nothing here blocks.
 */
final class FetchEngine {
    private final ServingConfig config;
    private final Turns turns;
    private final Answers answers;
    private final PeerClient peers;
    private final Workers workers;
    private final Externals externals;

    FetchEngine(
            ServingConfig config,
            Turns turns,
            Answers answers,
            PeerClient peers,
            Workers workers,
            Externals externals) {
        this.config = config;
        this.turns = turns;
        this.answers = answers;
        this.peers = peers;
        this.workers = workers;
        this.externals = externals;
    }

    /**
     * Takes a fetch; it is answered now or later.
     *
     * @param bytes hold the request from {@code offset} on
     * @param deadlineNs until when the caller waits, by {@link System#nanoTime}
     */
    void fetch(byte[] bytes, int offset, int length, FetchReply reply, long arrivedNs, OptionalLong deadlineNs) {
        Turn.run(
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
        Runnable thenOnWorker = () -> workers.execute(() -> call.run(() -> proceed(call, true)));
        if (!call.askExternals(turns.open().snapshot().targets(), externals, thenOnWorker)) {
            proceed(call, false);
        }
    }

    /** @param onWorker the calling thread is one */
    private void proceed(FetchCall<FetchReply> call, boolean onWorker) {
        FetchMessage message = call.message();
        StoreWatch.Open seen = turns.open();
        turns.begin(
                call,
                seen,
                minPosition(message, seen.snapshot().view().shardGroup()),
                () -> !onWorker && isForWorkers(call, seen.snapshot().targets()),
                (entered, positionMissed) -> answer(call, entered, positionMissed));
    }

    private boolean isForWorkers(FetchCall<?> call, Targets targets) {
        FetchMessage message = call.message();
        TargetPlan target = targets.get(message.join(), message.groupBy());
        Selection selection = target.select(message.features());
        if (selection.isDerived() || (long) message.rowCount() * selection.columns().length > config.inlineValues()) {
            workers.checkInTime(call.budget(target));
            return true;
        }
        return false;
    }

    private boolean answer(FetchCall<FetchReply> call, StoreWatch.Open seen, boolean positionMissed) {
        return switch (answers.answer(call, seen, positionMissed)) {
            case SENT -> true;
            case OUTDATED -> false;
            case ELSEWHERE -> {
                askElsewhere(call, seen, positionMissed);
                yield true;
            }
        };
    }

    /** Goes on when the other shard groups have answered, or had their time. */
    private void askElsewhere(FetchCall<FetchReply> call, StoreWatch.Open seen, boolean positionMissed) {
        FetchMessage message = call.message();
        RemoteFetch remote = call.remote();
        if (remote == null) {
            throw new IllegalStateException("nothing to ask elsewhere");
        }
        TargetPlan target = seen.snapshot().targets().get(message.join(), message.groupBy());
        long latestNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        remote.ask(
                peers,
                call.budget(target).untilNs(latestNs),
                message.rowCount(),
                call.context(),
                () -> call.run(
                        () -> turns.resume(call, positionMissed, (entered, missed) -> answer(call, entered, missed))));
    }

    /** The store as last seen. */
    StoreWatch.Open open() {
        return turns.open();
    }

    /** What the node's own shard group must have reached; what others must have is asked of them. */
    private static long minPosition(FetchMessage message, int shardGroup) {
        long least = Long.MIN_VALUE;
        for (LogPosition position : message.minPositions()) {
            if (position.getShardGroup() == shardGroup) {
                least = Math.max(least, position.getPosition());
            }
        }
        return least;
    }
}
