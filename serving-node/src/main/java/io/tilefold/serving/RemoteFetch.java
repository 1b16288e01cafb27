package io.tilefold.serving;

import io.grpc.Context;
import io.tilefold.core.key.KeyHash;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.serving.Selection.PartSelection;
import io.tilefold.serving.peer.PeerClient;
import io.tilefold.serving.peer.PeerRequest;
import io.tilefold.serving.peer.ShardMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one request that other shard groups own: asked of all these groups at one time, each once, before this node reads its own. Used by one
 * thread at a time, handed on by whichever answer comes last.
 *
 * <p><b>One version.</b> Groups commit a version one after the other. A group is asked for the version that this node has, or an older one; what this node
 * reads afterwards is the oldest version that came. A group that answered from a newer one (there are more than two, or this node has none) is asked
 * once more, for exactly that; rows for which that did not help are FAILED(VERSION_GONE).
 */
final class RemoteFetch {
    /** Time kept for reading this host's own keys once the others have been waited for: an eighth of what is left, and 2 us for each value's row. */
    private static final int OWN_SHARE = 8;

    private static final long OWN_ROW_NS = 2_000;
    private static final int NOBODY = -1;

    private final TargetPlan target;
    private final List<RemoteGroup> groups = new ArrayList<>();
    private final @Nullable Place[] @Nullable [] places;
    private final Map<Integer, Long> agreed = new HashMap<>();
    private final @Nullable RemotePart[] parts;
    private final boolean[] pinned;
    private List<RemoteGroup> toAsk = List.of();
    private boolean askedAgain;

    /**
     * Where a row's key was asked.
     *
     * @param group index among the groups; negative: no group owns its shard
     * @param key index among the group's keys of the row's set
     */
    record Place(int group, int key) {}

    private RemoteFetch(TargetPlan target) {
        this.target = target;
        this.places = new Place[target.keySets().size()][];
        this.parts = new RemotePart[target.parts().size()];
        this.pinned = new boolean[target.parts().size()];
    }

    /**
     * Finds the keys that no store of this host holds.
     *
     * @param shardCount the deployment's
     * @param keySets encoded and located, those that the selection needs
     * @param current the version that this node reads a part at; null where it has none
     * @return null if all are its own
     */
    static @Nullable RemoteFetch plan(
            ShardMap map,
            int shardCount,
            TargetPlan target,
            Selection selection,
            EncodedKeys[] keySets,
            PartRequest request,
            List<LogPosition> minPositions,
            PartBounds current) {
        RemoteFetch remote = null;
        for (int keySet : selection.keySets()) {
            EncodedKeys keys = keySets[keySet];
            for (int row = 0; keys.isAnyElsewhere() && row < request.rows(); row++) {
                if (keys.place(row) == HostStores.ELSEWHERE) {
                    remote = remote == null ? new RemoteFetch(target) : remote;
                    remote.add(map, shardCount, keySet, keys, row, request);
                }
            }
        }
        if (remote != null) {
            remote.finish(selection, minPositions, current);
        }
        return remote;
    }

    /** Which version of a part is wanted. */
    @FunctionalInterface
    interface PartBounds {
        /** Null: any. */
        @Nullable VersionBound of(PartPlan part);
    }

    private void add(ShardMap map, int shardCount, int keySet, EncodedKeys keys, int row, PartRequest request) {
        Place[] ofRows = places[keySet];
        if (ofRows == null) {
            ofRows = new Place[request.rows()];
            places[keySet] = ofRows;
        }
        ShardMap.Group group = map.groupOf(KeyHash.shard(keys.hash(row), shardCount));
        int index = group == null ? NOBODY : index(group.shardGroup(), request);
        int key = index == NOBODY ? 0 : groups.get(index).add(keySet, keys, row, request.moments());
        ofRows[row] = new Place(index, key);
    }

