package io.tilefold.client;

import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.LogPosition;
import java.util.concurrent.ConcurrentHashMap;

/** The last position seen of each shard group; asks that no later answer lies before it. Thread safe. */
final class SeenPositions {
    private final ConcurrentHashMap<Integer, Long> positions = new ConcurrentHashMap<>();

    /** Adds what was seen to the minimum positions that the request has itself. */
    void ask(FetchRequest.Builder request) {
        positions.forEach((shardGroup, position) -> request.addMinPositions(
                LogPosition.newBuilder().setShardGroup(shardGroup).setPosition(position)));
    }

    void see(FetchResponse response) {
        response.getPositionsList().forEach(range -> positions.merge(range.getShardGroup(), range.getTo(), Math::max));
    }

    void forget() {
        positions.clear();
    }
}
