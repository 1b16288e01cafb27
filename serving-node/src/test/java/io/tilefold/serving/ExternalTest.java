package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tilefold.client.FailureCode;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.external.v1.ExternalServiceGrpc;
import io.tilefold.proto.external.v1.LookupRequest;
import io.tilefold.proto.external.v1.LookupResponse;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.ListValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.serving.external.ExternalSources;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** External parts of a join, asked of a gRPC service that answers, answers wrongly, is late, or fails. */
class ExternalTest {
    private static final long Q = Flights.B + 1;
    private static final Schema KEYS = Schema.of(new Field("airport", Scalar.STRING));
    private static final Schema VALUES =
            Schema.of(new Field("wind", Scalar.DOUBLE), new Field("gusts", new ListType(Scalar.INT)));

    private final Weather weather = new Weather();
    private Server server;
    private Path store = Path.of("");
    private FlightStore writer;
    private TestNode node;

    /** What the service does with a call. */
    private enum Mood {
        ANSWERS,
        FAILS,
        IS_SILENT,
        LACKS_A_COLUMN,
        IS_SHORT
    }

    private static final class Weather extends ExternalServiceGrpc.ExternalServiceImplBase {
        final ConcurrentLinkedQueue<LookupRequest> asked = new ConcurrentLinkedQueue<>();
        volatile Mood mood = Mood.ANSWERS;

        @Override
        public void lookup(LookupRequest request, StreamObserver<LookupResponse> observer) {
            asked.add(request);
            switch (mood) {
                case FAILS -> observer.onError(Status.UNAVAILABLE.asRuntimeException());
                case IS_SILENT -> {}
                default -> {
                    observer.onNext(answer(request));
                    observer.onCompleted();
                }
            }
        }

        /** Wind is the length of the airport's name; there is none at XXX. */
        private LookupResponse answer(LookupRequest request) {
            DoubleValues.Builder winds = DoubleValues.newBuilder();
            ListValues.Builder gusts = ListValues.newBuilder();
            LongValues.Builder elements = LongValues.newBuilder();
            byte[] notFound = new byte[(request.getRowCount() + 7) / 8];
            StringValues airports = request.getKeys(0).getStringValues();
            for (int i = 0; i < request.getRowCount(); i++) {
                winds.addValues(airports.getValues(i).length());
                gusts.addLengths(i);
                for (int j = 0; j < i; j++) {
                    elements.addValues(j);
                }
                if (airports.getValues(i).equals("XXX")) {
                    notFound[i >>> 3] |= (byte) (1 << (i & 7));
                }
            }
            if (mood == Mood.IS_SHORT) {
                winds.clear();
            }
            LookupResponse.Builder response = LookupResponse.newBuilder()
                    .setNotFound(ByteString.copyFrom(notFound))
                    .addValues(Column.newBuilder().setName("wind").setDoubleValues(winds));
            if (mood != Mood.LACKS_A_COLUMN) {
                response.addValues(Column.newBuilder()
                        .setName("gusts")
                        .setListValues(gusts.setElements(Column.newBuilder().setLongValues(elements))));
            }
            return response.build();
        }
    }

    private static Catalog catalog() {
        Join join = Join.builder(
                        "j",
                        Source.events(
                                "flights",
                                "flights",
                                Query.builder().timeColumn("ts").build()))
                .part(JoinPart.of("route"))
                .externalPart(external(Optional.of("from"), "origin"))
                .externalPart(external(Optional.of("to"), "destination"))
                .derive("*", "*")
                .derive("windy", "ext_from_weather_wind > 3")
                .online(true)
                .build();
        return new Catalog(List.of(Flights.ROUTE), List.of(Flights.compiled(join, List.of(Flights.ROUTE))), List.of());
    }

