package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.tilefold.client.call.CallException;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.proto.admin.v1.RollbackVersionRequest;
import io.tilefold.proto.admin.v1.TakeSnapshotRequest;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.agrona.CloseHelper;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * One shard group of three processes, a real broker, and one fault after the other under load. After each the group is whole again: {@link GroupInvariants} hold of
 * what it served meanwhile and of what it has applied. The clock of one member is an hour ahead all the time, another waits for work as with the profile {@code laptop}.
 *
 * <p>As root on Linux each member has a network of its own and a small file system of its own; else the faults of those are skipped. {@code -P faults} for the long
 * run.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GroupFaultsTest {
    private static final int MEMBERS = TestGroup.MEMBERS;
    private static final int KILLS = Integer.getInteger("tilefold.kills", 1);
    private static final int STOPPED_S = Integer.getInteger("tilefold.stopped.seconds", 3);
    private static final int FLAPS = Integer.getInteger("tilefold.flaps", 4);
    private static final int EVENTS = 6_000;

    /** Time that passes in the table between two kills. */
    private static final long MUTATED_MS = 2 * 3_600_000L;

    private static final int MUTATION_BATCHES = 10;

    /** Longer than the others wait for a leader. */
    private static final int SILENCE_MS = 2_500;

    /** More than one file of a test's log. */
    private static final int LOG_FILES_OF_EVENTS = 80_000;

    /** Their effects are more than what waits for the log holds ({@link io.tilefold.ingest.log.LogLimits#OUTBOUND_CAPACITY}). */
    private static final int LONG_RECORDS = 2_500;

    private static final int WIDE_RECORDS = 12_000;
    private static final int LONG_KEY = 4_000;
    private static final int DISK_MIB = 640;
    private static final int CLOCK_AHEAD_MS = 3_600_000;
    private static final int LINES_SAID = 60;

    private final String topic = "flights-" + UUID.randomUUID();
    private final CompiledGroupBy airport = Flights.airport(topic);
    private final String orderTopic = "orders-" + UUID.randomUUID();
    private final CompiledGroupBy orders = Orders.byRider(orderTopic);
    private final String noNetworks = TestNetwork.obstacle();

    /** What to end, the last begun first. */
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    @RegisterExtension
    final AfterTestExecutionCallback said = this::sayWhatTheySaid;

    private TestBroker broker;
    private @Nullable TestNetwork network;
    private TestGroup group;
    private GroupInvariants invariants;
    private OrdersTable table;
    private Path directory;
    private int produced;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        this.directory = directory;
        TestNetwork made = noNetworks.isEmpty() ? new TestNetwork(MEMBERS) : null;
        if (made == null) {
            broker = TestBroker.start("127.0.0.1");
            parts.push(broker);
            group = new TestGroup(directory, TestSite.local(broker, MEMBERS));
        } else {
            parts.push(made);
            broker = TestBroker.start(made.here());
            parts.push(broker);
            group = new TestGroup(directory, TestSite.of(broker, made, MEMBERS));
            for (int member = 0; member < MEMBERS; member++) {
                parts.push(TestDisk.mount(group.dir(member), DISK_MIB));
            }
        }
        network = made;
        broker.createTopic(topic, 1);
        table = new OrdersTable(broker, orderTopic);
        parts.push(group);
        group.jvmOptions(1, "-Dtilefold.clockAheadMs=" + CLOCK_AHEAD_MS);
        group.jvmOptions(2, "-Dtilefold.idle=LAPTOP");
        group.start().awaitReady();
        invariants = new GroupInvariants(group, airport, topic);
        parts.push(invariants);
        ApplyCatalogRequest catalog = ApplyCatalogRequest.newBuilder()
                .setCatalog(ByteString.copyFrom(Flights.catalog(airport, orders)))
                .build();
        assertThat(group.admin(1).applyCatalog(catalog).getChangedList())
                .containsExactlyInAnyOrder("airport", "orders_by_rider");
        produce(EVENTS);
        invariants.check(produced);
    }

    @AfterAll
    void stop() {
        while (!parts.isEmpty()) {
            CloseHelper.close(parts.pop());
        }
    }

    @AfterEach
    void isWholeAgain() throws Exception {
        group.start().awaitReady();
        produce(200);
        invariants.check(produced);
        takeSnapshot();
    }

    @Test
    void theLeaderIsKilledUnderLoad() throws Exception {
        for (int kill = 0; kill < KILLS; kill++) {
            int leader = group.awaitLeader();
            Thread load = produceInBackground(EVENTS);
            Thread.sleep(kill % 10 * 20L);
            group.kill(leader);
            load.join();
            int next = group.awaitLeader();
            assertThat(next).isNotEqualTo(leader);
            group.start().awaitReady();
            invariants.check(produced);
        }
    }

    /** Each mutation takes back what the one before gave: applied twice, or not at all, and a value is wrong for good. */
    @Test
    void theLeaderIsKilledUnderMutations() {
        Seeds.one(random -> {
            table.fill(random);
            assertThat(TestUploads.upload(
                            group.channel(group.awaitLeader()), orders, Flights.FEBRUARY_MS, table.rows(), directory))
                    .isPositive();
            long fromMs = Flights.FEBRUARY_MS;
            for (int kill = 0; kill < KILLS; kill++) {
                int leader = group.awaitLeader();
                long toMs = fromMs + MUTATED_MS;
                SplittableRandom ofTable = random.split();
                long beganMs = fromMs;
                Thread load = new Thread(
                        () -> {
                            for (int i = 0; i < MUTATION_BATCHES; i++) {
                                long eachMs = MUTATED_MS / MUTATION_BATCHES;
                                table.mutate(ofTable, 200, beganMs + i * eachMs, beganMs + (i + 1) * eachMs);
                                pause();
                            }
                        },
                        "mutations");
                load.start();
                Thread.sleep(100 + kill % 10 * 20L);
                group.kill(leader);
                load.join();
                group.start().awaitReady();
                for (int member = 0; member < MEMBERS; member++) {
                    checkTable(member, toMs);
                }
                fromMs = toMs;
            }
        });
    }

    private void checkTable(int member, long q) {
        for (int partition = 0; partition < OrdersTable.PARTITIONS; partition++) {
            group.awaitApplied(member, orderTopic, partition, table.sent(partition));
        }
        await("the base of the orders on member " + member)
                .atMost(GroupInvariants.HEALED)
                .until(() -> StoreValues.fold(group.storeDir(member), orders, q, "r0")
                        .result()
                        .hasValues());
        table.check(group.storeDir(member), orders, q);
    }

    @Test
    void allAreKilledAtOnce() throws Exception {
        takeSnapshot();
        produce(EVENTS);
        for (int member = 0; member < MEMBERS; member++) {
            group.kill(member);
        }
        group.start().awaitReady();
        invariants.check(produced);
        assertThat(group.output(0)).contains("restored the snapshot of log position");
    }

    /** What the log does not take waits in Kafka, not in the member that is left. */
    @Test
    void withoutAMajorityReadingWaits() throws Exception {
        int left = group.awaitLeader();
        for (int member = 0; member < MEMBERS; member++) {
            if (member != left) {
                group.kill(member);
            }
        }
        produceOthers(LONG_RECORDS, "N".repeat(LONG_KEY), "");
        Thread.sleep(SILENCE_MS);
        long appliedBefore = applied(left);
        long bytesBefore = group.residentBytes(left);
        produceOthers(WIDE_RECORDS, "N", "x".repeat(LONG_KEY));
        produce(EVENTS);
        Thread.sleep(SILENCE_MS);

        assertThat(applied(left)).as("nothing is acknowledged").isEqualTo(appliedBefore);
        assertThat(group.residentBytes(left) - bytesBefore)
                .as("%d MB more wait in the topic", (long) WIDE_RECORDS * LONG_KEY >> 20)
                .isLessThan((long) WIDE_RECORDS * LONG_KEY / 4);
        group.start().awaitReady();
        invariants.check(produced);
    }

    private long applied(int member) {
        return group.status(member).orElseThrow().getTopics(0).getNextOffset();
    }

    /** Records of one more airport, with something in them that no definition reads. */
    private void produceOthers(int records, String origin, String padding) {
        String value = Flights.json(Flights.FEBRUARY_MS, origin, "B", 1)
                .replace("\"unknown\"", "\"padding\":\"" + padding + "\",\"unknown\"");
        broker.produce(topic, 0, Collections.nCopies(records, value));
        invariants.expectOthers(records);
    }

    @Test
    void theLeaderStandsStillAndGoesOn() throws Exception {
        int stopped = group.awaitLeader();
        Thread load = produceInBackground(EVENTS);
        group.signal(stopped, "STOP");
        int next = awaitOtherLeader(stopped);
        TimeUnit.SECONDS.sleep(STOPPED_S);
        load.join();
        invariants.awaitApplied(next, broker.endOffset(topic, 0));
        group.signal(stopped, "CONT");
        invariants.check(produced);
    }

    @Test
    void theLeaderIsCutOff() throws Exception {
        TestNetwork network = network();
        int leader = group.awaitLeader();
        Thread load = produceInBackground(EVENTS);
        network.cutSending(leader);
        network.cutReceiving(leader);
        int next = awaitOtherLeader(leader);
        load.join();
        invariants.awaitApplied(next, broker.endOffset(topic, 0));
        network.mendSending(leader);
        network.mendReceiving(leader);
        invariants.check(produced);
    }

    @Test
    void theLeaderIsNotHeard() throws Exception {
        TestNetwork network = network();
        int leader = group.awaitLeader();
        Thread load = produceInBackground(EVENTS);
        network.cutSending(leader);
        int next = awaitOtherLeader(leader);
        load.join();
        invariants.awaitApplied(next, broker.endOffset(topic, 0));
        network.mendSending(leader);
        invariants.check(produced);
    }

    @Test
    void theLeaderHearsNothing() throws Exception {
        TestNetwork network = network();
        int leader = group.awaitLeader();
        Thread load = produceInBackground(EVENTS);
        network.cutReceiving(leader);
        load.join();
        Thread.sleep(SILENCE_MS);
        network.mendReceiving(leader);
        invariants.check(produced);
    }

    @Test
    void theNetworkOfTheLeaderFlaps() throws Exception {
        TestNetwork network = network();
        Thread load = produceInBackground(EVENTS);
        for (int flap = 0; flap < FLAPS; flap++) {
            int leader = group.awaitLeader();
            network.cutSending(leader);
            if (flap % 2 == 0) {
                network.cutReceiving(leader);
            }
            Thread.sleep(200 + 500L * (flap % 4));
            network.mendSending(leader);
            if (flap % 2 == 0) {
                network.mendReceiving(leader);
            }
            Thread.sleep(100);
        }
        load.join();
        invariants.check(produced);
    }

    @Test
    void theBrokerIsStoppedAndStartedAgain() throws Exception {
        produce(EVENTS);
        broker.stop();
        Thread.sleep(500);
        broker.startAgain();
        produce(EVENTS);
        invariants.check(produced);
    }

    /** The new topic's leader epoch is below the one of what was read last: the reader's client is told of that when the position is left already, now and then. */
    @Test
    void theTopicIsRecreated() throws Exception {
        broker.stop();
        broker.startAgain();
        produce(EVENTS);
        invariants.check(produced);
        broker.deleteTopic(topic);
        await("the topic is gone").until(() -> !broker.hasTopic(topic));
        broker.createTopic(topic, 1);
        produce(EVENTS);
        invariants.check(produced);
    }

    /**
     * A consumer group with members that come and go commits what it has read and is rewound to the earliest offset, as an operator would do it, and a new leader's
     * reader begins. Positions are in the replicated state, the nodes are in no consumer group: nothing is counted twice.
     */
    @Test
    void consumersStormAndOffsetsAreRewound() throws Exception {
        Thread load = produceInBackground(EVENTS);
        String storm = "storm-" + UUID.randomUUID();
        for (int round = 0; round < 3; round++) {
            List<KafkaConsumer<byte[], byte[]>> consumers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                KafkaConsumer<byte[], byte[]> consumer = stormConsumer(storm);
                consumers.add(consumer);
                consumer.subscribe(List.of(topic));
                Object unused = consumer.poll(Duration.ofMillis(50));
            }
            // without a time: until the group is balanced
            consumers.forEach(consumer -> consumer.close(CloseOptions.timeout(Duration.ofMillis(500))));
        }
        load.join();
        long end = broker.endOffset(topic, 0);
        await("the group has no members")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> {
                    broker.resetOffset(storm, topic, 0, end);
                    return true;
                });
        assertThat(broker.committedOffset(storm, topic, 0)).hasValue(end);
        broker.resetOffset(storm, topic, 0, 0);
        assertThat(broker.committedOffset(storm, topic, 0)).hasValue(0L);
        assertThat(broker.consumerGroups()).as("the nodes are in none").containsOnly(storm);
        group.kill(group.awaitLeader());
        group.start().awaitReady();
        invariants.check(produced);
    }

    private KafkaConsumer<byte[], byte[]> stormConsumer(String consumerGroup) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        broker.bootstrap(),
                        "group.id",
                        consumerGroup,
                        "client.id",
                        "tilefold-ingest",
                        "session.timeout.ms",
                        "6000"), // after it the group forgets members that did not say farewell
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    @Test
    void abortedTransactionsAreSkippedThroughAChangeOfLeader() throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                broker.producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t-" + UUID.randomUUID()))) {
            producer.initTransactions();
            for (int transaction = 0; transaction < 20; transaction++) {
                producer.beginTransaction();
                send(producer, GroupInvariants.events(produced + 3, 70)); // never counted
                producer.flush();
                producer.abortTransaction();
                producer.beginTransaction();
                send(producer, GroupInvariants.events(produced, 100));
                producer.commitTransaction();
                produced += 100;
                if (transaction == 10) {
                    group.kill(group.awaitLeader());
                }
            }
        }
        group.start().awaitReady();
        invariants.check(produced);
    }

    private void send(KafkaProducer<byte[], byte[]> producer, List<String> values) {
        for (String value : values) {
            Object unused = producer.send(
                    new ProducerRecord<>(topic, 0, null, value.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        }
    }

    @Test
    void basesReachAllMembersAndAWipedOneComesBack() throws Exception {
        long batchEndMs = Flights.FEBRUARY_MS;
        long first = upload(1, batchEndMs, 3);
        invariants.check(produced);
        long second = upload(2, batchEndMs, 5);
        assertThat(second).isGreaterThan(first);
        Object unused = group.admin(0)
                .rollbackVersion(RollbackVersionRequest.newBuilder()
                        .setGroupBy("airport")
                        .setVersion(second)
                        .build());
        invariants.check(produced);

        takeSnapshot();
        produce(LOG_FILES_OF_EVENTS);
        invariants.check(produced);
        takeSnapshot();
        takeSnapshot(); // the log is kept from the one before on
        int wiped = (group.awaitLeader() + 1) % MEMBERS;
        await("the log is cut off").until(() -> group.output((wiped + 1) % MEMBERS), contains("log begins at"));
        group.kill(wiped);
        group.wipe(wiped);
        invariants.forget(wiped);
        group.start().awaitReady();
        assertThat(group.output(wiped)).contains("copied the group's newest snapshot");
        invariants.check(produced);
    }

    @Test
    void theDiskOfAMemberIsFull() throws Exception {
        TestNetwork unused = network();
        int full = (group.awaitLeader() + 1) % MEMBERS;
        long version = upload(full, Flights.FEBRUARY_MS, 7);
        TestDisk.fill(group.dir(full));
        assertThatThrownBy(() -> upload(full, Flights.FEBRUARY_MS, 8))
                .as("segments")
                .isInstanceOf(CallException.class)
                .hasMessageContaining("No space left on device");
        produce(LOG_FILES_OF_EVENTS);
        for (int member = 0; member < MEMBERS; member++) {
            if (member != full) {
                invariants.awaitApplied(member, broker.endOffset(topic, 0));
            }
        }
        await("the member says why it stops")
                .atMost(GroupInvariants.HEALED)
                .until(() -> group.output(full), contains("the ingest node stops: the cluster member has ended: "));
        assertThat(group.output(full)).contains("No space left on device");
        TestDisk.makeRoom(group.dir(full));
        group.kill(full);
        group.start().awaitReady();
        invariants.check(produced);
        assertThat(group.status(full).orElseThrow().getGroupBys(0).getVersion()).isEqualTo(version);
    }

    /** Why a test has failed stands with the member it failed on. */
    private void sayWhatTheySaid(ExtensionContext context) {
        if (context.getExecutionException().isEmpty()) {
            return;
        }
        for (int member = 0; member < MEMBERS; member++) {
            List<String> lines = group.output(member).lines().toList();
            System.err.printf("%s has failed, member %d said last:%n", context.getDisplayName(), member);
            lines.stream().skip(Math.max(0, lines.size() - LINES_SAID)).forEach(System.err::println);
        }
    }

    /** Skips the test if there is none. */
    private TestNetwork network() {
        assumeTrue(network != null, noNetworks);
        return Objects.requireNonNull(network);
    }

    private static Predicate<String> contains(String text) {
        return output -> output.contains(text);
    }

    private int awaitOtherLeader(int former) {
        return group.awaitMember("another leader", status -> status.getLeader() && status.getMemberId() != former);
    }

    private long upload(int member, long batchEndMs, int perAirport) throws IOException {
        Path files = Files.createTempDirectory("tilefold-upload");
        return TestUploads.upload(
                group.channel(member),
                airport,
                batchEndMs,
                perAirport,
                files,
                version -> invariants.expectBase(version, perAirport));
    }

    private void takeSnapshot() {
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
        Thread thread = new Thread(
                () -> {
                    for (int i = 0; i < events; i += 500) {
                        broker.produce(topic, 0, GroupInvariants.events(first + i, 500));
                        pause();
                    }
                },
                "load");
        thread.start();
        return thread;
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
