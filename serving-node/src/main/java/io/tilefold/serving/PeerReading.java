package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.KeyHash;
import io.tilefold.proto.serving.v1.PeerKeys;
import io.tilefold.proto.serving.v1.PeerPart;
import io.tilefold.proto.serving.v1.PeerPartAnswer;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/** One peer's request at its turn: reads its parts one after the other from the view and writes the answer. */
final class PeerReading {
    private final ServingConfig config;
    private final StoreWatch store;
    private final EpochClock clock;
    private final Turn<UnaryReply> turn;
    private final PeerReadRequest request;
    private final StateLimits limits;

    PeerReading(
            ServingConfig config,
            StoreWatch store,
            EpochClock clock,
            Turn<UnaryReply> turn,
            PeerReadRequest request,
            StateLimits limits) {
        this.limits = limits;
        this.config = config;
        this.store = store;
        this.clock = clock;
        this.turn = turn;
        this.request = request;
    }

    /** Values asked for: keys times outputs. */
    static long values(PeerReadRequest request) {
        long values = 0;
        for (PeerPart part : request.getPartsList()) {
            values += (long) keys(request, part).getKeysCount() * part.getOutputsCount();
        }
        return values;
    }

    private static PeerKeys keys(PeerReadRequest request, PeerPart part) {
        if (part.getKeySet() < 0 || part.getKeySet() >= request.getKeySetsCount()) {
            throw Errors.invalid(
                    "KEY_SET_UNKNOWN",
                    "parts.key_set",
                    "no key set " + Integer.toUnsignedString(part.getKeySet()),
                    "there are " + request.getKeySetsCount());
        }
        return request.getKeySets(part.getKeySet());
    }

    /** Answers; false if there is something newer to answer from. */
    boolean read(StoreWatch.Open seen, boolean positionMissed) {
        long from = seen.reader().position();
        if (!store.isCurrent(seen)) {
            return false;
        }
        Snapshot snapshot = seen.snapshot();
        List<EncodedKeys> keySets = keySets(snapshot);
        WireBuffer out = snapshot.answer();
        turn.caller().begin(out);
        boolean conflict = false;
        for (PeerPart asked : request.getPartsList()) {
            int start = out.length();
            conflict |= readPart(seen, asked, keySets.get(asked.getKeySet()), positionMissed, out);
            out.wrap(PeerReadResponse.PARTS_FIELD_NUMBER, start);
        }
        boolean enough = !conflict && turn.refreshes() >= Answers.MAX_REFRESHES;
        if (!store.isCurrent(seen) && !enough) {
            return false;
        }
        TargetReader.writePositions(
                out,
                PeerReadResponse.POSITIONS_FIELD_NUMBER,
                snapshot.view().shardGroup(),
                from,
                Math.max(from, seen.reader().applyingPosition()),
                seen.reader().caughtUpAtMs(),
                seen.reader().heartbeatMs());
        turn.caller().send(out);
        return true;
    }

    private List<EncodedKeys> keySets(Snapshot snapshot) {
        List<EncodedKeys> keySets = new ArrayList<>(request.getKeySetsCount());
        for (PeerKeys keys : request.getKeySetsList()) {
            EncodedKeys encoded = new EncodedKeys(new int[0]);
            encoded.take(keys.getKeysList());
            for (int row = 0; row < keys.getKeysCount(); row++) {
                int shard = KeyHash.shard(encoded.hash(row), snapshot.view().shardCount());
                if (!snapshot.view().shards().contains(shard)) {
                    throw Errors.otherShard(shard, snapshot.view().shards());
                }
            }
            keySets.add(encoded);
        }
        return keySets;
    }

    private boolean readPart(
            StoreWatch.Open seen, PeerPart asked, EncodedKeys keys, boolean positionMissed, WireBuffer out) {
        PartReader reader = seen.snapshot().partReader(new DefinitionId(asked.getDefinitionId()));
        int[] outputs =
                asked.getOutputsList().stream().mapToInt(Integer::intValue).toArray();
        for (int output : outputs) {
            if (output < 0 || output >= reader.outputCount()) {
                throw Errors.invalid(
                        "OUTPUT_UNKNOWN",
                        "parts.outputs",
                        "no output " + Integer.toUnsignedString(output),
                        "the group-by has " + reader.outputCount());
            }
        }
        try {
            boolean conflict = reader.read(partRequest(seen, asked, reader, positionMissed), keys, outputs);
            for (int output : outputs) {
                ColumnSink sink = reader.sink(output);
                out.putHead(PeerPartAnswer.COLUMNS_FIELD_NUMBER, sink.measure(ColumnSink.NO_NAME));
                sink.writeTo(out, ColumnSink.NO_NAME);
            }
            int start = out.length();
            reader.writeAnswer(out, false);
            out.wrap(PeerPartAnswer.ANSWER_FIELD_NUMBER, start);
            if (request.getExplain() && keys(request, asked).getKeysCount() == 1) {
                out.putBytesField(PeerPartAnswer.EXPLANATION_FIELD_NUMBER, explanation(seen, asked, keys));
            }
            return conflict;
        } finally {
            reader.drop();
        }
    }

    private byte[] explanation(StoreWatch.Open seen, PeerPart asked, EncodedKeys key) {
        PartPlan part = seen.snapshot().targets().groupByPart(new DefinitionId(asked.getDefinitionId()));
        long q = moments(keys(request, asked)).of(0);
        return PartExplainer.explain(seen.snapshot().view(), part, key, q).toByteArray();
    }

    private PartRequest partRequest(StoreWatch.Open seen, PeerPart asked, PartReader reader, boolean positionMissed) {
        PeerKeys keys = keys(request, asked);
        long aliveMs = Math.min(seen.reader().caughtUpAtMs(), seen.reader().heartbeatMs());
        return new PartRequest(
                keys.getKeysCount(),
                moments(keys),
                bounds(asked, reader),
                positionMissed,
                turn.nowMs(clock) - aliveMs > config.staleAfterMs(),
                turn.deadlineNs().isPresent()
                        ? Budget.of(turn.arrivedNs(), turn.deadlineNs().getAsLong() - turn.arrivedNs())
                        : Budget.UNLIMITED,
                turn::isCancelled,
                null,
                limits);
    }

    private Moments moments(PeerKeys keys) {
        long @Nullable [] ofRows = null;
        if (keys.getAsOfMsCount() > 0) {
            if (keys.getAsOfMsCount() != keys.getKeysCount()) {
                throw Errors.invalid(
                        "AS_OF_LENGTH",
                        "key_sets.as_of_ms",
                        keys.getAsOfMsCount() + " moments, " + keys.getKeysCount() + " keys",
                        "give none or one per key");
            }
            ofRows = keys.getAsOfMsList().stream().mapToLong(Long::longValue).toArray();
        }
        return Moments.ofPeer(ofRows, request.getAsOfGiven(), request.getAsOfMs());
    }

    private static List<VersionBound> bounds(PeerPart asked, PartReader reader) {
        if (asked.hasVersion()) {
            return List.of(new VersionBound(reader.groupBy(), asked.getVersion(), false));
        }
        return asked.hasNewestVersion()
                ? List.of(new VersionBound(reader.groupBy(), asked.getNewestVersion(), true))
                : List.of();
    }
}
