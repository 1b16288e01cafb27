package io.tilefold.ingest.rpc;

import io.tilefold.ingest.kafka.LaneStarts;

/**
 * What the gRPC server is told.
 *
 * @param port 0: any free one
 * @param hasLog the node has been a member before: there was a log on its disk when it started
 * @param maxFutureMs an event's time may be this much after its record's timestamp
 */
public record ServerSettings(
        String host,
        int port,
        int shardGroup,
        int memberId,
        boolean hasLog,
        String kafkaBootstrap,
        long maxFutureMs,
        long uploadTtlMs) {
    LaneStarts laneStarts() {
        return new LaneStarts(kafkaBootstrap, maxFutureMs);
    }
}
