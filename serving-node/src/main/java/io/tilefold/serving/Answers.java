package io.tilefold.serving;

import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.proto.serving.v1.VersionPin;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * Answers fetches from a snapshot that the calling thread has entered. Never blocks.
 *
 * <p>Order matters: the position is read, then the view, then keys, then the position again. A position is published after all it stands for, so
 * the values are those of a prefix that ends between the two.
 */
final class Answers {
    /** How often one call is held back for a newer view before it takes what it has. */
    static final int MAX_REFRESHES = 4;

    private final ServingConfig config;
    private final StoreWatch store;
    private final Shards shards;
    private final EpochClock clock;
    private final Latencies latencies;
    private final @Nullable FeatureLog featureLog;
    private final StateLimits limits;

    Answers(
            ServingConfig config,
            StoreWatch store,
            Shards shards,
            EpochClock clock,
            Latencies latencies,
            @Nullable FeatureLog featureLog,
            StateLimits limits) {
        this.limits = limits;
        this.config = config;
        this.store = store;
        this.shards = shards;
        this.clock = clock;
        this.latencies = latencies;
        this.featureLog = featureLog;
    }

    /** What became of a call at its turn. */
    enum Outcome {
        SENT,
        /** There is something newer to answer from. */
        OUTDATED,
        /** It {@linkplain Turn#waitFor waits} for positions that stores of this host have not reached. */
        BEHIND,
        /** Other shard groups are to be asked first: {@link FetchCall#remote}. */
        ELSEWHERE
    }

    Outcome answer(FetchCall<FetchReply> call, Snapshot seen) {
        long beganNs = System.nanoTime();
        if (call.isCancelled()) {
            throw new CancellationException("the caller has gone before its turn came");
        }
        HostStores stores = seen.stores();
        long[] from = seen.positions();
        if (!stores.isCurrent()) {
            return Outcome.OUTDATED;
        }
        FetchMessage message = call.message();
        TargetPlan target = target(message, seen.targets());
        Selection selection = target.select(message.features());
        RequestKeys keys = RequestKeys.of(message, target);
        TargetReader targetReader = seen.reader(target);
        long holding = targetReader.encode(selection, keys);
        long missed = stores.behind(message.minPositions(), holding, from);
        if (missed != 0 && call.waitFor(() -> store.hasReached(message.minPositions(), holding))) {
            return Outcome.BEHIND;
        }
        PartRequest request = partRequest(call, stores, target, missed);
        if (isElsewhere(call, seen, targetReader, selection, request)) {
            return Outcome.ELSEWHERE;
        }
        boolean sent = false;
        try {
            long checkedNs = System.nanoTime();
            boolean conflict = targetReader.read(selection, request);
            // A commit in the meantime makes this neither the value before it nor after it: read again. A conflict in a
            // view that is still current is the record's own: another view would not help.
            boolean enough = !conflict && call.refreshes() >= MAX_REFRESHES;
            long readNs = System.nanoTime();
            if (stores.isCurrent() || enough) {
                targetReader.derive(selection, keys, request, call.external());
                long derivedNs = selection.isDerived() ? System.nanoTime() : readNs;
                WireBuffer out = seen.answer();
                call.caller().begin(out);
                int start = out.length();
                targetReader.writeTo(
                        out, selection, keys.rows(), request.moments().shared(), withSchema(message, target));
                writePositions(call, out, stores, holding, from);
                shards.writeChange(out, message.knownShardMap(), seen);
                if (featureLog != null && featureLog.isSampled()) {
                    featureLog.offer(call.nowMs(clock), message, out, start);
                }
                sent = true;
                call.caller().send(out);
                TargetLatency latency = latencies.of(target.target());
                record(latency, call, beganNs, checkedNs, readNs, derivedNs);
                if (selection.isExternal()) {
                    latency.record(Stage.EXTERNAL, call.externalNs());
                }
                if (selection.isDerived()) {
                    latency.record(Stage.DERIVE, derivedNs - readNs);
                }
            }
        } finally {
            targetReader.drop(selection);
        }
        return sent ? Outcome.SENT : Outcome.OUTDATED;
    }

