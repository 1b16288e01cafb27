package io.tilefold.ingestbench;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.tilefold.broker.DevBroker;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.ingest.IngestConfig;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.admin.v1.ApplyCatalogRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.agrona.IoUtil;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * From the moment at which an event was due to be sent to Kafka to the first answer that counts it: {@code VisibleFigures RATE SECONDS PAIRS MEMBERS [PROFILE]}. Tilefold
 * and Redis in turn, over topics of their own; one client asks half a millisecond after it has an answer: asking at once would keep the machine's cores from what
 * brings the events. Redis from Debian's package, without persistence.
 */
public final class VisibleFigures {
    private static final double NS_PER_MS = 1e6;
    private static final long READ_INTERVAL_NS = 500_000;
    private static final int WARM_UP_S = 3;
    private static final int DEADLINE_S = 60;
    private static final int POLL_MS = 100;

    private final Path directory;
    private final Children children;
    private final int rate;
    private final int seconds;
    private final List<String> members = new ArrayList<>();
    private final String bootstrap;

    private VisibleFigures(Path directory, Children children, int rate, int seconds) throws IOException {
        this.directory = directory;
        this.children = children;
        this.rate = rate;
        this.seconds = seconds;
        bootstrap = Children.awaitReady(children.java(
                DevBroker.class, "512m", "--data", directory.resolve("broker").toString(), "--port", "0"));
    }

    public static void main(String[] args) throws Exception {
        int pairs = Integer.parseInt(args[2]);
        int members = Integer.parseInt(args[3]);
        Path directory = Files.createTempDirectory("tilefold-visible");
        try (Children children = new Children(directory)) {
            VisibleFigures figures =
                    new VisibleFigures(directory, children, Integer.parseInt(args[0]), Integer.parseInt(args[1]));
            figures.run(pairs, members, args.length > 4 ? args[4] : "DEFAULT");
        } finally {
            for (int member = 0; member < members; member++) {
                Path of = memberDirectory(directory, member);
                IngestConfig config = IngestConfig.builder(of.resolve("log"), of.resolve("store"), "none")
                        .build();
                IoUtil.delete(config.aeronDir().toFile(), true); // what a killed node leaves in shared memory
            }
            IoUtil.delete(directory.toFile(), true);
        }
    }

    private static Path memberDirectory(Path directory, int member) {
        return directory.resolve("member" + member);
    }

