package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.TargetDescription;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's life: before there is a store, while catalog, versions and writer change, its other services, its end. */
class ServingNodeTest {
    @TempDir
    Path directory;

    private static ServingStatus health(ManagedChannel channel, String service) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    @Test
    void isNotServingUntilAStoreIsMapped() throws IOException {
        try (TestNode node = new TestNode(directory)) {
            ManagedChannel channel = Channels.open(node.address());
            assertThat(health(channel, "")).isEqualTo(ServingStatus.NOT_SERVING);
            assertThat(health(channel, "tilefold.serving.v1.FeatureService")).isEqualTo(ServingStatus.NOT_SERVING);
            assertThatThrownBy(() -> node.client.fetch(Fetch.join("flight_context")))
                    .isInstanceOfSatisfying(FetchException.class, refused -> {
                        assertThat(refused.code()).isEqualTo("UNAVAILABLE");
                        assertThat(refused.reason()).hasValue("NO_STORE");
                    });
            try (FlightStore writer = new FlightStore(directory)) {
                writer.activate(Flights.CATALOG).publish(node.nowMs.get());
                Awaitility.await()
                        .atMost(20, TimeUnit.SECONDS)
                        .until(() -> health(channel, "") == ServingStatus.SERVING);
                assertThat(health(channel, "tilefold.serving.v1.FeatureService"))
                        .isEqualTo(ServingStatus.SERVING);
                assertThat(node.client.joins()).containsExactly("flight_context");
                assertThat(node.client.groupBys())
                        .containsExactly("airport_arrivals", "airport_daily", "airport_departures", "route");
            }
            channel.shutdownNow();
        }
    }

