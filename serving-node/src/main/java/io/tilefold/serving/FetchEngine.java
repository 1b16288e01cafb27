package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
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

    /** Answers a fetch now if it can be: it is small, right, and needs nothing but what the stores of this host hold now. If not, nothing has been sent; {@link #fetch} takes it, and tells what is wrong with it. */
    void answerNow(byte[] message, FetchReply reply, long arrivedNs, OptionalLong deadlineNs) {
        try {
            FetchCall<FetchReply> call =
                    new FetchCall<>(FetchMessage.parse(message, 0, message.length), reply, arrivedNs, deadlineNs);
            turns.now(seen -> isSmall(call, seen.targets()) && answers.answer(call, seen) == Answers.Outcome.SENT);
        } catch (StatusRuntimeException refused) {
            // as fetch will tell
        }
    }

    private boolean isSmall(FetchCall<?> call, Targets targets) {
        FetchMessage message = call.message();
        Selection selection = targets.get(message.join(), message.groupBy()).select(message.features());
        return !hasTooManyRows(message) && !selection.isExternal() && !isLong(message, selection);
    }

    private boolean hasTooManyRows(FetchMessage message) {
        return Integer.compareUnsigned(message.rowCount(), config.maxRows()) > 0;
    }

    /** Too long for an event loop. */
    private boolean isLong(FetchMessage message, Selection selection) {
        return selection.isDerived() || (long) message.rowCount() * selection.columns().length > config.inlineValues();
    }

    private void begin(FetchCall<FetchReply> call) {
        FetchMessage message = call.message();
        if (hasTooManyRows(message)) {
            throw Errors.tooMuch(
                    "TOO_MANY_ROWS",
                    "row_count",
                    Integer.toUnsignedString(message.rowCount()) + " rows, this node takes " + config.maxRows(),
                    "split the fetch");
        }
        Runnable thenOnWorker = () -> workers.execute(() -> call.run(() -> proceed(call, true)));
        if (!call.askExternals(turns.seen().targets(), externals, thenOnWorker)) {
            proceed(call, false);
        }
    }

    /** @param onWorker the calling thread is one */
    private void proceed(FetchCall<FetchReply> call, boolean onWorker) {
        Snapshot seen = turns.seen();
        turns.begin(
                call, seen, () -> !onWorker && isForWorkers(call, seen.targets()), entered -> answer(call, entered));
    }

    private boolean isForWorkers(FetchCall<?> call, Targets targets) {
        FetchMessage message = call.message();
        TargetPlan target = targets.get(message.join(), message.groupBy());
        Selection selection = target.select(message.features());
        if (isLong(message, selection)) {
            workers.checkInTime(call.budget(target));
            return true;
        }
        return false;
    }

    private Turns.Outcome answer(FetchCall<FetchReply> call, Snapshot seen) {
        return switch (answers.answer(call, seen)) {
            case SENT -> Turns.Outcome.DONE;
            case OUTDATED -> Turns.Outcome.OUTDATED;
            case BEHIND -> Turns.Outcome.BEHIND;
            case ELSEWHERE -> {
                askElsewhere(call, seen);
                yield Turns.Outcome.DONE;
            }
        };
    }

    /** Goes on when the other shard groups have answered, or had their time. */
    private void askElsewhere(FetchCall<FetchReply> call, Snapshot seen) {
        FetchMessage message = call.message();
        RemoteFetch remote = call.remote();
        if (remote == null) {
            throw new IllegalStateException("nothing to ask elsewhere");
        }
        TargetPlan target = seen.targets().get(message.join(), message.groupBy());
        long latestNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs());
        remote.ask(
                peers,
                call.budget(target).untilNs(latestNs),
                message.rowCount(),
                call.context(),
                () -> call.run(() -> turns.resume(call, entered -> answer(call, entered))));
    }

    /** The stores as last seen. */
    Snapshot seen() {
        return turns.seen();
    }
}
