package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.PeerKeys;
import io.tilefold.proto.serving.v1.PeerPart;
import io.tilefold.proto.serving.v1.PeerPartAnswer;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/** One peer's request at its turn: reads its parts one after the other from the store of the shard group asked for, and writes the answer. */
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

    /** Answers, unless there is something newer to answer from, or the store is behind. */
    Turns.Outcome read(Snapshot snapshot) {
        HostStores stores = snapshot.stores();
        long[] from = snapshot.positions();
        if (!stores.isCurrent()) {
            return Turns.Outcome.OUTDATED;
        }
        int place = place(stores);
        long asked = HostStores.bit(place);
        List<LogPosition> wanted = minPositions();
        long missed = stores.behind(wanted, asked, from);
        if (missed != 0 && turn.waitFor(() -> store.hasReached(wanted, asked))) {
            return Turns.Outcome.BEHIND;
        }
        List<EncodedKeys> keySets = keySets(stores, place);
        WireBuffer out = snapshot.answer();
        turn.caller().begin(out);
        boolean conflict = false;
        for (PeerPart part : request.getPartsList()) {
            int start = out.length();
            conflict |= readPart(snapshot, place, part, keySets.get(part.getKeySet()), missed, out);
            out.wrap(PeerReadResponse.PARTS_FIELD_NUMBER, start);
        }
        boolean enough = !conflict && turn.refreshes() >= Answers.MAX_REFRESHES;
        if (!stores.isCurrent() && !enough) {
            return Turns.Outcome.OUTDATED;
        }
        stores.writePositions(out, PeerReadResponse.POSITIONS_FIELD_NUMBER, asked, from);
        turn.caller().send(out);
        return Turns.Outcome.DONE;
    }

    private int place(HostStores stores) {
        int place = stores.placeOfGroup(request.getShardGroup());
        if (place != HostStores.ELSEWHERE) {
            return place;
        }
        if (stores.list().size() < config.storeDirs().size()) {
            throw Errors.noStoreOf(request.getShardGroup()); // it may be one that is not mapped
        }
        throw Errors.otherShardGroup(
                request.getShardGroup(),
                stores.list().stream().map(store -> store.view().shardGroup()).toList());
    }

    private List<LogPosition> minPositions() {
        return request.hasMinPosition()
                ? List.of(LogPosition.newBuilder()
                        .setShardGroup(request.getShardGroup())
                        .setPosition(request.getMinPosition())
                        .build())
                : List.of();
    }

    private List<EncodedKeys> keySets(HostStores stores, int place) {
        ShardSet shards = stores.view(place).shards();
        List<EncodedKeys> keySets = new ArrayList<>(request.getKeySetsCount());
        for (PeerKeys keys : request.getKeySetsList()) {
            EncodedKeys encoded = new EncodedKeys(new int[0]);
            encoded.take(keys.getKeysList());
            encoded.locateAt(place);
            for (int row = 0; row < keys.getKeysCount(); row++) {
                int shard = KeyHash.shard(encoded.hash(row), stores.shardCount());
                if (!shards.contains(shard)) {
                    throw Errors.otherShard(shard, shards);
                }
            }
            keySets.add(encoded);
        }
        return keySets;
    }

    private boolean readPart(
            Snapshot snapshot, int place, PeerPart asked, EncodedKeys keys, long missed, WireBuffer out) {
        PartReader reader = snapshot.partReader(new DefinitionId(asked.getDefinitionId()));
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
            PartRequest part = partRequest(snapshot.stores(), asked, reader, missed);
            reader.choose(part, keys);
            reader.bringNear(keys, part);
            boolean conflict = reader.read(part, keys, outputs, true);
            ColumnWriter writer = new ColumnWriter(out);
            for (int output : outputs) {
                writer.write(PeerPartAnswer.COLUMNS_FIELD_NUMBER, reader.columns(), output, Columns.NO_NAME);
            }
            int start = out.length();
            reader.writeAnswer(out, false);
            out.wrap(PeerPartAnswer.ANSWER_FIELD_NUMBER, start);
            if (request.getExplain() && keys(request, asked).getKeysCount() == 1) {
                out.putBytesField(PeerPartAnswer.EXPLANATION_FIELD_NUMBER, explanation(snapshot, place, asked, keys));
            }
            return conflict;
        } finally {
            reader.drop();
        }
    }

    private byte[] explanation(Snapshot snapshot, int place, PeerPart asked, EncodedKeys key) {
        PartPlan part = snapshot.targets().groupByPart(new DefinitionId(asked.getDefinitionId()));
        long q = moments(keys(request, asked)).of(0);
        return PartExplainer.explain(snapshot.stores().view(place), part, key, q)
                .toByteArray();
    }

    private PartRequest partRequest(HostStores stores, PeerPart asked, PartReader reader, long missed) {
        PeerKeys keys = keys(request, asked);
        return new PartRequest(
                keys.getKeysCount(),
                moments(keys),
                bounds(asked, reader),
                missed,
                stores.stale(turn.nowMs(clock), config.staleAfterMs()),
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