    @Test
    void describesWhatAFetchTakesAndGives() throws IOException {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(directory)) {
            writer.publish(node.nowMs.get());
            node.mapped();
            TargetDescription join = node.client.describeJoin("flight_context");
            assertThat(join.keys())
                    .isEqualTo(Schema.of(new Field("origin", Scalar.STRING), new Field("destination", Scalar.STRING)));
            assertThat(join.outputs().find("from_airport_daily_delay_count_1d"))
                    .hasValue(new Field("from_airport_daily_delay_count_1d", Scalar.LONG));
            assertThat(join.outputs()
                            .find("route_delay_average_7d_by_destination")
                            .orElseThrow()
                            .type())
                    .isEqualTo(new MapType(Scalar.DOUBLE));
            assertThat(join.schemaId()).matches("[0-9a-f]{64}");
            FetchResult answer = node.client.fetch(Fetch.join("flight_context")
                    .row(Map.of("origin", "JFK", "destination", "LAX"))
                    .withSchema());
            assertThat(answer.schemaId()).isEqualTo(join.schemaId());
            assertThat(answer.schema()).isEqualTo(join.outputs());
            assertThat(answer.columnNames()).isEqualTo(join.outputs().names());
            assertThat(node.client.describeGroupBy("route").keys().names()).containsExactly("origin", "destination");
            assertThatThrownBy(() -> node.client.describeJoin("route")).hasMessageContaining("NOT_FOUND");
        }
    }

    @Test
    void followsCatalogVersionAndWriterWithoutARestart() throws IOException {
        List<ModelEvent> history = List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L));
        Fetch route = Fetch.groupBy("route")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(Flights.B + Flights.DAY_MS);
        Catalog small = new Catalog(List.of(Flights.ROUTE), List.of(), List.of());
        try (TestNode node = new TestNode(directory)) {
            long position;
            try (FlightStore writer = new FlightStore(directory).activate(small)) {
                writer.batch(history, 1, Flights.B).publish(node.nowMs.get());
                node.mapped();
                assertThat(node.client.fetch(route).getLong(0, "delay_count_7d"))
                        .isEqualTo(1);
                assertThatThrownBy(() -> node.client.describeJoin("flight_context"))
                        .hasMessageContaining("NOT_FOUND");

                // A new catalog and a new version, visible with the position they came at: no poll, no wait.
                writer.activate(Flights.CATALOG).batch(history, 2, Flights.B);
                position = writer.publish(node.nowMs.get());
                FetchResult second = node.client.fetch(Fetch.join("flight_context")
                        .row(Map.of("origin", "JFK", "destination", "LAX"))
                        .asOf(Flights.B)
                        .minPosition(7, position));
                assertThat(second.part("route").version()).hasValue(2);
                assertThat(second.part("route").status(0)).isEqualTo(PartStatus.COMPLETE);
                writer.apply(Flights.flight(Flights.B + 60_000, "JFK", "LAX", 2L));
                position = writer.publish(node.nowMs.get());
                assertThat(node.client.fetch(route.minPosition(7, position)).getLong(0, "delay_count_7d"))
                        .isEqualTo(2);
            }
            // The next writer begins a new generation and is seen once it is past the old one's position.
            try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG)) {
                writer.store().commit(Flights.ROUTE.id(), 2, Flights.B);
                writer.apply(Flights.flight(Flights.B + 60_000, "JFK", "LAX", 2L));
                writer.apply(Flights.flight(Flights.B + 120_000, "JFK", "LAX", 3L));
                assertThat(node.client.fetch(route).getLong(0, "delay_count_7d"))
                        .isEqualTo(2);
                writer.store().heartbeat(node.nowMs.get());
                writer.store().publish(position + 64, node.nowMs.get());
                FetchResult third = node.client.fetch(route.minPosition(7, position + 64));
                assertThat(third.getLong(0, "delay_count_7d")).isEqualTo(3);
            }
        }
    }

    @Test
    void fetchesGoOnWhileVersionsComeAndEventsAreApplied() throws Exception {
        List<ModelEvent> history = List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L));
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(directory)) {
            writer.batch(history, 1, Flights.B).publish(node.nowMs.get());
            node.mapped();
            CompletableFuture<Long> fetched = CompletableFuture.supplyAsync(() -> {
                long last = 0;
                for (int i = 0; i < 3_000; i++) {
                    FetchResult answer = node.client.fetch(Fetch.join("flight_context")
                            .row(Map.of("origin", "JFK", "destination", "LAX"))
                            .asOf(Flights.B + Flights.DAY_MS));
                    long count = java.util.Objects.requireNonNull(answer.getLong(0, "route_delay_count_7d"));
                    assertThat(count).isGreaterThanOrEqualTo(last);
                    assertThat(answer.part("route").status(0)).isEqualTo(PartStatus.COMPLETE);
                    last = count;
                }
                return last;
            });
            int version = 1;
            long applied = 0;
            while (!fetched.isDone()) {
                for (int i = 0; i < 20; i++) {
                    writer.apply(Flights.flight(Flights.B + (applied++ % 1_000) * 60_000, "JFK", "LAX", 2L));
                    writer.publish(node.nowMs.get());
                }
                writer.batch(history, ++version, Flights.B).publish(node.nowMs.get());
            }
            assertThat(fetched.get()).isGreaterThan(1);
            assertThat(version).isGreaterThan(2);
        }
    }

    @Test
    void reflectionListsTheService() throws Exception {
        try (TestNode node = new TestNode(directory)) {
            ManagedChannel channel = Channels.open(node.address());
            CompletableFuture<List<String>> services = new CompletableFuture<>();
            StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(channel)
                    .serverReflectionInfo(new StreamObserver<>() {
                        @Override
                        public void onNext(ServerReflectionResponse response) {
                            services.complete(response.getListServicesResponse().getServiceList().stream()
                                    .map(ServiceResponse::getName)
                                    .toList());
                        }

                        @Override
                        public void onError(Throwable failure) {
                            services.completeExceptionally(failure);
                        }

                        @Override
                        public void onCompleted() {}
                    });
            requests.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("").build());
            assertThat(services.get(20, TimeUnit.SECONDS))
                    .contains("tilefold.serving.v1.FeatureService", "grpc.health.v1.Health");
            requests.onCompleted();
            channel.shutdownNow();
        }
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        try (TestNode node = new TestNode(directory)) {
            ServingConfig same =
                    TestNode.config(directory).port(node.node.port()).build();
            assertThatThrownBy(() -> ServingNode.start(same))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + node.node.port())
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void closeEndsTheNode() throws Exception {
        TestNode node = new TestNode(directory);
        CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> {
            try {
                node.node.awaitTermination();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        });
        node.close();
        node.node.close();
        ended.get(20, TimeUnit.SECONDS);
        try (FeatureClient late = FeatureClient.connect(node.address())) {
            assertThatThrownBy(late::joins).hasMessageContaining("UNAVAILABLE");
        }
    }
}
