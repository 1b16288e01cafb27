package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A byte of a node's log or snapshot is not what was written: the node starts without it, or says where it is. */
class DamagedDiskTest {
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;
    private static final int EVENTS = 400;
    private static final int SERVICE = 0;
    private static final int IN_A_RECORD = 70;

    private final TestBroker broker = TestBroker.shared();
    private final String topic = "flights-" + UUID.randomUUID();
    private final CompiledGroupBy airport = Flights.airport(topic);

    @TempDir
    private Path directory;

    private int produced;

    @BeforeEach
    void fill() {
        broker.createTopic(topic, 1);
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Flights.catalog(airport));
            takeSnapshotBehind(node, EVENTS);
            takeSnapshotBehind(node, EVENTS);
            produce(node, EVENTS);
        }
    }

    @Test
    void aDamagedSnapshotIsSetAsideAndTheOneBeforeUsed() throws Exception {
        RecordingLog.Entry damaged = newestSnapshot(SERVICE);
        flip(recordingFile(damaged.recordingId), IN_A_RECORD);
        startsWithEverything();
        RecordingLog.Entry retaken = newestSnapshot(SERVICE);
        assertThat(retaken.logPosition).isEqualTo(damaged.logPosition);
        assertThat(retaken.recordingId)
                .as("the replayed log asks for the snapshot again")
                .isNotEqualTo(damaged.recordingId);
        startsWithEverything();
    }

    @Test
    void withoutASoundSnapshotTheWholeLogIsReplayed() throws Exception {
        for (RecordingLog.Entry snapshot : snapshots()) {
            flip(recordingFile(snapshot.recordingId), IN_A_RECORD);
        }
        startsWithEverything();
    }

    @Test
    void aDamagedLogIsRefusedWithFileAndOffset() throws Exception {
        long snapshot = newestSnapshot(SERVICE).logPosition;
        Path log = recordingFile(logRecordingId());
        flip(log, (int) snapshot + 200);
        assertThatThrownBy(() -> new TestNode(directory))
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("cannot be replayed from position " + snapshot)
                .hasMessageContaining(log.toString())
                .hasMessageContaining("in the record at offset ")
                .hasMessageContaining("remove this node's dataDir");
        flip(log, (int) snapshot + 200);
        flip(log, 400); // before the snapshot it does not matter
        startsWithEverything();
    }

    private void startsWithEverything() {
        try (TestNode node = new TestNode(directory)) {
            long unused = node.await(topic, 0, produced);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1"))
                    .isEqualTo(Flights.airportValues(Flights.modelEvents(Flights.FEBRUARY_MS, 0, produced), "A1", Q));
            assertThat(node.status("airport").getEventsApplied()).isEqualTo(produced);
        }
    }

    private void takeSnapshotBehind(TestNode node, int events) {
        produce(node, events);
        long position = node.admin()
                .takeSnapshot(TakeSnapshotRequest.getDefaultInstance())
                .getPosition();
        await("the snapshot is complete").until(() -> {
            RecordingLog.Entry newest = findSnapshot(ConsensusModule.Configuration.SERVICE_ID);
            return newest != null && newest.logPosition == position;
        });
    }

    private void produce(TestNode node, int events) {
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, produced, events));
        produced += events;
        long unused = node.await(topic, 0, produced);
    }

    private RecordingLog.@Nullable Entry findSnapshot(int serviceId) {
        try (RecordingLog log = openLog()) {
            return log.getLatestSnapshot(serviceId);
        }
    }

    private RecordingLog.Entry newestSnapshot(int serviceId) {
        return Objects.requireNonNull(findSnapshot(serviceId));
    }

    /** The cluster's own recordings and the service's. */
    private List<RecordingLog.Entry> snapshots() {
        try (RecordingLog log = openLog()) {
            return log.entries().stream()
                    .filter(entry -> entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT)
                    .toList();
        }
    }

    private long logRecordingId() {
        try (RecordingLog log = openLog()) {
            return log.findLastTermRecordingId();
        }
    }

    private RecordingLog openLog() {
        return new RecordingLog(directory.resolve("log").resolve("cluster").toFile(), false);
    }

    private Path recordingFile(long recordingId) {
        return directory.resolve("log").resolve("archive").resolve(recordingId + "-0.rec");
    }

    private static void flip(Path file, int offset) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThat(channel.read(one, offset)).isEqualTo(1);
            one.put(0, (byte) ~one.get(0)).flip();
            assertThat(channel.write(one, offset)).isEqualTo(1);
        }
    }
}