    private static Join.ExternalPart external(Optional<String> prefix, String left) {
        return new Join.ExternalPart("weather", KEYS, VALUES, Map.of(left, "airport"), prefix, Optional.empty());
    }

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(weather)
                .build()
                .start();
        writer = new FlightStore(directory).activate(catalog()).batch(List.of(), 1, Flights.B);
        store = directory;
        node = node(20_000);
        writer.publish(node.nowMs.get());
        node.mapped();
    }

    private TestNode node(long timeoutMs) throws IOException {
        return new TestNode(TestNode.config(store)
                .port(0)
                .storeRetryMs(20)
                .externalSource("weather", ExternalSources.open("weather", "grpc://127.0.0.1:" + server.getPort()))
                .externalTimeoutMs(timeoutMs)
                .build());
    }

    @AfterEach
    void stop() {
        node.close();
        writer.close();
        server.shutdownNow();
    }

    private static Map<String, String> row(String origin, String destination) {
        return Map.of("origin", origin, "destination", destination);
    }

    private FetchResult fetch(List<Map<String, String>> rows) {
        return node.client.fetch(Fetch.join("j").rows(rows).asOf(Q));
    }

    private static PartStatus from(FetchResult answer, int row) {
        return answer.part("ext_from_weather").status(row);
    }

    @Test
    void oneCallAsksForTheDistinctKeysOfAllPartsAndRows() {
        FetchResult answer = fetch(List.of(row("JFK", "LAX"), row("LAX", "ÅRNA"), row("JFK", "XXX")));

        assertThat(weather.asked).singleElement().satisfies(request -> {
            assertThat(request.getSource()).isEqualTo("weather");
            assertThat(request.getKeys(0).getName()).isEqualTo("airport");
            assertThat(request.getKeys(0).getStringValues().getValuesList())
                    .containsExactly("JFK", "LAX", "ÅRNA", "XXX");
            assertThat(request.getValuesList()).containsExactly("wind", "gusts");
        });
        assertThat(answer.columnNames())
                .endsWith(
                        "ext_from_weather_wind",
                        "ext_from_weather_gusts",
                        "ext_to_weather_wind",
                        "ext_to_weather_gusts",
                        "windy");
        assertThat(answer.toMap(1))
                .containsEntry("ext_from_weather_wind", 3.0)
                .containsEntry("ext_from_weather_gusts", List.of(0L))
                .containsEntry("ext_to_weather_wind", 4.0)
                .containsEntry("ext_to_weather_gusts", List.of(0L, 1L))
                .containsEntry("windy", false);
        assertThat(answer.part("ext_to_weather").status(2)).isEqualTo(PartStatus.NOT_FOUND);
        assertThat(answer.get(2, "ext_to_weather_wind")).isNull();
        assertThat(from(answer, 2)).isEqualTo(PartStatus.COMPLETE);
    }

    @Test
    void onlyNeededPartsAreAsked() {
        FetchResult answer = node.client.fetch(
                Fetch.join("j").row(row("JFK", "LAX")).features("windy").asOf(Q));
        assertThat(answer.get(0, "windy")).isEqualTo(false);
        assertThat(weather.asked.poll().getKeys(0).getStringValues().getValuesList())
                .containsExactly("JFK");

        node.client.fetch(Fetch.join("j")
                .row(row("JFK", "LAX"))
                .features("route_delay_count")
                .asOf(Q));
        assertThat(weather.asked).isEmpty();
    }

    @Test
    void aLateSourceIsLeftOutAndTheRestArrives() throws IOException {
        node.close();
        node = node(500).mapped();
        Awaitility.await() // code is compiled
                .until(() -> from(fetch(List.of(row("JFK", "LAX"))), 0) == PartStatus.COMPLETE);
        weather.mood = Mood.IS_SILENT;
        FetchResult answer = fetch(List.of(row("JFK", "LAX")));

        assertThat(from(answer, 0)).isEqualTo(PartStatus.TIMED_OUT);
        assertThat(answer.failure(0, "windy")).isEqualTo(FailureCode.INPUT_MISSING);
        assertThat(answer.part("route").status(0)).isEqualTo(PartStatus.NOT_FOUND);
    }

    @Test
    void wrongAnswersFailThePart() {
        for (Mood mood : List.of(Mood.LACKS_A_COLUMN, Mood.IS_SHORT, Mood.FAILS)) {
            weather.mood = mood;
            FetchResult answer = fetch(List.of(row("JFK", "LAX")));
            assertThat(answer.part("ext_from_weather").failure(0))
                    .as(mood.name())
                    .isEqualTo(FailureCode.EXTERNAL_FAILED);
            assertThat(answer.part("route").status(0)).isEqualTo(PartStatus.NOT_FOUND);
        }
    }

    @Test
    void aSourceThatKeepsFailingIsLeftAloneForAWhile() {
        weather.mood = Mood.FAILS;
        List<FailureCode> codes = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            codes.add(fetch(List.of(row("JFK", "LAX"))).part("ext_from_weather").failure(0));
        }
        assertThat(codes).contains(FailureCode.EXTERNAL_FAILED, FailureCode.EXTERNAL_OFF);
        assertThat(weather.asked.size()).isLessThan(60);

        weather.mood = Mood.ANSWERS;
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> from(fetch(List.of(row("JFK", "LAX"))), 0) == PartStatus.COMPLETE);
    }
}
