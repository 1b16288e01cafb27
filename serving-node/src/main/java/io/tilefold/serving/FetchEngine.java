package io.tilefold.serving;

import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.VersionPin;
import io.tilefold.store.TileStoreReader;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * Answers fetches. Small ones at once, on the event loop that brought them; large ones on the workers; one that must wait for a position or for a
 * newer view is handed to the thread that waits, and then to the workers. Nothing here blocks.
 *
 * <p>Order matters: the position is read, then the view, then keys, then the position again. A position is published after all it stands for, so
 * the values are those of a prefix that ends between the two.
 */
final class FetchEngine implements AutoCloseable {
    /** How often one call is held back for a newer view before it takes what it has. */
    private static final int MAX_REFRESHES = 4;

    private final ServingConfig config;
    private final StoreWatch store;
    private final EpochClock clock;
    private final Latencies latencies;
    private final @Nullable FeatureLog featureLog;
    private final Workers workers;
    private final Semaphore places;
    private final PositionWaits waits;

    FetchEngine(ServingConfig config, StoreWatch store, EpochClock clock, Latencies latencies) {
        this.config = config;
        this.store = store;
        this.clock = clock;
        this.latencies = latencies;
        this.featureLog = config.featureLog().map(FeatureLog::new).orElse(null);
        this.workers = new Workers(config);
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
        TargetPlan target = target(message, seen.snapshot().targets());
        Selection selection = target.select(message.features());
        long minPosition = minPosition(message, seen.snapshot().view().shardGroup());
        if (minPosition != Long.MIN_VALUE && store.position() < minPosition) {
            await(call, minPosition);
        } else if ((long) message.rowCount() * selection.columns().size() > config.inlineValues()) {
            workers.execute(() -> call.run(() -> answer(call, false)));
        } else {
            answer(call, false);
        }
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
            answered = answer(call, seen, positionMissed);
        } finally {
            seen.snapshot().exit();
        }
        if (!answered) {
            answerAfterRefresh(call, positionMissed);
        }
    }

    /** Returns false if there is something newer to answer from. */
    private boolean answer(FetchCall<FetchReply> call, StoreWatch.Open seen, boolean positionMissed) {
        long beganNs = System.nanoTime();
        TileStoreReader reader = seen.reader();
        long from = reader.position();
        if (!store.isCurrent(seen)) {
            return false;
        }
        Snapshot snapshot = seen.snapshot();
        FetchMessage message = call.message();
        TargetPlan target = target(message, snapshot.targets());
        Selection selection = target.select(message.features());
        RequestKeys keys = RequestKeys.of(message, target);
        PartRequest request = partRequest(call, seen, target, positionMissed);
        TargetReader targetReader = snapshot.reader(target);
        boolean sent = false;
        try {
            long checkedNs = System.nanoTime();
            boolean conflict = targetReader.read(selection, keys, request);
            // A commit in the meantime makes this neither the value before it nor after it: read again. A conflict in a
            // view that is still current is the record's own: another view would not help.
            boolean enough = !conflict && call.refreshes() >= MAX_REFRESHES;
            long readNs = System.nanoTime();
            if (store.isCurrent(seen) || enough) {
                WireBuffer out = snapshot.answer();
                call.caller().begin(out);
                int start = out.length();
                targetReader.writeTo(
                        out, selection, keys.rows(), request.moments().shared(), withSchema(message, target));
                TargetReader.writePositions(
                        out, snapshot.view().shardGroup(), from, Math.max(from, reader.applyingPosition()));
                if (featureLog != null && featureLog.isSampled()) {
                    featureLog.offer(call.nowMs(clock), message, out, start);
                }
                sent = true;
                call.caller().send(out);
                record(latencies.of(target.target()), call, beganNs, checkedNs, readNs);
            }
        } finally {
            targetReader.drop(selection);
        }
        return sent;
    }

    private static void record(
            TargetLatency latency, FetchCall<?> call, long beganNs, long checkedNs, long readNs) {
        long sentNs = System.nanoTime();
        latency.record(Stage.QUEUE, beganNs - call.parsedNs());
        latency.record(Stage.DECODE, call.parsedNs() - call.arrivedNs() + checkedNs - beganNs);
        latency.record(Stage.READ, readNs - checkedNs);
        latency.record(Stage.ENCODE, sentNs - readNs);
        latency.record(Stage.TOTAL, sentNs - call.arrivedNs());
    }

    /** Fetches that wait for a worker. */
    int queued() {
        return workers.queued();
    }

    /** Records that the feature log dropped. */
    long droppedLogRecords() {
        return featureLog == null ? 0 : featureLog.dropped();
    }

    /** Takes a request to explain one row; it is answered later, by a worker. */
    void explain(FetchRequest request, UnaryCaller<ExplainResponse> caller) {
        FetchCall.run(
                () -> {
                    FetchMessage message = FetchMessage.parse(
                            request.toBuilder().setIncludeSchema(true).build().toByteArray());
                    if (message.rowCount() != 1) {
                        throw Errors.invalid(
                                "ONE_ROW",
                                "row_count",
                                Integer.toUnsignedString(message.rowCount()) + " rows",
                                "one row is explained at a time");
                    }
                    FetchCall<UnaryCaller<ExplainResponse>> call =
                            new FetchCall<>(message, caller, System.nanoTime(), OptionalLong.empty());
                    workers.execute(() -> call.run(() -> explainNow(call)));
                },
                caller,
                "an explanation");
    }

    private void explainNow(FetchCall<UnaryCaller<ExplainResponse>> call) {
        StoreWatch.Open seen = store.enter();
        if (seen == null) {
            throw Errors.noStore();
        }
        try {
            if (store.isCurrent(seen)) {
                call.caller().answer(explain(call, seen));
                return;
            }
        } finally {
            seen.snapshot().exit();
        }
        if (!call.countRefresh(MAX_REFRESHES)) {
            throw Errors.noStableView(MAX_REFRESHES);
        }
        store.afterRefresh(() -> call.run(() -> workers.execute(() -> call.run(() -> explainNow(call)))));
    }

    private ExplainResponse explain(FetchCall<?> call, StoreWatch.Open seen) {
        Snapshot snapshot = seen.snapshot();
        FetchMessage message = call.message();
        TargetPlan target = target(message, snapshot.targets());
        Selection selection = target.select(message.features());
        RequestKeys keys = RequestKeys.of(message, target);
        Explainer explainer = new Explainer(snapshot.view(), target, selection, keys);
        PartRequest request = partRequest(call, seen, target, false);
        explainer.step("check");
        TargetReader reader = snapshot.reader(target);
        try {
            long from = seen.reader().position();
            reader.read(selection, keys, request);
            explainer.step("read");
            WireBuffer out = snapshot.answer();
            reader.writeTo(out, selection, 1, request.moments().shared(), true);
            long to = Math.max(from, seen.reader().applyingPosition());
            TargetReader.writePositions(out, snapshot.view().shardGroup(), from, to);
            explainer.step("encode");
            explainer.answered(out);
        } finally {
            reader.drop(selection);
        }
        return explainer.explain(request.moments().of(0));
    }

    private PartRequest partRequest(FetchCall<?> call, StoreWatch.Open seen, TargetPlan target, boolean positionMissed) {
        FetchMessage message = call.message();
        long nowMs = call.nowMs(clock);
        Moments moments = Moments.of(message, nowMs);
        checkPins(message, target);
        long aliveMs = Math.min(seen.reader().caughtUpAtMs(), seen.reader().heartbeatMs());
        return new PartRequest(
                message.rowCount(),
                moments,
                message.versionPins(),
                positionMissed,
                nowMs - aliveMs > config.staleAfterMs(),
                call.budget(target),
                call::isCancelled);
    }

    private static boolean withSchema(FetchMessage message, TargetPlan target) {
        return message.includeSchema()
                || !message.knownSchemaId().isEmpty()
                        && !message.knownSchemaId().equals(target.schemaId());
    }

    private void answerAfterRefresh(FetchCall<FetchReply> call, boolean positionMissed) {
        if (!call.countRefresh(MAX_REFRESHES)) {
            throw Errors.noStableView(MAX_REFRESHES);
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

    private static TargetPlan target(FetchMessage message, Targets targets) {
        return targets.get(message.join(), message.groupBy());
    }

    private static void checkPins(FetchMessage message, TargetPlan target) {
        for (int i = 0; i < message.versionPins().size(); i++) {
            VersionPin pin = message.versionPins().get(i);
            if (target.parts().stream().noneMatch(part -> part.groupBy().equals(pin.getGroupBy()))) {
                throw Errors.invalid(
                        "PIN_UNKNOWN",
                        "version_pins[" + i + "].group_by",
                        "\"" + pin.getGroupBy() + "\" is no part of " + target.name(),
                        "its parts are "
                                + target.parts().stream().map(PartPlan::groupBy).toList());
            }
        }
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
        workers.close();
        if (featureLog != null) {
            featureLog.close();
        }
    }
}