    private void run(int pairs, int count, String profile) throws Exception {
        createTopic("tilefold");
        createTopic("redis");
        int redisPort = Children.freePort();
        Process unused = children.start(
                List.of("redis-server", "--port", Integer.toString(redisPort), "--save", "", "--appendonly", "no"));
        CompiledGroupBy groupBy = Departures.groupBy("tilefold");
        String servingPort = startTilefold(groupBy, count, profile);
        try (FeatureClient client = FeatureClient.connect("127.0.0.1:" + servingPort);
                RedisCounter redis = new RedisCounter("redis://127.0.0.1:" + redisPort, bootstrap, "redis");
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap, "linger.ms", 0),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            LongSupplier fetch = () -> fetch(client);
            Side tilefold = new Side("tilefold", fetch, producer);
            Side peer = new Side("redis", redis::read, producer);
            tilefold.measure(WARM_UP_S);
            peer.measure(WARM_UP_S);
            for (int pair = 0; pair < pairs; pair++) {
                tilefold.print(tilefold.measure(seconds));
                peer.print(peer.measure(seconds));
            }
        }
    }

    private String startTilefold(CompiledGroupBy groupBy, int count, String profile) throws Exception {
        List<Integer> grpcPorts = new ArrayList<>();
        for (int member = 0; member < count; member++) {
            grpcPorts.add(Children.freePort());
            members.add("127.0.0.1:" + (31_000 + 10 * member) + ":" + grpcPorts.get(member));
        }
        for (int member = 0; member < count; member++) {
            List<String> arguments = new ArrayList<>(List.of(
                    Files.createDirectories(memberDirectory(directory, member)).toString(),
                    bootstrap,
                    profile,
                    Integer.toString(member)));
            arguments.addAll(members);
            Process unused = children.java(IngestProcess.class, "512m", arguments.toArray(String[]::new));
        }
        ManagedChannel node = NettyChannelBuilder.forAddress("127.0.0.1", grpcPorts.get(0))
                .usePlaintext()
                .build();
        try {
            applyCatalog(node, groupBy);
            Departures.uploadNothing(node, groupBy, directory);
        } finally {
            node.shutdownNow();
        }
        Path store = memberDirectory(directory, 0).resolve("store");
        return Children.awaitReady(children.java(ServingProcess.class, "512m", store.toString()));
    }

    private static void applyCatalog(ManagedChannel node, CompiledGroupBy groupBy) throws InterruptedException {
        ApplyCatalogRequest request = ApplyCatalogRequest.newBuilder()
                .setCatalog(ByteString.copyFrom(Departures.catalog(groupBy)))
                .build();
        for (int tries = 0; ; tries++) {
            try {
                Object unused = AdminServiceGrpc.newBlockingStub(node)
                        .withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS)
                        .applyCatalog(request);
                return;
            } catch (StatusRuntimeException e) {
                if (tries > DEADLINE_S * 1_000 / POLL_MS) {
                    throw e;
                }
                node.resetConnectBackoff();
                Thread.sleep(POLL_MS);
            }
        }
    }

    private void createTopic(String name) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            Object unused = admin.createTopics(List.of(new NewTopic(name, Optional.of(1), Optional.empty())))
                    .all()
                    .get(DEADLINE_S, TimeUnit.SECONDS);
        }
    }

    private static long fetch(FeatureClient client) {
        try {
            FetchResult answer = client.fetch(Fetch.groupBy(Departures.NAME)
                    .row(Map.of("origin", Departures.AIRPORT))
                    .asOf(Departures.Q));
            @Nullable Long count = answer.getLong(0, "delay_count");
            return count == null ? 0 : count;
        } catch (FetchException e) {
            return 0;
        }
    }

    /** One of the two, its topic and how many events it has been sent. */
    private final class Side {
        private final String topic;
        private final LongSupplier counted;
        private final KafkaProducer<byte[], byte[]> producer;
        private int sent;

        Side(String topic, LongSupplier counted, KafkaProducer<byte[], byte[]> producer) {
            this.topic = topic;
            this.counted = counted;
            this.producer = producer;
        }

        Histogram measure(int forSeconds) throws InterruptedException {
            Histogram latencies = new Histogram(3);
            int first = sent;
            int count = rate * forSeconds;
            sent += count;
            long periodNs = 1_000_000_000L / rate;
            long startNs = System.nanoTime() + 100_000_000;
            Thread load = new Thread(() -> send(first, count, startNs, periodNs), "load");
            load.start();
            for (int visible = first; visible < first + count; ) {
                long now = counted.getAsLong();
                long nowNs = System.nanoTime();
                for (; visible < now; visible++) {
                    latencies.recordValue(Math.max(0, nowNs - (startNs + (visible - first) * periodNs)));
                }
                LockSupport.parkNanos(READ_INTERVAL_NS);
            }
            load.join();
            return latencies;
        }

        private void send(int first, int count, long startNs, long periodNs) {
            for (int i = 0; i < count; i++) {
                long dueNs = startNs + i * periodNs;
                for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
                    LockSupport.parkNanos(Math.min(leftNs, 200_000));
                }
                Object unused = producer.send(new ProducerRecord<>(topic, 0, null, Departures.value(first + i)));
            }
        }

        void print(Histogram latencies) {
            System.out.printf(
                    "%-8s %d members, %d events/s: visible after %.2f ms (p50), %.2f ms (p99), %.2f ms (max)%n",
                    topic,
                    members.size(),
                    rate,
                    latencies.getValueAtPercentile(50) / NS_PER_MS,
                    latencies.getValueAtPercentile(99) / NS_PER_MS,
                    latencies.getMaxValue() / NS_PER_MS);
        }
    }
}
