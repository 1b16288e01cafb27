package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.log.DefinitionIdBytes;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.snapshot.codec.CommittedVersionDecoder;
import io.tilefold.ingest.snapshot.codec.CommittedVersionEncoder;
import io.tilefold.ingest.snapshot.codec.MessageHeaderDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotDefinitionDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotDefinitionEncoder;
import io.tilefold.ingest.snapshot.codec.SnapshotHeadDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotHeadEncoder;
import io.tilefold.ingest.snapshot.codec.SnapshotPartitionDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotPartitionDecoder.LanesDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotPartitionEncoder;
import io.tilefold.ingest.snapshot.codec.SnapshotPartitionEncoder.LanesEncoder;
import io.tilefold.ingest.snapshot.codec.SnapshotTilesDecoder;
import io.tilefold.ingest.snapshot.codec.SnapshotTilesEncoder;
import io.tilefold.store.SnapshotSink;
import io.tilefold.store.SnapshotSource;
import io.tilefold.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The state machine's own part of a snapshot, which stands before the tile store's: the messages of {@code src/main/sbe/snapshot.xml}, read in the
 * order in which they were written, summed up at the end.
 *
 * @param position of the log at which it was taken
 * @param catalogNumber 0: no catalog is active
 */
record IngestSnapshot(
        long position,
        long catalogNumber,
        long catalogPosition,
        List<Partition> partitions,
        List<Definition> definitions) {
    private static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;

    /**
     * How far one partition has been applied.
     *
     * @param ofCurrentTopic false: of a deleted topic of the same name
     */
    record Partition(PartitionProgress progress, boolean ofCurrentTopic) {}

    /** What belongs to one active definition. */
    record Definition(
            DefinitionId id,
            @Nullable CommittedVersion current,
            @Nullable CommittedVersion former,
            long nullTime,
            long nullKey) {}

    void writeTo(SnapshotSink sink) throws IOException {
        SnapshotMessageWriter out = new SnapshotMessageWriter(sink);
        SnapshotHeadEncoder head = new SnapshotHeadEncoder()
                .wrapAndApplyHeader(out.buffer, 0, out.header)
                .position(position)
                .catalogNumber(catalogNumber)
                .catalogPosition(catalogPosition)
                .partitions(partitions.size())
                .definitions(definitions.size());
        out.send(head.encodedLength());
        for (Partition partition : partitions) {
            write(out, partition.progress, partition.ofCurrentTopic);
        }
        for (Definition definition : definitions) {
            write(out, definition);
        }
        int crc = out.crc32c();
        out.send(new SnapshotTilesEncoder()
                .wrapAndApplyHeader(out.buffer, 0, out.header)
                .crc32c(crc)
                .encodedLength());
    }

    private static void write(SnapshotMessageWriter out, PartitionProgress progress, boolean current)
            throws IOException {
        UUID topicId = progress.id().topicId();
        byte[] topic = progress.topic().getBytes(StandardCharsets.UTF_8);
        SnapshotPartitionEncoder encoder = new SnapshotPartitionEncoder()
                .wrapAndApplyHeader(out.buffer, 0, out.header)
                .topicIdHigh(topicId.getMostSignificantBits())
                .topicIdLow(topicId.getLeastSignificantBits())
                .partition(progress.id().partition())
                .startOffset(progress.startOffset())
                .nextOffset(progress.nextOffset())
                .deadLettered(progress.deadLettered())
                .ofCurrentTopic((short) (current ? 1 : 0))
                .epoch(progress.epoch());
        LanesEncoder lanes = encoder.lanesCount(progress.lanes().size());
        for (Lane lane : progress.lanes()) {
            lanes.next();
            DefinitionIdBytes.put(lane.definition(), lanes::definitionId);
            lanes.nextOffset(lane.isWaiting() ? LanesEncoder.nextOffsetNullValue() : lane.nextOffset());
        }
        encoder.putTopic(topic, 0, topic.length);
        out.send(encoder.encodedLength());
    }

    private static void write(SnapshotMessageWriter out, Definition definition) throws IOException {
        SnapshotDefinitionEncoder encoder =
                new SnapshotDefinitionEncoder().wrapAndApplyHeader(out.buffer, 0, out.header);
        DefinitionIdBytes.put(definition.id, encoder::definitionId);
        write(encoder.current(), definition.current);
        write(encoder.former(), definition.former);
        encoder.nullTime(definition.nullTime).nullKey(definition.nullKey);
        out.send(encoder.encodedLength());
    }

    private static void write(CommittedVersionEncoder encoder, @Nullable CommittedVersion version) {
        encoder.dataVersion(version == null ? 0 : version.version())
                .batchEndMs(version == null ? 0 : version.batchEndMs())
                .position(version == null ? 0 : version.position());
    }

    /** @throws StoreException naming the source, if what comes is not what was written */
    static IngestSnapshot read(SnapshotSource source) {
        SnapshotMessageReader in = new SnapshotMessageReader(source);
        try {
            return read(in);
        } catch (IndexOutOfBoundsException e) {
            throw in.corrupt("a length in it reaches beyond its end");
        }
    }

    private static IngestSnapshot read(SnapshotMessageReader in) {
        MessageHeaderDecoder header = in.next(SnapshotHeadDecoder.TEMPLATE_ID, SnapshotHeadDecoder.BLOCK_LENGTH);
        SnapshotHeadDecoder head =
                new SnapshotHeadDecoder().wrap(in.buffer, HEADER_LENGTH, header.blockLength(), header.version());
        long position = head.position();
        long catalogNumber = head.catalogNumber();
        long catalogPosition = head.catalogPosition();
        long partitionCount = head.partitions();
        long definitionCount = head.definitions();
        List<Partition> partitions = new ArrayList<>();
        for (long i = 0; i < partitionCount; i++) {
            partitions.add(readPartition(in));
        }
        List<Definition> definitions = new ArrayList<>();
        for (long i = 0; i < definitionCount; i++) {
            definitions.add(readDefinition(in));
        }
        int crc = in.crc32c();
        MessageHeaderDecoder last = in.next(SnapshotTilesDecoder.TEMPLATE_ID, SnapshotTilesDecoder.BLOCK_LENGTH);
        int written = new SnapshotTilesDecoder()
                .wrap(in.buffer, HEADER_LENGTH, last.blockLength(), last.version())
                .crc32c();
        if (written != crc) {
            throw in.corrupt(String.format("its messages' checksum is %08x, written was %08x", crc, written));
        }
        return new IngestSnapshot(
                position, catalogNumber, catalogPosition, List.copyOf(partitions), List.copyOf(definitions));
    }

    private static Partition readPartition(SnapshotMessageReader in) {
        MessageHeaderDecoder header =
                in.next(SnapshotPartitionDecoder.TEMPLATE_ID, SnapshotPartitionDecoder.BLOCK_LENGTH);
        SnapshotPartitionDecoder decoder =
                new SnapshotPartitionDecoder().wrap(in.buffer, HEADER_LENGTH, header.blockLength(), header.version());
        PartitionId id = new PartitionId(new UUID(decoder.topicIdHigh(), decoder.topicIdLow()), decoder.partition());
        long startOffset = decoder.startOffset();
        long nextOffset = decoder.nextOffset();
        long deadLettered = decoder.deadLettered();
        boolean current = decoder.ofCurrentTopic() != 0;
        long epoch = decoder.epoch();
        List<Lane> lanes = new ArrayList<>();
        for (LanesDecoder lane : decoder.lanes()) {
            DefinitionId definition = DefinitionIdBytes.get(lane::definitionId);
            lanes.add(
                    lane.nextOffset() == LanesDecoder.nextOffsetNullValue()
                            ? Lane.waiting(definition)
                            : Lane.at(definition, lane.nextOffset()));
        }
        byte[] topic = new byte[decoder.topicLength()];
        decoder.getTopic(topic, 0, topic.length);
        String name = new String(topic, StandardCharsets.UTF_8);
        PartitionProgress progress = new PartitionProgress(id, name, startOffset, nextOffset, deadLettered);
        progress.restore(epoch, lanes);
        return new Partition(progress, current);
    }

    private static Definition readDefinition(SnapshotMessageReader in) {
        MessageHeaderDecoder header =
                in.next(SnapshotDefinitionDecoder.TEMPLATE_ID, SnapshotDefinitionDecoder.BLOCK_LENGTH);
        SnapshotDefinitionDecoder decoder =
                new SnapshotDefinitionDecoder().wrap(in.buffer, HEADER_LENGTH, header.blockLength(), header.version());
        return new Definition(
                DefinitionIdBytes.get(decoder::definitionId),
                read(decoder.current()),
                read(decoder.former()),
                decoder.nullTime(),
                decoder.nullKey());
    }

    private static @Nullable CommittedVersion read(CommittedVersionDecoder decoder) {
        return decoder.dataVersion() == 0
                ? null
                : new CommittedVersion(decoder.dataVersion(), decoder.batchEndMs(), decoder.position());
    }
}
