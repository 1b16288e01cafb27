package io.tilefold.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.agrona.IoUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The figures of docs/benchmarks/ingest.md: processes, a real broker, real logs. {@code IngestFigures throughput|latency|failover|rest MEMBERS EVENTS
 * [CATALOG|RATE|PROFILE]}, with this module's test class path. CATALOG: a file of {@code tilefold compile} whose GroupBys read a topic "flights", instead of one that counts and
 * sums; KEYS of the events: {@code -Dtilefold.keys}; further options of the nodes: {@code -Dtilefold.jvm}.
 */
final class IngestFigures {
    private static final int PARTITIONS = 2;
    private static final int VALUE_LENGTH = 200;
    private static final int KEYS = Integer.getInteger("tilefold.keys", 1_000);
    private static final long Q = Flights.FEBRUARY_MS + Flights.DAY_MS;
    private static final String[] JVM = ("-XX:TieredStopAtLevel=4 -Xmx512m " + System.getProperty("tilefold.jvm", ""))
            .strip()
            .split(" ");

    private final TestBroker broker = TestBroker.shared();
    private final String topic;
    private final CompiledGroupBy airport;
    private final byte[] catalog;
    private final int members;
    private final int events;

    private IngestFigures(int members, int events, @Nullable Path catalogFile) throws IOException {
        this.topic = catalogFile == null ? "flights-" + UUID.randomUUID() : "flights";
        this.airport = Flights.airport(topic);
        this.catalog = catalogFile == null ? Flights.catalog(airport) : Files.readAllBytes(catalogFile);
        this.members = members;
        this.events = events;
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("tilefold.broker.compiler", "-XX:TieredStopAtLevel=4");
        boolean ofFile = args[0].equals("throughput") && args.length > 3;
        IngestFigures figures = new IngestFigures(
                Integer.parseInt(args[1]), Integer.parseInt(args[2]), ofFile ? Path.of(args[3]) : null);
        Path directory = Files.createTempDirectory("tilefold-figures");
        try {
            switch (args[0]) {
                case "throughput" -> figures.throughput(directory);
                case "latency" -> figures.latency(directory, Integer.parseInt(args[3]));
                case "rest" -> figures.rest(directory, args[3]);
                case "failover" -> figures.failover(directory);
                default -> throw new IllegalArgumentException(args[0]);
            }
        } finally {
            IoUtil.delete(directory.toFile(), true);
        }
        System.exit(0);
    }

