package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.ListTargetsResponse;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.proto.serving.v1.VersionPin;
import io.tilefold.store.TileStoreReader;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC service. Runs on the event loops and never blocks there: a call that must wait for a position or for a newer view is handed to the
 * thread that waits, and is answered by it.
 *
 * <p>Order matters: the position is read, then the view, then keys, then the position again. A position is published after all it stands for, so
 * the values are those of a prefix that ends between the two.
 */
final class FeatureService extends FeatureServiceGrpc.FeatureServiceImplBase implements AutoCloseable {
    /** How often one call is held back for a newer view before it takes what it has. */
    private static final int MAX_REFRESHES = 4;

    /** A call waits for positions until this part of its time is left, so that the answer still arrives. */
    private static final long ANSWER_SHARE = 8;

    private static final long ANSWER_TIME_MAX_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final ServingConfig config;
    private final StoreWatch store;
    private final EpochClock clock;
    private final Semaphore places;
    private final PositionWaits waits;

    FeatureService(ServingConfig config, StoreWatch store, EpochClock clock) {
        this.config = config;
        this.store = store;
        this.clock = clock;
        this.places = new Semaphore(config.maxWaitingFetches());
        this.waits = new PositionWaits(places);
    }

    @Override
    public void fetch(FetchRequest request, StreamObserver<FetchResponse> observer) {
        FetchCall call = new FetchCall(request, observer);
        call.run(() -> begin(call));
    }

    private void begin(FetchCall call) {
        if (Integer.compareUnsigned(call.request().getRowCount(), config.maxRows()) > 0) {
            throw Errors.exhausted(
                    "TOO_MANY_ROWS",
                    "row_count",
                    Integer.toUnsignedString(call.request().getRowCount()) + " rows, this node takes "
                            + config.maxRows(),
                    "split the fetch");
        }
        StoreWatch.Open seen = open();
        long minPosition = minPosition(call.request(), seen.snapshot().view().shardGroup());
        if (store.position() >= minPosition) {
            answer(call, false);
            return;
        }
        long nowNs = System.nanoTime();
        long untilNs = call.deadlineNs().orElse(nowNs + TimeUnit.MILLISECONDS.toNanos(config.defaultDeadlineMs()));
        long marginNs = Math.min((untilNs - nowNs) / ANSWER_SHARE, ANSWER_TIME_MAX_NS);
        boolean taken = waits.add(new PositionWaits.Waiter(
                () -> store.position() >= minPosition,
                call::isCancelled,
                untilNs - marginNs,
                reached -> call.run(() -> answer(call, !reached))));
        if (!taken) {
            throw tooManyWaiting();
        }
    }

