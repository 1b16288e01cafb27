package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.aeron.Aeron;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.proto.admin.v1.AwaitOffsetsRequest;
import io.tilefold.proto.admin.v1.TopicOffset;
import io.tilefold.proto.admin.v1.TopicPosition;
import io.tilefold.store.GroupByView;
import io.tilefold.store.TileStoreReader;
import io.tilefold.testsupport.ModelEvent;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.agrona.concurrent.status.CountersReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node between a real broker and a real store. */
class IngestNodeTest {
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;

    private final TestBroker broker = TestBroker.shared();

    @TempDir
    private Path directory;

    private String topic;
    private CompiledGroupBy airport;
    private CompiledGroupBy route;

    @BeforeEach
    void define() {
        topic = "flights-" + UUID.randomUUID();
        airport = Flights.airport(topic);
        route = Flights.route(topic);
    }

    @Test
    void eventsReachTheStoreOnceAcrossRestarts() {
        List<ModelEvent> sent = new ArrayList<>(Flights.modelEvents(Flights.FEBRUARY_MS, 0, 1_000));
        broker.createTopic(topic, 2);
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 1_000));
        Path aeronDir;
        try (TestNode node = new TestNode(directory)) {
            aeronDir = node.config().aeronDir();
            assertThat(node.apply(Flights.catalog(airport, route, Flights.daily()))
                            .getChangedList())
                    .containsExactly("airport", "daily", "route");
            node.await(topic, 0, 1_000);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1"))
                    .isEqualTo(Flights.airportValues(sent, "A1", Q));
            assertThat(StoreValues.read(node.storeDir(), route, Q, "A1", "B1")).containsExactly(250L);
            assertThat(StoreValues.read(node.storeDir(), route, Q, "A1", "B0")).isEmpty();
            await().until(() -> StoreValues.look(node.storeDir(), TileStoreReader::caughtUpAtMs) > 0);
            await().until(() -> lag(node, airport) == 0);
            assertThat(node.status("airport").getConsumerLag()).isZero();
            assertThat(node.status("airport").hasConsumerLag()).isTrue();
            assertThat(node.status("daily").hasConsumerLag()).isFalse();

            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 1_000, 500));
            node.restart(); // with those events anywhere on their way

            broker.produce(topic, 1, Flights.events(Flights.FEBRUARY_MS, 0, 4));
            sent.addAll(Flights.modelEvents(Flights.FEBRUARY_MS, 1_000, 500));
            sent.addAll(Flights.modelEvents(Flights.FEBRUARY_MS, 0, 4));
            node.await(topic, 0, 1_500);
            long position = node.await(topic, 1, 4);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1"))
                    .isEqualTo(Flights.airportValues(sent, "A1", Q));
            assertThat(StoreValues.look(node.storeDir(), TileStoreReader::position))
                    .isGreaterThanOrEqualTo(position);
            assertThat(node.status("airport").getEventsApplied()).isEqualTo(1_504);
            assertThat(node.status("airport").getNewestEventMs()).isEqualTo(Flights.FEBRUARY_MS + 1_499_000);
            assertThat(node.apply(Flights.catalog(airport, route, Flights.daily()))
                            .getChangedList())
                    .isEmpty();
        }
        assertThat(aeronDir).doesNotExist();
    }

    @Test
    void whatCannotBeAppliedIsCountedOrDeadLettered() {
        broker.createTopic(topic, 1);
        try (TestNode node = new TestNode(directory)) {
            node.apply(Flights.catalog(airport, route));
            broker.produce(
                    topic,
                    0,
                    List.of(
                            Flights.json(Flights.FEBRUARY_MS, "JFK", "LAX", 1),
                            "poison",
                            "{\"ts\":\"soon\"}",
                            Flights.json(System.currentTimeMillis() + Flights.DAY_MS, "JFK", "LAX", 1),
                            "{\"origin\":\"JFK\",\"destination\":\"LAX\",\"delay\":1}",
                            "{\"ts\":" + Flights.FEBRUARY_MS + ",\"destination\":\"LAX\",\"delay\":1}",
                            Flights.json(Flights.FEBRUARY_MS, "JFK", "LAX", 2)));
            node.await(topic, 0, 7);

            assertThat(StoreValues.read(node.storeDir(), airport, Q, "JFK")).containsExactly(2L, 3L, 2L);
            assertThat(node.status("airport").getEventsNullTime()).isEqualTo(1);
            assertThat(node.status("airport").getEventsNullKey()).isEqualTo(1);
            TopicPosition position = node.status().getTopics(0);
            assertThat(position.getDeadLettered()).isEqualTo(3);
            assertThat(position.getNextOffset()).isEqualTo(7);
            List<ConsumerRecord<byte[], byte[]>> letters = read(topic + ".dead-letter", 3);
            assertThat(letters)
                    .extracting(record -> header(record, "tilefold.offset"))
                    .containsExactly("1", "2", "3");
            assertThat(letters)
                    .extracting(record -> header(record, "tilefold.topic"))
                    .containsOnly(topic);
            assertThat(header(letters.get(0), "tilefold.cause")).contains("malformed JSON");
            assertThat(header(letters.get(1), "tilefold.cause")).contains("field ts of type long is a string");
            assertThat(header(letters.get(2), "tilefold.cause")).contains("after the record's timestamp");
            assertThat(new String(letters.get(0).value(), StandardCharsets.UTF_8))
                    .isEqualTo("poison");

            node.restart();
            assertThat(node.status().getTopics(0).getDeadLettered()).isEqualTo(3);
            assertThat(node.status("airport").getEventsNullKey()).isEqualTo(1);
        }
    }

    @Test
    void onlyCommittedTransactionsCount() {
        broker.createTopic(topic, 1);
        try (TestNode node = new TestNode(directory);
                KafkaProducer<byte[], byte[]> producer =
                        broker.producer(Map.of(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topic))) {
            node.apply(Flights.catalog(airport));
            producer.initTransactions();
            sendTransaction(producer, 4, true);
            sendTransaction(producer, 4, false);
            sendTransaction(producer, 4, true);

            node.await(topic, 0, 15); // three markers among them, the last of them without a record behind it
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1")).containsExactly(2L, 2L, 2L);
        }
    }

    private void sendTransaction(KafkaProducer<byte[], byte[]> producer, int events, boolean commit) {
        producer.beginTransaction();
        for (String event : Flights.events(Flights.FEBRUARY_MS, 0, events)) {
            producer.send(new ProducerRecord<>(topic, event.getBytes(StandardCharsets.UTF_8)));
        }
        producer.flush();
        if (commit) {
            producer.commitTransaction();
        } else {
            producer.abortTransaction();
        }
    }

    @Test
    void definitionsAreCheckedBeforeTheyBecomeActive() {
        try (TestNode node = new TestNode(directory)) {
            assertThatThrownBy(() -> node.apply(new byte[] {1, 2, 3}))
                    .satisfies(error -> hasCode(error, Status.Code.INVALID_ARGUMENT, "catalog"));
            assertThatThrownBy(() -> node.await(topic, 0, 1))
                    .satisfies(error -> hasCode(error, Status.Code.NOT_FOUND, topic));

            node.apply(Flights.catalog(airport)); // its topic is not there yet
            assertThat(HealthGrpc.newBlockingStub(node.channel())
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
            broker.createTopic(topic, 1);
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 4));
            node.await(topic, 0, 4);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1")).containsExactly(1L, 1L, 1L);
        }
    }

    @Test
    void aGroupByThatIsAddedLaterCatchesUpAndCountsEachEventOnce() throws Exception {
        broker.createTopic(topic, 2);
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 2_000));
        broker.produce(topic, 1, Flights.events(Flights.FEBRUARY_MS, 0, 4));
        try (TestNode node = new TestNode(directory)) {
            node.apply(Flights.catalog(route));
            node.await(topic, 0, 2_000);
            node.await(topic, 1, 4);
            node.apply(Flights.catalog(airport, route));
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 2_000, 1_000));
            node.await(topic, 0, 3_000);
            assertThat(node.status("airport").getEventsApplied()).isZero();
            await().until(() -> lag(node, route) == 0);
            assertThat(lag(node, airport)).isEqualTo(GroupByView.UNKNOWN_LAG); // it waits for its first commit

            Thread load = new Thread(() -> {
                for (int i = 3; i < 8; i++) {
                    broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, i * 1_000, 1_000));
                }
            });
            load.start();
            TestUploads.upload(node.channel(), airport, Flights.FEBRUARY_MS, 2, directory);
            node.restart(); // somewhere in the lane
            load.join();
            node.await(topic, 0, 8_000);
            await().atMost(Duration.ofSeconds(20)).until(() -> !isCatchingUp(node) && lag(node, airport) == 0);

            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1"))
                    .element(0)
                    .isEqualTo(2L + 2_000 + 1);
            assertThat(node.status("airport").getEventsApplied()).isEqualTo(8_004);
            assertThat(StoreValues.read(node.storeDir(), route, Q, "A1", "B1")).containsExactly(2_001L);
            broker.produce(topic, 1, Flights.events(Flights.FEBRUARY_MS, 4, 4));
            node.await(topic, 1, 8);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1"))
                    .element(0)
                    .isEqualTo(2L + 2_000 + 2);
        }
    }

    private static long lag(TestNode node, CompiledGroupBy groupBy) {
        return StoreValues.look(
                node.storeDir(),
                store -> Objects.requireNonNull(store.view().groupBy(groupBy.id()))
                        .consumerLag());
    }

    private boolean isCatchingUp(TestNode node) {
        return StoreValues.look(
                node.storeDir(),
                store -> Objects.requireNonNull(store.view().groupBy(airport.id()))
                        .isCatchingUp());
    }

    /** A definition under two contents: each with its own base and live, until the name points to the new one alone. */
    @Test
    void twoVersionsOfADefinitionStandSideBySide() throws Exception {
        broker.createTopic(topic, 1);
        CompiledGroupBy next = Flights.airportNext("airport_next", topic);
        CompiledGroupBy renamed = Flights.airportNext("airport", topic);
        long q = Flights.FEBRUARY_MS + Flights.DAY_MS;
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Flights.catalog(airport));
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 400));
            long position = node.await(topic, 0, 400);
            unused = node.apply(Flights.catalog(airport, next));
            assertThat(node.status("airport_next").getCatchingUp()).isTrue();
            long version = TestUploads.upload(node.channel(), next, Flights.FEBRUARY_MS, 0, directory);
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 400, 400));
            assertThat(node.await(topic, 0, 800)).isGreaterThan(position);
            await().until(() -> !node.status("airport_next").getCatchingUp());
            List<@Nullable Object> expected =
                    Flights.airportValues(Flights.modelEvents(Flights.FEBRUARY_MS, 0, 800), "A1", q);
            assertThat(StoreValues.read(node.storeDir(), airport, q, "A1")).isEqualTo(expected);
            assertThat(StoreValues.read(node.storeDir(), next, q, "A1"))
                    .startsWith(expected.toArray())
                    .hasSize(4);
            assertThat(node.status("airport_next").getVersion()).isEqualTo(version);
            assertThat(node.status("airport").hasVersion()).isFalse();

            assertThat(node.apply(Flights.catalog(renamed)).getChangedList()).containsExactly("airport");
            assertThat(renamed.id()).isNotEqualTo(airport.id());
            assertThat(StoreValues.read(node.storeDir(), airport, q, "A1")).isEmpty();
        }
    }

    @Test
    void otherProcessesReadCounters() {
        broker.createTopic(topic, 1);
        try (TestNode node = new TestNode(directory)) {
            Object unused = node.apply(Flights.catalog(airport));
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 10));
            long position = node.await(topic, 0, 10);
            try (Aeron other = Aeron.connect(new Aeron.Context()
                    .aeronDirectoryName(
                            node.config().aeronDir().resolve("driver").toString()))) {
                CountersReader counters = other.countersReader();
                await().until(() -> counter(counters, "log position visible") >= position);
                assertThat(counter(counters, "entries of the log applied")).isPositive();
                assertThat(counter(counters, "leads its shard group")).isOne();
                assertThat(counter(counters, "heartbeat")).isPositive();
                await().until(() -> counter(counters, "caught up with the topics at") > 0);
                long heartbeatMs = node.status().getHeartbeatMs();
                await().until(() -> counter(counters, "heartbeat") > heartbeatMs);
            }
        }
    }

    private static long counter(CountersReader counters, String label) {
        long[] found = {-1};
        counters.forEach((value, id, text) -> {
            if (text.equals("tilefold: " + label)) {
                found[0] = value;
            }
        });
        return found[0];
    }

    @Test
    void aPageForPrometheusTellsWhatWasApplied() throws Exception {
        broker.createTopic(topic, 1);
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 8));
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (TestNode node =
                new TestNode(TestNode.config(directory).metricsPort(port).build())) {
            node.apply(Flights.catalog(airport));
            node.await(topic, 0, 8);
            await().until(() -> lag(node, airport) == 0);
            String page = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();

            assertThat(page)
                    .contains("tilefold_ingest_leader 1\n")
                    .contains("tilefold_ingest_events_total{group_by=\"airport\",kind=\"applied\"} 8\n")
                    .contains("tilefold_ingest_consumer_lag{group_by=\"airport\"} 0\n")
                    .contains("tilefold_ingest_partition_next_offset{partition=\"0\",topic=\"" + topic + "\"} 8\n")
                    .contains("tilefold_ingest_kafka_to_visible_seconds_bucket{le=\"+Inf\"} ")
                    .contains("tilefold_ingest_apply_seconds_count ");
            assertThat(page.lines().filter(line -> !line.startsWith("#")))
                    .allMatch(line -> line.matches("[a-z_]+(\\{.*})? [0-9.E-]+"));
        }
    }

    @Test
    void aRecreatedTopicIsReadFromItsStart() {
        broker.createTopic(topic, 1);
        broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 8));
        try (TestNode node = new TestNode(directory)) {
            node.apply(Flights.catalog(airport));
            node.await(topic, 0, 8);
            broker.deleteTopic(topic);
            await().ignoreExceptions().until(() -> {
                broker.createTopic(topic, 1);
                return true;
            });
            broker.produce(topic, 0, Flights.events(Flights.FEBRUARY_MS, 0, 4));
            Object unused = node.admin()
                    .awaitOffsets(AwaitOffsetsRequest.newBuilder()
                            .addOffsets(TopicOffset.newBuilder()
                                    .setTopic(topic)
                                    .setTopicId(broker.topicId(topic))
                                    .setNextOffset(4)) // the former one was at 8
                            .build());

            assertThat(node.status("airport").getEventsApplied()).isEqualTo(12);
            assertThat(StoreValues.read(node.storeDir(), airport, Q, "A1")).containsExactly(3L, 7L, 3L);
        }
    }

    @Test
    void aTopicIdThatIsNoneIsRefused() {
        broker.createTopic(topic, 1);
        try (TestNode node = new TestNode(directory)) {
            node.apply(Flights.catalog(airport));
            AwaitOffsetsRequest request = AwaitOffsetsRequest.newBuilder()
                    .addOffsets(TopicOffset.newBuilder()
                            .setTopic(topic)
                            .setTopicId("flights")
                            .setNextOffset(1))
                    .build();
            assertThatThrownBy(() -> node.admin().awaitOffsets(request))
                    .hasMessageContaining("INVALID_ARGUMENT")
                    .hasMessageContaining("topic_id 'flights' of topic " + topic);
        }
    }

    @Test
    void saysWhatKeepsItFromStarting() throws Exception {
        try (TestNode node = new TestNode(directory)) {
            node.apply(Flights.catalog(airport));
            assertThatThrownBy(() -> IngestNode.start(node.config()))
                    .isInstanceOf(IngestException.class)
                    .hasMessageContaining(node.config().dataDir().toString())
                    .hasMessageContaining("belongs to a running ingest node");
            IngestConfig sameStore = IngestConfig.builder(
                            directory.resolve("other"), node.storeDir(), broker.bootstrap())
                    .build();
            assertThatThrownBy(() -> IngestNode.start(sameStore))
                    .hasMessageContaining(node.storeDir().toString());
            int port = node.grpcPort();
            IngestConfig samePort =
                    TestNode.config(directory.resolve("third")).grpcPort(port).build();
            assertThatThrownBy(() -> IngestNode.start(samePort))
                    .isInstanceOf(IngestException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
            assertThat(samePort.aeronDir()).doesNotExist();
        }
        try (java.util.stream.Stream<Path> files = Files.walk(directory.resolve("log"))) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        assertThatThrownBy(() -> new TestNode(directory).close())
                .isInstanceOf(IngestException.class)
                .hasMessageContaining("do not belong together");
    }

    private static void hasCode(Throwable error, Status.Code code, String named) {
        assertThat(error).isInstanceOf(StatusRuntimeException.class);
        Status status = ((StatusRuntimeException) error).getStatus();
        assertThat(status.getCode()).isEqualTo(code);
        assertThat(status.getDescription()).contains(named);
    }

    private List<ConsumerRecord<byte[], byte[]>> read(String from, int count) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(new TopicPartition(from, 0)));
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            await().until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= count;
            });
            return records;
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(
                Objects.requireNonNull(record.headers().lastHeader(name), name).value(), StandardCharsets.UTF_8);
    }
}