    /** A JSON value of 200 bytes. */
    private static byte[] value(int number, String origin) {
        String json = "{\"ts\":" + (Flights.FEBRUARY_MS + number % 80_000 * 1_000L) + ",\"origin\":\"" + origin
                + "\",\"destination\":\"B" + number % 300 + "\",\"distance\":" + number % 1_000
                + ",\"delay\":" + number % 10 + ",\"padding\":\"";
        return (json + "x".repeat(VALUE_LENGTH - 2 - json.length()) + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    private void throughput(Path directory) throws Exception {
        broker.createTopic(topic, PARTITIONS);
        try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of("linger.ms", 20, "batch.size", 1 << 18))) {
            for (int i = 0; i < events; i++) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, value(i, "A" + i % KEYS)));
            }
        }
        Halves floor = jacksonIntoHashMap();
        System.out.printf(
                "%d events, consumer + Jackson + HashMap: %.0f events/s, second half %.0f%n",
                events, events / floor.all(), events / 2 / floor.second());
        try (TestGroup group = new TestGroup(directory, members, JVM).start().awaitReady()) {
            long startedNs = System.nanoTime();
            apply(group);
            awaitApplied(group, events / 2);
            long halfNs = System.nanoTime();
            awaitApplied(group, events);
            Halves ingest = new Halves(startedNs, halfNs, System.nanoTime());
            System.out.printf(
                    "%d events, %d members: %.0f events/s, %.0f%% of the former; second half %.0f, %.0f%%%n",
                    events,
                    members,
                    events / ingest.all(),
                    100 * floor.all() / ingest.all(),
                    events / 2 / ingest.second(),
                    100 * floor.second() / ingest.second());
        }
    }

    /** All members have applied so many. */
    private void awaitApplied(TestGroup group, int count) {
        for (int member = 0; member < members; member++) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                group.awaitApplied(member, topic, partition, count / PARTITIONS);
            }
        }
    }

    /** When something began, stood at its middle and ended: the second half runs what the first has had compiled. */
    private record Halves(long startedNs, long halfNs, long endNs) {
        double all() {
            return (endNs - startedNs) / 1e9;
        }

        double second() {
            return (endNs - halfNs) / 1e9;
        }
    }

    /** The floor: the same topic, parsed record by record into maps and summed up, without a log, a store or a second copy. */
    private Halves jacksonIntoHashMap() throws IOException {
        JsonFactory json = new JsonFactory();
        Map<Object, long[]> sums = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrap(), "max.poll.records", 2_000),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> all = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long startedNs = System.nanoTime();
            long halfNs = startedNs;
            for (int seen = 0; seen < events; ) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    Map<String, @Nullable Object> fields = new HashMap<>();
                    try (JsonParser parser = json.createParser(record.value())) {
                        JsonToken unused = parser.nextToken();
                        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                            fields.put(
                                    name,
                                    parser.nextToken() == JsonToken.VALUE_STRING
                                            ? parser.getText()
                                            : (Object) parser.getLongValue());
                        }
                    }
                    long[] sum =
                            sums.computeIfAbsent(Objects.requireNonNull(fields.get("origin")), origin -> new long[2]);
                    sum[0]++;
                    sum[1] += (Long) Objects.requireNonNull(fields.get("delay"));
                    if (++seen == events / 2) {
                        halfNs = System.nanoTime();
                    }
                }
            }
            return new Halves(startedNs, halfNs, System.nanoTime());
        }
    }

    private void apply(TestGroup group) {
        Object unused = group.admin(0)
                .applyCatalog(ApplyCatalogRequest.newBuilder()
                        .setCatalog(ByteString.copyFrom(catalog))
                        .build());
    }

    /** Open loop: from the intended send time of each event to its being in what a reader of the leader's store sees. */
    private void latency(Path directory, int rate) throws Exception {
        broker.createTopic(topic, 1);
        try (TestGroup group = new TestGroup(directory, members, JVM).start().awaitReady()) {
            apply(group);
            int leader = group.awaitLeader();
            run(group.storeDir(leader), events / 2, rate, new Histogram(3)); // warms up
            Histogram latencies = new Histogram(3);
            run(group.storeDir(leader), events, rate, latencies);
            System.out.printf(
                    "%d members, %d events/s: Kafka to visible p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, max %.2f ms%n",
                    members,
                    rate,
                    latencies.getValueAtPercentile(50) / 1e6,
                    latencies.getValueAtPercentile(99) / 1e6,
                    latencies.getValueAtPercentile(99.9) / 1e6,
                    latencies.getMaxValue() / 1e6);
        }
    }

    private int sent;

    private void run(Path storeDir, int count, int rate, Histogram latencies) throws Exception {
        long periodNs = 1_000_000_000L / rate;
        int first = sent;
        sent += count;
        long startNs = System.nanoTime() + 100_000_000;
        Thread load = new Thread(() -> {
            try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of("linger.ms", 0))) {
                for (int i = 0; i < count; i++) {
                    long dueNs = startNs + i * periodNs;
                    for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
                        LockSupport.parkNanos(Math.min(leftNs, 200_000));
                    }
                    Object unused = producer.send(new ProducerRecord<>(topic, 0, null, value(first + i, "ONE")));
                }
            }
        });
        load.start();
        try (TileStoreReader store = TileStoreReader.open(storeDir)) {
            Counter counter = new Counter(store, airport);
            for (int visible = first; visible < first + count; ) {
                int now = (int) counter.read();
                long nowNs = System.nanoTime();
                for (; visible < now; visible++) {
                    latencies.recordValue(Math.max(0, nowNs - (startNs + (visible - first) * periodNs)));
                }
                LockSupport.parkNanos(100_000);
            }
        }
        load.join();
    }

    /** How many events of the one key a reader sees. */
    private static final class Counter {
        private final KeyReader reader;
        private final KeyEncoder key = new KeyEncoder().reset().putString("ONE");
        private final WindowFold fold;
        private final GroupByPlan plan;

        Counter(TileStoreReader store, CompiledGroupBy groupBy) {
            plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
            fold = new WindowFold(plan);
            reader = Objects.requireNonNull(store.view().groupBy(groupBy.id())).newKeyReader();
        }

        long read() {
            if (reader.read(key.buffer(), 0, key.length(), key.hash()) != ReadResult.FOUND) {
                return 0;
            }
            fold.fold(Q, 0, reader.base(), reader.live());
            ObjectSink sink = new ObjectSink();
            sink.next(plan.outputs().get(0).type());
            fold.emit(0, sink);
            return (Long) Objects.requireNonNull(sink.values().get(0));
        }
    }

    /** What a group without events costs, for so many seconds. */
    private void rest(Path directory, String profile) throws Exception {
        broker.createTopic(topic, 1);
        try (TestGroup group = new TestGroup(
                        directory,
                        members,
                        "-XX:TieredStopAtLevel=4",
                        "-Dtilefold.defaults=true",
                        "-Dtilefold.idle=" + profile)
                .start()
                .awaitReady()) {
            apply(group);
            Thread.sleep(30_000); // what it does when it starts is not at rest
            long before = group.cpuMs();
            Thread.sleep(events * 1_000L);
            System.out.printf(
                    "%d members at rest, profile %s: %.1f%% of one core%n",
                    members, profile, (group.cpuMs() - before) / (events * 10.0));
        }
    }

    /** How long nothing becomes visible on the members that are left, from the leader's death on. */
    private void failover(Path directory) throws Exception {
        broker.createTopic(topic, 1);
        Histogram gaps = new Histogram(3);
        try (TestGroup group = new TestGroup(directory, members, JVM).start().awaitReady()) {
            apply(group);
            Thread load = new Thread(() -> {
                try (KafkaProducer<byte[], byte[]> producer = broker.producer(Map.of("linger.ms", 0))) {
                    for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                        Object unused = producer.send(new ProducerRecord<>(topic, 0, null, value(i, "ONE")));
                        LockSupport.parkNanos(1_000_000);
                    }
                }
            });
            load.start();
            for (int kill = 0; kill < events; kill++) {
                int leader = group.awaitLeader();
                Thread.sleep(2_000);
                int other = (leader + 1) % members;
                try (TileStoreReader store = TileStoreReader.open(group.storeDir(other))) {
                    group.kill(leader);
                    long killedNs = System.nanoTime();
                    Counter counter = new Counter(store, airport);
                    Thread.sleep(300);
                    long before = counter.read();
                    while (counter.read() == before) {
                        LockSupport.parkNanos(500_000);
                    }
                    gaps.recordValue((System.nanoTime() - killedNs) / 1_000_000);
                }
                group.start().awaitReady();
            }
            load.interrupt();
            load.join();
        }
        System.out.printf(
                "%d kills of the leader: nothing new visible for %d ms (median), %d ms (longest)%n",
                events, gaps.getValueAtPercentile(50), gaps.getMaxValue());
    }
}
