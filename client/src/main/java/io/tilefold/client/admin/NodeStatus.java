package io.tilefold.client.admin;

import io.tilefold.client.call.LogPosition;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.SnapshotStatus;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an ingest node has applied.
 *
 * @param shards that its shard group owns
 * @param memberId its place in its shard group
 * @param leader it leads the group
 * @param caughtUpAtMs last moment at which everything in the topics had been applied, epoch milliseconds; none since the start
 * @param heartbeatMs last sign of life of the thread that applies entries, epoch milliseconds
 * @param lastSnapshot the last it has taken since it started
 */
public record NodeStatus(
        LogPosition position,
        ShardSet shards,
        int memberId,
        boolean leader,
        OptionalLong caughtUpAtMs,
        OptionalLong heartbeatMs,
        Optional<Snapshot> lastSnapshot,
        List<Topic> topics,
        List<GroupBy> groupBys) {
    public NodeStatus {
        topics = List.copyOf(topics);
        groupBys = List.copyOf(groupBys);
    }

    /**
     * A snapshot of what was applied.
     *
     * @param position of the log
     * @param digest CRC-32C of it: equal on members at equal positions
     * @param length bytes
     * @param durationMs how long nothing was applied
     */
    public record Snapshot(long position, int digest, long length, long durationMs) {}

    /**
     * @param nextOffset the next offset to be applied
     * @param endOffset end of the partition when last seen
     * @param deadLettered records sent to the dead-letter topic so far
     */
    public record Topic(String topic, int partition, long nextOffset, long endOffset, long deadLettered) {}

    /**
     * @param version the committed upload; none before the first
     * @param batchEndMs its B, epoch milliseconds
     * @param eventsLate older than the batch end: in the next batch
     * @param eventsRefused their key's live part had no room: its answers are marked
     * @param eventsOverLimit they took a state beyond its bound: windows over it answer FAILED(STATE_LIMIT)
     * @param consumerLag records of its topic not applied to it when the topic's ends were last seen; empty if nothing feeds it or that is not known
     * @param catchingUp it was added to a topic that had been consumed already and still lacks events
     */
    public record GroupBy(
            String name,
            DefinitionId definitionId,
            OptionalLong version,
            OptionalLong batchEndMs,
            OptionalLong newestEventMs,
            OptionalLong consumerLag,
            long eventsApplied,
            long eventsLate,
            long eventsNullTime,
            long eventsNullKey,
            long eventsRefused,
            long eventsOverLimit,
            boolean catchingUp) {}

    static NodeStatus of(GetStatusResponse response) {
        return new NodeStatus(
                new LogPosition(response.getShardGroup(), response.getPosition()),
                ShardSet.of(response.getShardCount(), response.getShardsList()),
                response.getMemberId(),
                response.getLeader(),
                response.getCaughtUpAtMs() > 0 ? OptionalLong.of(response.getCaughtUpAtMs()) : OptionalLong.empty(),
                response.getHeartbeatMs() > 0 ? OptionalLong.of(response.getHeartbeatMs()) : OptionalLong.empty(),
                response.hasLastSnapshot() ? Optional.of(snapshot(response.getLastSnapshot())) : Optional.empty(),
                response.getTopicsList().stream()
                        .map(topic -> new Topic(
                                topic.getTopic(),
                                topic.getPartition(),
                                topic.getNextOffset(),
                                topic.getEndOffset(),
                                topic.getDeadLettered()))
                        .toList(),
                response.getGroupBysList().stream().map(NodeStatus::groupBy).toList());
    }

    private static Snapshot snapshot(SnapshotStatus status) {
        return new Snapshot(status.getPosition(), status.getDigest(), status.getLength(), status.getDurationMs());
    }

    private static GroupBy groupBy(io.tilefold.proto.admin.v1.GroupByStatus status) {
        return new GroupBy(
                status.getName(),
                new DefinitionId(status.getDefinitionId()),
                status.hasVersion() ? OptionalLong.of(status.getVersion()) : OptionalLong.empty(),
                status.hasBatchEndMs() ? OptionalLong.of(status.getBatchEndMs()) : OptionalLong.empty(),
                status.hasNewestEventMs() ? OptionalLong.of(status.getNewestEventMs()) : OptionalLong.empty(),
                status.hasConsumerLag() ? OptionalLong.of(status.getConsumerLag()) : OptionalLong.empty(),
                status.getEventsApplied(),
                status.getEventsLate(),
                status.getEventsNullTime(),
                status.getEventsNullKey(),
                status.getEventsRefused(),
                status.getEventsOverLimit(),
                status.getCatchingUp());
    }
}
