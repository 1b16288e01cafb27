package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.tilefold.client.Fetch;
import io.tilefold.node.OtlpConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Metrics sent to a collector that takes them, refuses them, or does not answer. */
class OtlpTest {
    private static final String LATENCY = "tilefold_serving_fetch_seconds";

    @TempDir
    Path directory;

    /** A collector on the loopback. */
    private static final class Collector extends MetricsServiceGrpc.MetricsServiceImplBase implements AutoCloseable {
        /** Answers that a collector gives; null: it takes the metrics. */
        private final IntFunction<Status> mood;

        private final AtomicInteger calls = new AtomicInteger();
        private final List<ExportMetricsServiceRequest> taken = new CopyOnWriteArrayList<>();
        private final Server server;

        Collector(IntFunction<Status> mood) throws IOException {
            this.mood = mood;
            server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .addService(this)
                    .build()
                    .start();
        }

        String endpoint() {
            return "http://127.0.0.1:" + server.getPort();
        }

        @Override
        public void export(ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> answer) {
            Status refusal = mood.apply(calls.getAndIncrement());
            if (refusal == null) {
                taken.add(request);
                answer.onNext(ExportMetricsServiceResponse.getDefaultInstance());
                answer.onCompleted();
            } else if (!refusal.isOk()) {
                answer.onError(refusal.asRuntimeException());
            } // OK: no answer at all
        }

        Map<String, Metric> newest() {
            Map<String, Metric> metrics = new HashMap<>();
            if (!taken.isEmpty()) {
                // In scopes of their own: the node's, and what the exporter says of itself.
                taken.get(taken.size() - 1).getResourceMetricsList().stream()
                        .flatMap(resource -> resource.getScopeMetricsList().stream())
                        .flatMap(scope -> scope.getMetricsList().stream())
                        .forEach(metric -> metrics.put(metric.getName(), metric));
            }
            return metrics;
        }

        /** As it came last; without points if it never did. */
        Metric metric(String name) {
            return newest().getOrDefault(name, Metric.getDefaultInstance());
        }

        @Override
        public void close() {
            server.shutdownNow();
        }
    }

    private TestNode node(Collector collector, long timeoutMs) throws IOException {
        return new TestNode(TestNode.config(directory)
                .port(0)
                .storeRetryMs(20)
                .otlp(new OtlpConfig(collector.endpoint(), 50, timeoutMs))
                .build());
    }

    private static void fetch(TestNode node, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(node.client
                            .fetch(Fetch.groupBy("route")
                                    .row(Map.of("origin", "JFK", "destination", "LAX"))
                                    .asOf(Flights.B))
                            .rowCount())
                    .isEqualTo(1);
        }
    }

    private static Map<String, String> attributes(List<KeyValue> attributes) {
        Map<String, String> read = new HashMap<>();
        attributes.forEach(one -> read.put(one.getKey(), one.getValue().getStringValue()));
        return read;
    }

    /** Of the stage "total" of fetches of "route". */
    private static HistogramDataPoint latency(Collector collector) {
        Metric metric = collector.metric(LATENCY);
        return metric.getHistogram().getDataPointsList().stream()
                .filter(point ->
                        attributes(point.getAttributesList()).equals(Map.of("group_by", "route", "stage", "total")))
                .findFirst()
                .orElse(HistogramDataPoint.getDefaultInstance());
    }

    @Test
    void aCollectorThatRefusesNowAndThenHasAllCountsInTheEnd() throws Exception {
        // Worth another try, for good, no answer in time, and taken.
        IntFunction<Status> moods = call -> switch (call % 4) {
            case 0 -> Status.UNAVAILABLE;
            case 1 -> Status.PERMISSION_DENIED;
            case 2 -> Status.OK;
            default -> null;
        };
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                Collector collector = new Collector(moods);
                TestNode node = node(collector, 200)) {
            writer.publish(node.nowMs.get());
            node.mapped();
            fetch(node, 25);
            assertThatThrownBy(() -> node.client.fetch(Fetch.groupBy("nobody"))).hasMessageContaining("NOT_FOUND");
            Awaitility.await()
                    .atMost(60, TimeUnit.SECONDS)
                    .untilAsserted(
                            () -> assertThat(latency(collector).getCount()).isEqualTo(25));

            HistogramDataPoint latency = latency(collector);
            assertThat(latency.getBucketCountsList()).hasSize(latency.getExplicitBoundsCount() + 1);
            assertThat(latency.getBucketCountsList().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(25);
            assertThat(latency.getExplicitBounds(0)).isEqualTo(10e-6);
            assertThat(latency.getSum()).isBetween(25 * latency.getMin() * 0.99, 25 * latency.getMax() * 1.01);
            assertThat(latency.getStartTimeUnixNano()).isLessThan(latency.getTimeUnixNano());
            Metric refused = collector.metric("tilefold_serving_refused_fetches");
            assertThat(refused.getSum().getIsMonotonic()).isTrue();
            NumberDataPoint notFound = refused.getSum().getDataPoints(0);
            assertThat(notFound.getAsInt()).isEqualTo(1);
            assertThat(attributes(notFound.getAttributesList())).isEqualTo(Map.of("code", "NOT_FOUND"));
            assertThat(collector
                            .metric("tilefold_serving_store_mapped")
                            .getGauge()
                            .getDataPoints(0)
                            .getAsInt())
                    .isEqualTo(1);
            assertThat(collector.metric(LATENCY).getUnit()).isEqualTo("s");
            Map<String, String> resource = attributes(
                    collector.taken.get(0).getResourceMetrics(0).getResource().getAttributesList());
            assertThat(resource)
                    .containsEntry("service.name", "tilefold-serving")
                    .containsEntry("service.instance.id", node.address());
        }
    }

    @Test
    void aCollectorThatIsAwayNeitherStopsFetchesNorFloodsTheLog() throws Exception {
        List<String> logged = new ArrayList<>();
        Handler listening = new Handler() {
            @Override
            public synchronized void publish(LogRecord line) {
                logged.add(line.getLevel() + " " + line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("io.opentelemetry");
        logger.addHandler(listening);
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                Collector collector = new Collector(call -> Status.UNIMPLEMENTED);
                TestNode node = node(collector, 100)) {
            writer.publish(node.nowMs.get());
            node.mapped();
            while (collector.calls.get() < 20) {
                fetch(node, 1);
            }
            collector.close();
            fetch(node, 100);
        } finally {
            logger.removeHandler(listening);
        }
        assertThat(logged).isNotEmpty().hasSizeLessThan(15);
    }

    @Test
    void aWrongEndpointIsNamed() {
        assertThatThrownBy(() -> OtlpConfig.of("collector:4317", 1_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("otlpEndpoint is collector:4317")
                .hasMessageContaining("http://HOST:PORT");
        assertThatThrownBy(() -> OtlpConfig.of("http://collector:4317", 0)).hasMessageContaining("otlpIntervalMs");
    }
}
