package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.proto.external.v1.LookupResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.serving.external.ExternalSource;
import io.tilefold.testsupport.ModelEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that asks itself before it is ready: what it asks, when it does, and that nobody sees it. */
class RehearsingTest {
    private static final long B = Flights.B;
    private static final List<ModelEvent> HISTORY = List.of(
            Flights.flight(B - 60_000, "JFK", "LAX", 1L),
            Flights.flight(B - 120_000, "LAX", "JFK", 2L),
            Flights.flight(B - 180_000, "SFO", "ÅRN", 3L));

    @TempDir
    private Path directory;

    /** A source that must not be asked. */
    private static final class Untouchable implements ExternalSource {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public CompletableFuture<LookupResponse> lookup(LookupRequest request, long timeoutNs) {
            asked.incrementAndGet();
            return CompletableFuture.failedFuture(new IllegalStateException("asked"));
        }

        @Override
        public void close() {}
    }

    /** The flights' join and one with external parts, a contextual field and derivations that read them. */
    private static Catalog catalog() {
        Schema airport = Schema.of(new Field("airport", Scalar.STRING));
        Schema wind = Schema.of(new Field("wind", Scalar.DOUBLE));
        Join windy = Join.builder(
                        "windy",
                        Source.events(
                                "flights",
                                "flights",
                                Query.builder().timeColumn("ts").build()))
                .part(JoinPart.of("route"))
                .externalPart(new Join.ExternalPart(
                        "weather", airport, wind, Map.of("origin", "airport"), Optional.empty(), Optional.empty()))
                .derive("*", "*")
                .derive("twice", "route_delay_count_7d * 2")
                .derive("storm", "ext_weather_wind > 100")
                .online(true)
                .build();
        return new Catalog(
                Flights.CATALOG.groupBys(),
                List.of(Flights.CONTEXT, Flights.compiled(windy, List.of(Flights.ROUTE))),
                List.of());
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    private static void awaitServing(ManagedChannel channel) {
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> health(channel) == ServingStatus.SERVING);
    }

