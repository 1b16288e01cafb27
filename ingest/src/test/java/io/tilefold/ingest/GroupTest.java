package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.GetStatusResponse;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes, a real broker, and members that die under load. {@code -Dtilefold.kills=50} for the long run.
 *
 * <p>After every fault {@link GroupInvariants} hold: no event lost, none counted twice, equal state at equal positions.
 */
class GroupTest {
    private static final int KILLS = Integer.getInteger("tilefold.kills", 2);
    private static final int EVENTS_PER_KILL = 15_000;

    private final TestBroker broker = TestBroker.shared();
    private final String topic = "flights-" + UUID.randomUUID();
    private final CompiledGroupBy airport = Flights.airport(topic);

    @TempDir
    private Path directory;

    private TestGroup group;
    private GroupInvariants invariants;
    private int produced;

    @BeforeEach
    void start() throws Exception {
        broker.createTopic(topic, 1);
        group = new TestGroup(directory).start().awaitReady();
        invariants = new GroupInvariants(group, airport, topic);
        ApplyCatalogRequest catalog = ApplyCatalogRequest.newBuilder()
                .setCatalog(ByteString.copyFrom(Flights.catalog(airport)))
                .build();
        assertThat(group.admin(1).applyCatalog(catalog).getChangedList()).containsExactly("airport");
    }

    @AfterEach
    void stop() throws Exception {
        group.close();
    }

    @Test
    void survivesItsLeadersAndTheLossOfAllAtOnce() throws Exception {
        for (int kill = 0; kill < KILLS; kill++) {
            int leader = group.awaitLeader();
            int before = produced;
            Thread load = produceInBackground(EVENTS_PER_KILL);
            invariants.awaitApplied(leader, before + EVENTS_PER_KILL / 10);
            group.kill(leader);
            invariants.watch(Duration.ofMillis(500));
            load.join();
            int next = group.awaitLeader();
            assertThat(next).isNotEqualTo(leader);
            invariants.awaitApplied(next, produced);
            group.start().awaitReady();
            invariants.check(produced);
        }
        takeSnapshot();

        produce(EVENTS_PER_KILL);
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            group.kill(member);
        }
        group.start().awaitReady();
        invariants.check(produced);
        takeSnapshot();
        assertThat(group.output(0)).contains("restored the snapshot of log position");
    }

    private void takeSnapshot() throws Exception {
        long position = group.admin(2)
                .takeSnapshot(TakeSnapshotRequest.getDefaultInstance())
                .getPosition();
        invariants.checkSnapshotsEqual(position);
    }

    private void produce(int events) {
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, produced, events));
        produced += events;
    }

    private Thread produceInBackground(int events) {
        int first = produced;
        produced += events;
        Thread thread = new Thread(
                () -> broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, first, events)), "load");
        thread.start();
        return thread;
    }
}
