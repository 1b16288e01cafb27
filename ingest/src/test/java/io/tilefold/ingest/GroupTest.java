package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.RollbackVersionRequest;
import io.tilefold.proto.admin.v1.RollbackVersionResponse;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Predicate;
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

    /** More than one file of a test's log. */
    private static final int LOG_FILES_OF_EVENTS = 100_000;

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
        stopAndContinueTheLeader();
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

    /** A leader that is not there for longer than the others wait comes back and finds that it leads no more. */
    private void stopAndContinueTheLeader() throws Exception {
        int stopped = group.awaitLeader();
        Thread load = produceInBackground(EVENTS_PER_KILL);
        group.signal(stopped, "STOP");
        int next = group.awaitMember("another leader", status -> status.getLeader() && status.getMemberId() != stopped);
        load.join();
        invariants.awaitApplied(next, produced);
        group.signal(stopped, "CONT");
        invariants.check(produced);
    }

    @Test
    void baseVersionsReachAllMembersAndAWipedOneComesBack() throws Exception {
        long batchEndMs = Flights.FEBRUARY_MS;
        long first = upload(1, batchEndMs, 3);
        awaitValues("A1", 3L, 3L, 3L);
        long second = upload(2, batchEndMs, 5);
        assertThat(second).isGreaterThan(first);
        awaitValues("A1", 5L, 5L, 5L);
        RollbackVersionResponse back = group.admin(0)
                .rollbackVersion(RollbackVersionRequest.newBuilder()
                        .setGroupBy("airport")
                        .setVersion(second)
                        .build());
        assertThat(back.getVersion()).isEqualTo(first);
        awaitValues("A1", 3L, 3L, 3L);

        takeSnapshot();
        produce(LOG_FILES_OF_EVENTS);
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            invariants.awaitApplied(member, produced);
        }
        takeSnapshot();
        takeSnapshot(); // the log is kept from the one before on
        int wiped = (group.awaitLeader() + 1) % TestGroup.MEMBERS;
        await("the log is cut off")
                .until(() -> group.output((wiped + 1) % TestGroup.MEMBERS), contains("log begins at"));
        group.kill(wiped);
        group.wipe(wiped);
        group.start().awaitReady();
        assertThat(group.output(wiped)).contains("copied the group's newest snapshot");
        awaitValues("A1", 3L + produced / 4, sumOfDelays(1), 3L + produced / 4);
        takeSnapshot();
    }

    private static Predicate<String> contains(String text) {
        return output -> output.contains(text);
    }

    private long sumOfDelays(int number) {
        long sum = 3;
        for (int i = number; i < produced; i += 4) {
            sum += i % 10;
        }
        return sum;
    }

    private long upload(int member, long batchEndMs, int perAirport) throws Exception {
        return TestUploads.upload(group.channel(member), airport, batchEndMs, perAirport, directory);
    }

    private void awaitValues(String key, Object... values) {
        for (int member = 0; member < TestGroup.MEMBERS; member++) {
            Path storeDir = group.storeDir(member);
            await("values of " + key + " on member " + member)
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(StoreValues.read(
                                    storeDir, airport, Flights.FEBRUARY_MS + Flights.DAY_MS - 300_000, key))
                            .containsExactly(values));
        }
    }

    private void takeSnapshot() throws Exception {
        long position = group.admin(2)
                .takeSnapshot(TakeSnapshotRequest.getDefaultInstance())
                .getPosition();
        invariants.checkSnapshotsEqual(position);
    }

    private void produce(int events) {
        broker.produce(topic, 0, GroupInvariants.events(produced, events));
        produced += events;
    }

    private Thread produceInBackground(int events) {
        int first = produced;
        produced += events;
        Thread thread = new Thread(() -> broker.produce(topic, 0, GroupInvariants.events(first, events)), "load");
        thread.start();
        return thread;
    }
}
