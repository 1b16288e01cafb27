package io.tilefold.serving;

import io.tilefold.proto.serving.v1.PeerKeys;
import io.tilefold.proto.serving.v1.PeerPart;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.serving.Selection.PartSelection;
import io.tilefold.serving.peer.PeerResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one request asks of one other shard group, and what came of it. Used by one thread at a time, but for {@link #check}; the result is handed over by
 * the one that counts the groups still asked.
 */
final class RemoteGroup {
    private final int shardGroup;
    private final PeerReadRequest.Builder request;
    private final List<PeerKeys.Builder> keySets = new ArrayList<>();
    private final List<PartPlan> parts = new ArrayList<>();
    private final List<int[]> outputs = new ArrayList<>();
    private final int[] placeOfPart;
    private final int[] placeOfKeySet;
    private @Nullable PeerResult result;
    private List<RemoteAnswer> answers = List.of();

    /** @param request without keys and parts */
    RemoteGroup(int shardGroup, TargetPlan target, PeerReadRequest.Builder request) {
        this.shardGroup = shardGroup;
        this.request = request.clone().setShardGroup(shardGroup);
        this.placeOfPart = new int[target.parts().size()];
        this.placeOfKeySet = new int[target.keySets().size()];
        java.util.Arrays.fill(placeOfPart, -1);
        java.util.Arrays.fill(placeOfKeySet, -1);
    }

    int shardGroup() {
        return shardGroup;
    }

    /** Adds a row's key; returns its place among the set's. */
    int add(int keySet, EncodedKeys keys, int row, Moments moments) {
        if (placeOfKeySet[keySet] < 0) {
            placeOfKeySet[keySet] = keySets.size();
            keySets.add(PeerKeys.newBuilder());
        }
        PeerKeys.Builder set = keySets.get(placeOfKeySet[keySet]);
        byte[] key = new byte[keys.length(row)];
        keys.buffer().getBytes(keys.offset(row), key);
        set.addKeys(com.google.protobuf.UnsafeByteOperations.unsafeWrap(key));
        if (moments.isPerRow()) {
            set.addAsOfMs(moments.of(row));
        }
        return set.getKeysCount() - 1;
    }

    /**
     * Has a part asked, if the group has keys of it.
     *
     * @param bound the version wanted, or none newer
     */
    void add(PartPlan part, PartSelection selection, @Nullable VersionBound bound) {
        if (placeOfKeySet[part.keySet()] < 0) {
            return;
        }
        PeerPart.Builder asked =
                PeerPart.newBuilder().setDefinitionId(part.id().hex()).setKeySet(placeOfKeySet[part.keySet()]);
        for (int output : selection.outputs()) {
            asked.addOutputs(output);
        }
        if (bound != null && bound.orOlder()) {
            asked.setNewestVersion(bound.version());
        } else if (bound != null) {
            asked.setVersion(bound.version());
        }
        placeOfPart[part.index()] = parts.size();
        parts.add(part);
        outputs.add(selection.outputs());
        request.addParts(asked);
    }

    /** Has it say how it comes to the values. */
    void explain() {
        request.setExplain(true);
    }

    /** Has it asked at a minimum position of its log. */
    void minPosition(long position) {
        request.setMinPosition(position);
    }

    PeerReadRequest message() {
        if (request.getKeySetsCount() == 0) {
            keySets.forEach(request::addKeySets);
        }
        return request.build();
    }

    /** @throws IllegalArgumentException if it is no answer to what is asked */
    void check(PeerReadResponse response) {
        var unused = read(response);
    }

    private List<RemoteAnswer> read(PeerReadResponse response) {
        if (response.getPartsCount() != parts.size() || response.getPositions().getShardGroup() != shardGroup) {
            throw new IllegalArgumentException("an answer of shard group "
                    + response.getPositions().getShardGroup() + " with " + response.getPartsCount()
                    + " parts; shard group "
                    + shardGroup + " was asked for " + parts.size());
        }
        List<RemoteAnswer> read = new ArrayList<>(parts.size());
        for (int i = 0; i < parts.size(); i++) {
            int keys = keySets.get(placeOfKeySet[parts.get(i).keySet()]).getKeysCount();
            read.add(new RemoteAnswer(response.getParts(i), parts.get(i).outputs(), outputs.get(i), keys));
        }
        return read;
    }

    void came(PeerResult what) {
        PeerReadResponse answer = what.answer();
        answers = answer == null ? List.of() : read(answer);
        result = what;
    }

    boolean isTimedOut() {
        return result != null && result.outcome() == PeerResult.Outcome.TIMED_OUT;
    }

    /** Between which positions of its log it answered; null if it did not. */
    @Nullable PositionRange positions() {
        PeerReadResponse answer = result == null ? null : result.answer();
        return answer == null ? null : answer.getPositions();
    }

    /** What it said of a part; null if it did not answer, or was not asked. */
    @Nullable RemoteAnswer answer(int part) {
        int place = placeOfPart[part];
        return place < 0 || answers.isEmpty() ? null : answers.get(place);
    }

    /**
     * Makes it ready to be asked again, for these versions exactly.
     *
     * @param agreed by part
     * @return false if it answered from them all
     */
    boolean askAgainFor(Map<Integer, Long> agreed) {
        boolean again = false;
        for (int i = 0; i < answers.size(); i++) {
            Long wanted = agreed.get(parts.get(i).index());
            if (wanted != null && answers.get(i).hasVersion() && answers.get(i).version() != wanted) {
                request.getPartsBuilder(i).clearNewestVersion().setVersion(wanted);
                again = true;
            }
        }
        return again;
    }
}