    private int index(int shardGroup, PartRequest request) {
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).shardGroup() == shardGroup) {
                return i;
            }
        }
        Moments moments = request.moments();
        groups.add(new RemoteGroup(
                shardGroup,
                target,
                PeerReadRequest.newBuilder().setAsOfMs(moments.shared()).setAsOfGiven(moments.isGiven())));
        return groups.size() - 1;
    }

    private void finish(Selection selection, List<LogPosition> minPositions, PartBounds current) {
        for (RemoteGroup group : groups) {
            for (PartSelection chosen : selection.parts()) {
                PartPlan part = target.parts().get(chosen.part());
                VersionBound bound = current.of(part);
                pinned[part.index()] = bound != null && !bound.orOlder();
                group.add(part, chosen, bound);
            }
            minPositions.stream()
                    .filter(position -> position.getShardGroup() == group.shardGroup())
                    .mapToLong(LogPosition::getPosition)
                    .max()
                    .ifPresent(group::minPosition);
        }
        toAsk = groups;
    }

    /**
     * Asks.
     *
     * @param untilNs when the whole answer must be there
     * @param then run once, when all have answered or their time is over; on a thread of gRPC's, of the timer, or this one
     */
    void ask(PeerClient peers, long untilNs, int rows, Context context, Runnable then) {
        List<RemoteGroup> asked = toAsk;
        toAsk = List.of();
        if (asked.isEmpty()) {
            then.run(); // no group owns what is not here
            return;
        }
        long nowNs = System.nanoTime();
        long leftNs = Math.max(0, untilNs - nowNs);
        long ownNs = Math.min(
                leftNs / 2,
                leftNs / OWN_SHARE + OWN_ROW_NS * rows * target.parts().size());
        AtomicInteger pending = new AtomicInteger(asked.size());
        for (RemoteGroup group : asked) {
            PeerRequest request =
                    new PeerRequest(group.shardGroup(), group.message(), untilNs - ownNs, context, group::check);
            peers.read(request, result -> {
                group.came(result);
                if (pending.decrementAndGet() == 0) {
                    then.run();
                }
            });
        }
    }

    /** Has the groups say how they come to their values. Of a request of one row, before it is asked. */
    void explain() {
        groups.forEach(RemoteGroup::explain);
    }

    /** After the answers: finds the version of each part that all have. True if groups are to be asked again for it. */
    boolean mustAskAgain() {
        if (!askedAgain) {
            agree();
            askedAgain = true;
            toAsk = groups.stream().filter(group -> group.askAgainFor(agreed)).toList();
        }
        if (toAsk.isEmpty()) {
            for (int i = 0; i < parts.length; i++) {
                parts[i] = newPart(target.parts().get(i));
            }
        }
        return !toAsk.isEmpty();
    }

    private void agree() {
        for (PartPlan part : target.parts()) {
            for (RemoteGroup group : groups) {
                RemoteAnswer answer = group.answer(part.index());
                if (answer != null && answer.hasVersion() && !pinned[part.index()]) {
                    agreed.merge(part.index(), answer.version(), Math::min);
                }
            }
        }
    }

    private @Nullable RemotePart newPart(PartPlan part) {
        Place[] ofRows = places[part.keySet()];
        return ofRows == null ? null : new RemotePart(part, groups, ofRows, agreed(part));
    }

    /** The version that the other groups' answers are of; null if none of them had one. */
    @Nullable VersionBound agreed(PartPlan part) {
        Long version = agreed.get(part.index());
        return version == null ? null : new VersionBound(part.groupBy(), version, false);
    }

    /** A part's rows that were asked elsewhere; null if there are none. */
    @Nullable RemotePart part(int part) {
        return parts[part];
    }

    /** Between which positions the groups that answered did. */
    List<PositionRange> positions() {
        List<PositionRange> positions = new ArrayList<>(groups.size());
        for (RemoteGroup group : groups) {
            PositionRange range = group.positions();
            if (range != null) {
                positions.add(range);
            }
        }
        return positions;
    }
}