    @Test
    void isReadyWhenItHasRehearsedAndNothingOfThatIsSeen() throws Exception {
        Untouchable weather = new Untouchable();
        try (FlightStore writer = new FlightStore(directory.resolve("store")).activate(catalog());
                TestNode node = new TestNode(ServingConfig.builder(directory.resolve("store"))
                        .port(0)
                        .storeRetryMs(20)
                        .rehearsalMs(1_000)
                        .externalSource("weather", weather)
                        .featureLog(FeatureLogConfig.of(directory.resolve("log"), 1))
                        .build())) {
            ManagedChannel channel = Channels.open(node.address());
            writer.batch(HISTORY, 1, B);
            for (int i = 0; i < 80; i++) { // a real key whose state goes beyond its bound
                writer.apply(Flights.flight(B + 60_000, "JFK", String.valueOf(i).repeat(8_192), 5L));
            }
            assertThat(health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
            writer.publish(node.nowMs.get());
            awaitServing(channel);

            assertThat(node.node.rehearsedFetches()).isPositive();
            assertThat(node.node.answeredFetches()).isZero();
            assertThat(node.node.fetchesInFlight()).isZero();
            assertThat(node.node.stateLimitedRows()).isZero();
            assertThat(node.node.droppedLogRecords()).isZero();
            assertThat(weather.asked).hasValue(0);
            assertThat(NodeServiceGrpc.newBlockingStub(channel)
                            .getLatencies(GetLatenciesRequest.getDefaultInstance())
                            .getTargetsList())
                    .isEmpty();
            channel.shutdownNow();
        }
        assertThat(directory.resolve("log"))
                .satisfiesAnyOf(
                        log -> assertThat(log).doesNotExist(),
                        log -> assertThat(log).isEmptyDirectory());
    }

    @Test
    void asksForEveryTargetWithKeysThatAreThereAndOthers() throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(catalog());
                TestNode node = new TestNode(TestNode.config(directory)
                        .port(0)
                        .storeRetryMs(20)
                        .maxRows(50)
                        .build())) {
            writer.batch(HISTORY, 1, B).publish(node.nowMs.get());
            node.mapped();
            ManagedChannel channel = Channels.open(node.address());
            List<FetchRequest> fetches = new ArrayList<>();
            for (byte[] fetch : fetches(directory)) {
                fetches.add(FetchRequest.parseFrom(fetch));
            }

            assertThat(fetches).extracting(FetchRequest::getJoin).contains("flight_context", "windy");
            assertThat(fetches)
                    .extracting(FetchRequest::getGroupBy)
                    .contains("airport_arrivals", "airport_daily", "airport_departures", "route");
            assertThat(fetches)
                    .extracting(FetchRequest::getRowCount)
                    .contains(1, 10)
                    .allMatch(rows -> rows <= 50);
            int found = 0;
            int notFound = 0;
            for (FetchRequest fetch : fetches) {
                FetchResponse answer =
                        FeatureServiceGrpc.newBlockingStub(channel).fetch(fetch);
                assertThat(answer.getRowCount()).isEqualTo(fetch.getRowCount());
                boolean route = fetch.getGroupBy().equals("route");
                List<PartStatus> statuses = route ? answer.getParts(0).getStatusesList() : List.of();
                found += (int) statuses.stream()
                        .filter(status ->
                                status == PartStatus.PART_STATUS_STALE || status == PartStatus.PART_STATUS_COMPLETE)
                        .count();
                notFound += (int) statuses.stream()
                        .filter(status -> status == PartStatus.PART_STATUS_NOT_FOUND)
                        .count();
            }
            assertThat(found).isGreaterThan(notFound);
            assertThat(notFound).isPositive();
            assertThat(fetches.stream().filter(fetch -> fetch.getJoin().equals("windy")))
                    .allSatisfy(fetch -> assertThat(fetch.getFeaturesList())
                            .contains("twice", "route_delay_count_7d")
                            .doesNotContain("storm", "ext_weather_wind"));
            channel.shutdownNow();
        }
    }

    /** What a rehearsal of the store would ask. */
    private static List<byte[]> fetches(Path store) throws Exception {
        ServingConfig config = TestNode.config(store).maxRows(50).build();
        CompletableFuture<List<byte[]>> asked = new CompletableFuture<>();
        try (StoreWatch watch = new StoreWatch(
                config,
                new SchemaMemory(),
                view -> {},
                now -> asked.complete(RehearsalFetches.of(now, config)),
                ready -> {})) {
            watch.start();
            return asked.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void aStoreWithoutCatalogIsNotWaitedForAndItsCatalogIsRehearsedLater() throws Exception {
        try (FlightStore writer = new FlightStore(directory);
                TestNode node = new TestNode(ServingConfig.builder(directory)
                        .port(0)
                        .storeRetryMs(20)
                        .rehearsalMs(1_000)
                        .build())) {
            ManagedChannel channel = Channels.open(node.address());
            writer.activate(new Catalog(List.of(), List.of(), List.of())).publish(node.nowMs.get());
            awaitServing(channel);
            assertThat(node.node.rehearsedFetches()).isZero();

            writer.activate(Flights.CATALOG).batch(HISTORY, 1, B).publish(node.nowMs.get());
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> node.node.rehearsedFetches() > 0);
            assertThat(health(channel)).isEqualTo(ServingStatus.SERVING);
            channel.shutdownNow();
        }
    }

    @Test
    void aStoreThatIsLostEndsARehearsalAndNobodyWaits() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        ServingConfig config =
                ServingConfig.builder(directory).rehearsalMs(60_000).build();
        CompletableFuture<Snapshot> seen = new CompletableFuture<>();
        StoreWatch lost = new StoreWatch(config, new SchemaMemory(), view -> {}, seen::complete, ready -> {});
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG)) {
            writer.batch(HISTORY, 1, B).publish(B);
            lost.start();
            Snapshot open = seen.get(60, TimeUnit.SECONDS);
            try (Rehearsing rehearsing = new Rehearsing(config, lost, () -> B, done::countDown)) {
                rehearsing.see(open);
                Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> rehearsing.answered() > 0);
                lost.close();
                assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void aNodeThatEndsDoesNotWaitForItsRehearsal() throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG)) {
            writer.batch(HISTORY, 1, B).publish(B);
            TestNode node = new TestNode(
                    ServingConfig.builder(directory).port(0).rehearsalMs(60_000).build());
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> node.node.rehearsedFetches() > 0);
            node.close();
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("tilefold-rehearsal"));
        }
    }

    /** A small fetch is answered before grpc's interceptors see it. */
    @Test
    void nobodyElseIsAnsweredFromAStoreThatIsThere() throws Exception {
        ServingConfig config = ServingConfig.builder(directory).build();
        CompletableFuture<Snapshot> seen = new CompletableFuture<>();
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                StoreWatch store =
                        new StoreWatch(config, new SchemaMemory(), view -> {}, seen::complete, ready -> {})) {
            writer.batch(HISTORY, 1, B).publish(B);
            store.start();
            assertThat(seen.get(60, TimeUnit.SECONDS)).isNotNull();
            byte[] fetch = Fetch.groupBy("route")
                    .row(Map.of("origin", "JFK", "destination", "LAX"))
                    .toRequest()
                    .toByteArray();
            try (RehearsalServer server = new RehearsalServer(config, store, () -> B)) {
                CompletableFuture<Throwable> own = new CompletableFuture<>();
                server.ask(fetch, own::complete);
                assertThat(own.get(60, TimeUnit.SECONDS)).isNull();
            }
            try (RehearsalServer server = new RehearsalServer(config, store, () -> B)) { // each takes one connection
                ManagedChannel other = Channels.open("127.0.0.1:" + server.port());
                assertThat(codeOf(() -> ClientCalls.blockingUnaryCall(
                                other, FeatureMethods.FETCH_BYTES, CallOptions.DEFAULT, fetch)))
                        .isEqualTo(Status.Code.PERMISSION_DENIED);
                other.shutdownNow();
            }
        }
    }

    @Test
    void itsPortLetsNobodyElseIn() throws Exception {
        ServingConfig config = ServingConfig.builder(directory).build();
        try (StoreWatch never = new StoreWatch(config, new SchemaMemory(), view -> {}, now -> {}, ready -> {});
                RehearsalServer server = new RehearsalServer(config, never, () -> B)) {
            ManagedChannel other = Channels.open("127.0.0.1:" + server.port());
            assertThat(codeOf(() -> ClientCalls.blockingUnaryCall(
                            other, FeatureMethods.FETCH_BYTES, CallOptions.DEFAULT, new byte[0])))
                    .isEqualTo(Status.Code.PERMISSION_DENIED);
            other.shutdownNow();
            Awaitility.await().until(() -> other.awaitTermination(1, TimeUnit.SECONDS));

            // Its own calls come as far as the store, which there is none of.
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> {
                CompletableFuture<Throwable> answer = new CompletableFuture<>();
                server.ask(new byte[0], answer::complete);
                Throwable failure = Objects.requireNonNull(answer.get(20, TimeUnit.SECONDS));
                assertThat(failure).hasMessageContaining("no store is mapped");
            });
        }
    }

    private static Status.Code codeOf(Runnable call) {
        try {
            call.run();
            return Status.Code.OK;
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        }
    }
}
