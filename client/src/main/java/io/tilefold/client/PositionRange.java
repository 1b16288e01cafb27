package io.tilefold.client;

import java.util.OptionalLong;

/**
 * Every value of an answer is that of a prefix of the shard group's log that ends in {@code [fromPosition, toPosition]}, in bytes.
 *
 * @param caughtUpAtMs last moment at which everything in the group's topics had been applied, epoch milliseconds; empty: never
 * @param heartbeatMs last sign of life of the ingest node behind the answer, epoch milliseconds; empty: none
 */
public record PositionRange(
        int shardGroup, long fromPosition, long toPosition, OptionalLong caughtUpAtMs, OptionalLong heartbeatMs) {
    static PositionRange of(io.tilefold.proto.serving.v1.PositionRange range) {
        return new PositionRange(
                range.getShardGroup(),
                range.getFrom(),
                range.getTo(),
                range.hasCaughtUpAtMs() ? OptionalLong.of(range.getCaughtUpAtMs()) : OptionalLong.empty(),
                range.hasHeartbeatMs() ? OptionalLong.of(range.getHeartbeatMs()) : OptionalLong.empty());
    }
}
