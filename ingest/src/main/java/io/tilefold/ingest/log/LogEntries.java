package io.tilefold.ingest.log;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.ingest.log.codec.BarrierEncoder;
import io.tilefold.ingest.log.codec.CommitVersionEncoder;
import io.tilefold.ingest.log.codec.DefinitionsEncoder;
import io.tilefold.ingest.log.codec.MessageHeaderEncoder;
import io.tilefold.ingest.log.codec.PartitionStartEncoder;
import io.tilefold.ingest.log.codec.RollbackVersionEncoder;
import io.tilefold.ingest.log.codec.TakeSnapshotEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes the entries that are not event ranges, each into bytes of its own: they are rare. */
public final class LogEntries {
    private static final int SEGMENT_ROOM = 32;
    private static final int LANE_ROOM = 32;

    private LogEntries() {}

    public static DirectBuffer partitionStart(PartitionId partition, String topic, long startOffset) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        MutableDirectBuffer buffer = new UnsafeBuffer(new byte[256 + name.length]);
        PartitionStartEncoder encoder = new PartitionStartEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .topicIdHigh(partition.topicId().getMostSignificantBits())
                .topicIdLow(partition.topicId().getLeastSignificantBits())
                .partition(partition.partition())
                .startOffset(startOffset)
                .putTopic(name, 0, name.length);
        return cut(buffer, encoder.encodedLength());
    }

    /** @throws IllegalArgumentException if the catalog is longer than {@link LogLimits#MAX_CATALOG_LENGTH} */
    public static DirectBuffer definitions(UUID command, byte[] catalog) {
        if (catalog.length > LogLimits.MAX_CATALOG_LENGTH) {
            throw new IllegalArgumentException("a catalog of " + catalog.length
                    + " bytes does not fit an entry of the log, " + "which takes " + LogLimits.MAX_CATALOG_LENGTH);
        }
        MutableDirectBuffer buffer = new UnsafeBuffer(new byte[64 + catalog.length]);
        DefinitionsEncoder encoder = new DefinitionsEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .commandHigh(command.getMostSignificantBits())
                .commandLow(command.getLeastSignificantBits())
                .putCatalog(catalog, 0, catalog.length);
        return cut(buffer, encoder.encodedLength());
    }

    /** @param lanes where the definition begins to catch up in partitions that were consumed before it was there */
    public static DirectBuffer commitVersion(
            UUID command,
            DefinitionId id,
            long version,
            long batchEndMs,
            List<SegmentSummary> segments,
            Map<PartitionId, Long> lanes) {
        MutableDirectBuffer buffer =
                new UnsafeBuffer(new byte[128 + segments.size() * SEGMENT_ROOM + lanes.size() * LANE_ROOM]);
        CommitVersionEncoder encoder = new CommitVersionEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .commandHigh(command.getMostSignificantBits())
                .commandLow(command.getLeastSignificantBits())
                .dataVersion(version)
                .batchEndMs(batchEndMs);
        DefinitionIdBytes.put(id, encoder::definitionId);
        CommitVersionEncoder.SegmentsEncoder group = encoder.segmentsCount(segments.size());
        for (SegmentSummary segment : segments) {
            group.next()
                    .shard(segment.shard())
                    .segmentLength(segment.length())
                    .crc32c(segment.crc32c())
                    .keyCount(segment.keyCount());
        }
        CommitVersionEncoder.LanesEncoder laneGroup = encoder.lanesCount(lanes.size());
        lanes.forEach((partition, startOffset) -> laneGroup
                .next()
                .topicIdHigh(partition.topicId().getMostSignificantBits())
                .topicIdLow(partition.topicId().getLeastSignificantBits())
                .partition(partition.partition())
                .startOffset(startOffset));
        return cut(buffer, encoder.encodedLength());
    }

    public static DirectBuffer rollbackVersion(UUID command, DefinitionId id, long version) {
        MutableDirectBuffer buffer = new UnsafeBuffer(new byte[128]);
        RollbackVersionEncoder encoder = new RollbackVersionEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .commandHigh(command.getMostSignificantBits())
                .commandLow(command.getLeastSignificantBits())
                .dataVersion(version);
        DefinitionIdBytes.put(id, encoder::definitionId);
        return cut(buffer, encoder.encodedLength());
    }

    public static DirectBuffer takeSnapshot(UUID command) {
        MutableDirectBuffer buffer = new UnsafeBuffer(new byte[64]);
        TakeSnapshotEncoder encoder = new TakeSnapshotEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .commandHigh(command.getMostSignificantBits())
                .commandLow(command.getLeastSignificantBits());
        return cut(buffer, encoder.encodedLength());
    }

    public static DirectBuffer barrier(UUID command) {
        MutableDirectBuffer buffer = new UnsafeBuffer(new byte[64]);
        BarrierEncoder encoder = new BarrierEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .commandHigh(command.getMostSignificantBits())
                .commandLow(command.getLeastSignificantBits());
        return cut(buffer, encoder.encodedLength());
    }

    private static DirectBuffer cut(MutableDirectBuffer buffer, int encodedLength) {
        return new UnsafeBuffer(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }
}
