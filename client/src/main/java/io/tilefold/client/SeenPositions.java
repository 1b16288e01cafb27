package io.tilefold.client;

import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.LogPosition;
import java.util.concurrent.ConcurrentHashMap;

/** The last position seen of each shard group; asks that no later answer lies before it. Thread safe. */
final class SeenPositions {
    private final ConcurrentHashMap<Integer, Long> positions = new ConcurrentHashMap<>();

    /** The request with what was seen added to the minimum positions it has itself. */
    FetchRequest ask(FetchRequest request) {
        if (positions.isEmpty()) {
            return request;
        }
        FetchRequest.Builder asking = request.toBuilder();
        positions.forEach((shardGroup, position) -> asking.addMinPositions(
                LogPosition.newBuilder().setShardGroup(shardGroup).setPosition(position)));
        return asking.build();
    }

    void see(FetchResponse response) {
        response.getPositionsList().forEach(range -> positions.merge(range.getShardGroup(), range.getTo(), Math::max));
    }

    void forget() {
        positions.clear();
    }
}
