package io.tilefold.ingest.rpc;

import io.tilefold.core.key.ShardSet;
import io.tilefold.ingest.kafka.LaneStarts;

/**
 * What the gRPC server is told.
 *
 * @param port 0: any free one
 * @param shards that the group owns
 * @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp
 */
public record ServerSettings(
        String host,
        int port,
        int shardGroup,
        ShardSet shards,
        int memberId,
        String kafkaBootstrap,
        long maxFutureMs,
        long uploadTtlMs) {
    LaneStarts laneStarts() {
        return new LaneStarts(kafkaBootstrap, maxFutureMs);
    }
}