    private void answer(FetchCall call, boolean positionMissed) {
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
    private boolean answer(FetchCall call, StoreWatch.Open seen, boolean positionMissed) {
        TileStoreReader reader = seen.reader();
        long from = reader.position();
        if (store.isCurrent(seen)) {
            FetchResponse.Builder response = FetchResponse.newBuilder();
            boolean conflict = read(call, seen, positionMissed, response);
            // A commit in the meantime makes this neither the value before it nor after it: read again. A conflict in a
            // view that is still current
            // is the record's own: another view would not help.
            boolean enough = !conflict && call.refreshes() >= MAX_REFRESHES;
            if (store.isCurrent(seen) || enough) {
                call.respond(response.addPositions(PositionRange.newBuilder()
                                .setShardGroup(seen.snapshot().view().shardGroup())
                                .setFrom(from)
                                .setTo(Math.max(from, reader.applyingPosition())))
                        .build());
                return true;
            }
        }
        return false;
    }

    private void answerAfterRefresh(FetchCall call, boolean positionMissed) {
        if (!call.countRefresh(MAX_REFRESHES)) {
            throw Errors.noStableView(MAX_REFRESHES);
        }
        if (!places.tryAcquire()) {
            throw tooManyWaiting();
        }
        store.afterRefresh(() -> {
            places.release();
            call.run(() -> answer(call, positionMissed));
        });
    }

    /** Returns whether a record could not be read consistently. */
    private boolean read(FetchCall call, StoreWatch.Open seen, boolean positionMissed, FetchResponse.Builder response) {
        FetchRequest request = call.request();
        Snapshot snapshot = seen.snapshot();
        TargetPlan target = target(request, snapshot.targets());
        RequestKeys keys = RequestKeys.of(request.getKeysList(), request.getRowCount(), target.keys());
        long nowMs = call.nowMs(clock);
        Moments moments = Moments.of(request, nowMs);
        checkPins(request, target);
        long aliveMs = Math.min(seen.reader().caughtUpAtMs(), seen.reader().heartbeatMs());
        PartRequest partRequest = new PartRequest(
                keys,
                moments,
                request.getVersionPinsList(),
                positionMissed,
                nowMs - aliveMs > config.staleAfterMs(),
                call::isCancelled);
        response.setSchemaId(target.schemaId()).setRowCount(keys.rows()).setAsOfMs(moments.shared());
        if (request.getIncludeSchema()) {
            response.setSchema(target.outputs());
        }
        boolean conflict = false;
        for (PartPlan part : target.parts()) {
            conflict |= snapshot.reader(part).answer(partRequest, response);
        }
        return conflict;
    }

    @Override
    public void describeTarget(DescribeTargetRequest request, StreamObserver<DescribeTargetResponse> observer) {
        reply(observer, targets -> {
            TargetPlan target = target(
                    request.hasJoin() ? request.getJoin() : null,
                    request.hasGroupBy() ? request.getGroupBy() : null,
                    targets);
            return DescribeTargetResponse.newBuilder()
                    .setSchemaId(target.schemaId())
                    .setKeys(target.keysProto())
                    .setOutputs(target.outputs())
                    .build();
        });
    }

    @Override
    public void listTargets(ListTargetsRequest request, StreamObserver<ListTargetsResponse> observer) {
        reply(
                observer,
                targets -> ListTargetsResponse.newBuilder()
                        .addAllJoins(targets.joins().served().keySet())
                        .addAllGroupBys(targets.groupBys().served().keySet())
                        .build());
    }

    private <T> void reply(StreamObserver<T> observer, Function<Targets, T> answer) {
        T response;
        try {
            response = answer.apply(open().snapshot().targets());
        } catch (StatusRuntimeException refused) {
            observer.onError(refused);
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }

    private StoreWatch.Open open() {
        StoreWatch.Open seen = store.current();
        if (seen == null) {
            throw Errors.noStore();
        }
        return seen;
    }

    /** What the node's own shard group must have reached; it says nothing of others. */
    private static long minPosition(FetchRequest request, int shardGroup) {
        long least = Long.MIN_VALUE;
        for (LogPosition position : request.getMinPositionsList()) {
            if (position.getShardGroup() == shardGroup) {
                least = Math.max(least, position.getPosition());
            }
        }
        return least;
    }

    private static TargetPlan target(FetchRequest request, Targets targets) {
        return target(
                request.hasJoin() ? request.getJoin() : null,
                request.hasGroupBy() ? request.getGroupBy() : null,
                targets);
    }

    private static TargetPlan target(@Nullable String join, @Nullable String groupBy, Targets targets) {
        if (join != null) {
            return targets.joins().get(join, "join");
        }
        if (groupBy != null) {
            return targets.groupBys().get(groupBy, "group_by");
        }
        throw Errors.invalid("TARGET_MISSING", "target", "neither join nor group_by is set", "set one of them");
    }

    private static void checkPins(FetchRequest request, TargetPlan target) {
        for (int i = 0; i < request.getVersionPinsCount(); i++) {
            VersionPin pin = request.getVersionPins(i);
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

    private StatusRuntimeException tooManyWaiting() {
        return Errors.exhausted(
                "TOO_MANY_WAITING",
                "min_positions",
                config.maxWaitingFetches() + " calls already wait",
                "try again later, or ask for a position that is reached");
    }

    @Override
    public void close() {
        waits.close();
    }
}