    /** True if other shard groups are to be asked, or asked again, before the stores of this host are read. */
    private boolean isElsewhere(
            FetchCall<?> call, Snapshot snapshot, TargetReader reader, Selection selection, PartRequest request) {
        RemoteFetch asked = call.remote();
        if (asked != null) {
            return asked.mustAskAgain();
        }
        RemoteFetch remote = reader.elsewhere(
                shards.map(snapshot), selection, request, call.message().minPositions());
        if (remote != null) {
            call.remote(remote);
        }
        return remote != null;
    }

    private static void writePositions(FetchCall<?> call, WireBuffer out, HostStores stores, long read, long[] from) {
        stores.writePositions(out, FetchResponse.POSITIONS_FIELD_NUMBER, read, from);
        RemoteFetch remote = call.remote();
        if (remote != null) {
            for (PositionRange range : remote.positions()) {
                TargetReader.writePositions(
                        out,
                        FetchResponse.POSITIONS_FIELD_NUMBER,
                        range.getShardGroup(),
                        range.getFrom(),
                        range.getTo(),
                        range.getCaughtUpAtMs(),
                        range.getHeartbeatMs());
            }
        }
    }

    private static void record(
            TargetLatency latency, FetchCall<?> call, long beganNs, long checkedNs, long readNs, long derivedNs) {
        long sentNs = System.nanoTime();
        latency.record(Stage.QUEUE, beganNs - call.parsedNs() - call.externalNs());
        latency.record(Stage.DECODE, call.parsedNs() - call.arrivedNs() + checkedNs - beganNs);
        latency.record(Stage.READ, readNs - checkedNs);
        latency.record(Stage.ENCODE, sentNs - derivedNs);
        latency.record(Stage.TOTAL, sentNs - call.arrivedNs());
    }

    /** Answers one row and says how; null if other shard groups are to be asked first: {@link FetchCall#remote}. The view is current. */
    @Nullable ExplainResponse explain(FetchCall<?> call, Snapshot seen) {
        HostStores stores = seen.stores();
        FetchMessage message = call.message();
        TargetPlan target = target(message, seen.targets());
        Selection selection = target.select(message.features());
        RequestKeys keys = RequestKeys.of(message, target);
        TargetReader reader = seen.reader(target);
        long holding = reader.encode(selection, keys);
        PartRequest request = partRequest(call, stores, target, 0);
        boolean first = call.remote() == null;
        if (isElsewhere(call, seen, reader, selection, request)) {
            RemoteFetch remote = call.remote();
            if (first && remote != null) {
                remote.explain();
            }
            return null;
        }
        Explainer explainer = new Explainer(stores, target, selection, keys, call.remote());
        explainer.step("check");
        try {
            long[] from = seen.positions();
            reader.read(selection, request);
            explainer.step("read");
            reader.derive(selection, keys, request, call.external());
            if (selection.isDerived()) {
                explainer.step("derive");
            }
            WireBuffer out = seen.answer();
            reader.writeTo(out, selection, 1, request.moments().shared(), true);
            writePositions(call, out, stores, holding, from);
            explainer.step("encode");
            explainer.answered(out);
        } finally {
            reader.drop(selection);
        }
        return explainer.explain(request.moments().of(0));
    }

    private PartRequest partRequest(FetchCall<?> call, HostStores stores, TargetPlan target, long missed) {
        FetchMessage message = call.message();
        long nowMs = call.nowMs(clock);
        Moments moments = Moments.of(message, nowMs);
        checkPins(message, target);
        return new PartRequest(
                message.rowCount(),
                moments,
                bounds(message.versionPins()),
                missed,
                stores.stale(nowMs, config.staleAfterMs()),
                call.budget(target),
                call::isCancelled,
                call.remote(),
                limits);
    }

    private static List<VersionBound> bounds(List<VersionPin> pins) {
        return pins.isEmpty()
                ? List.of()
                : pins.stream()
                        .map(pin -> new VersionBound(pin.getGroupBy(), pin.getVersion(), false))
                        .toList();
    }

    private static boolean withSchema(FetchMessage message, TargetPlan target) {
        return message.includeSchema()
                || !message.knownSchemaId().isEmpty()
                        && !message.knownSchemaId().equals(target.schemaId());
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
}
