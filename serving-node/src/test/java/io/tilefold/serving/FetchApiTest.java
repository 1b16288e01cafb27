package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.core.value.Field;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceBlockingStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.GetSchemaRequest;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.OutputLineage;
import io.tilefold.proto.serving.v1.PartDescription;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.RefusedTarget;
import io.tilefold.proto.serving.v1.TileExplanation;
import io.tilefold.proto.serving.v1.TileExplanation.Kind;
import io.tilefold.proto.serving.v1.WindowExplanation;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What can be asked beside values: chosen features, schemas, descriptions, explanations. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FetchApiTest {
    private static final long Q = Flights.B + 2 * Flights.HOUR_MS;
    private static final List<ModelEvent> HISTORY = List.of(
            Flights.flight(Flights.B - 26 * Flights.HOUR_MS, "JFK", "LAX", 10L),
            Flights.flight(Flights.B - 3 * Flights.HOUR_MS, "JFK", "SFO", 20L));

    private FlightStore writer;
    private TestNode node;
    private ManagedChannel channel;
    private FeatureServiceBlockingStub stub;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        writer = new FlightStore(directory).activate(Refused.CATALOG).batch(HISTORY, 5, Flights.B);
        writer.apply(
                Flights.flight(Flights.B + 60_000, "JFK", "LAX", 30L), Flights.flight(Q - 60_000, "JFK", "LAX", 40L));
        node = new TestNode(directory);
        writer.publish(node.nowMs.get());
        node.mapped();
        channel = Channels.open(node.address());
        stub = FeatureServiceGrpc.newBlockingStub(channel);
    }

    @AfterAll
    void stop() {
        channel.shutdownNow();
        node.close();
        writer.close();
    }

    private static Fetch context() {
        return Fetch.join("flight_context")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(Q);
    }

    @Test
    void chosenFeaturesComeInTheOrderAskedAndOthersPartsAreNotRead() {
        FetchResult all = node.client.fetch(context());
        FetchResult chosen = node.client.fetch(
                context().features("route_delay_count_7d", "from_airport_daily_delay_count_1d", "route_delay_sum_1d"));
        assertThat(chosen.columnNames())
                .containsExactly("route_delay_count_7d", "from_airport_daily_delay_count_1d", "route_delay_sum_1d");
        assertThat(chosen.toMap(0))
                .allSatisfy((name, value) -> assertThat(value).isEqualTo(all.get(0, name)));
        assertThat(chosen.getLong(0, "route_delay_count_7d")).isEqualTo(3);
        assertThat(chosen.parts()).extracting(PartResult::name).containsExactly("route", "from_airport_daily");
        assertThat(chosen.schema()).isEqualTo(all.schema());
        assertThat(chosen.schemaId()).isEqualTo(all.schemaId());
    }

    @Test
    void namesComeWithTheSchemaAndOnlyThen() {
        FetchRequest plain = context().toRequest();
        FetchResponse bare = stub.fetch(plain);
        assertThat(bare.hasSchema()).isFalse();
        assertThat(bare.getColumnsList()).extracting(Column::getName).containsOnly("");
        assertThat(bare.getPartsList())
                .allSatisfy(
                        part -> assertThat(part.getName() + part.getGroupBy()).isEmpty());
        FetchResponse known = stub.fetch(
                plain.toBuilder().setKnownSchemaId(bare.getSchemaId()).build());
        assertThat(known).isEqualTo(bare);
        for (FetchResponse named : List.of(
                stub.fetch(plain.toBuilder().setKnownSchemaId("another").build()),
                stub.fetch(plain.toBuilder().setIncludeSchema(true).build()))) {
            assertThat(named.getColumnsList())
                    .extracting(Column::getName)
                    .isEqualTo(named.getSchema().getOutputs().getFieldsList().stream()
                            .map(io.tilefold.proto.types.v1.Field::getName)
                            .toList());
            assertThat(named.getParts(3).getName()).isEqualTo("from_airport_daily");
            assertThat(named.getParts(3).getPart()).isEqualTo(3);
        }
        assertThat(stub.getSchema(GetSchemaRequest.newBuilder()
                                .setSchemaId(bare.getSchemaId())
                                .build())
                        .getPartsCount())
                .isEqualTo(5);
        assertThatThrownBy(() -> stub.getSchema(
                        GetSchemaRequest.newBuilder().setSchemaId("f00").build()))
                .hasMessageContaining("NOT_FOUND");
    }

    @Test
    void descriptionsSayKeysOutputsAndLineage() {
        DescribeTargetResponse join = stub.describeTarget(
                DescribeTargetRequest.newBuilder().setJoin("flight_context").build());
        assertThat(node.client.describeJoin("flight_context").keys().fields())
                .extracting(Field::name)
                .containsExactly("origin", "destination");
        PartDescription daily = join.getParts(4);
        assertThat(daily.getName()).isEqualTo("to_airport_daily");
        assertThat(daily.getKeyColumnsList()).containsExactly("destination");
        assertThat(daily.getTemporal()).isFalse();
        assertThat(daily.getSources(0).getTable()).isEqualTo("flights");
        assertThat(daily.getSources(0).getTopic()).isEmpty();
        assertThat(daily.getLineageList())
                .containsExactly(
                        lineage("delay", "count", "1d"),
                        lineage("delay", "count", "7d"),
                        lineage("delay", "average", "7d"));
        PartDescription route = join.getParts(2);
        assertThat(route.getKeyColumnsList()).containsExactly("origin", "destination");
        assertThat(route.getSources(0).getTopic()).isEqualTo("flights");
        assertThat(route.getLineageCount()).isEqualTo(route.getOutputCount());
        assertThat(stub.listTargets(ListTargetsRequest.getDefaultInstance()).getRefusedList())
                .extracting(RefusedTarget::getReason)
                .anySatisfy(reason -> assertThat(reason).contains("not online"));
    }

    private static OutputLineage lineage(String column, String operation, String window) {
        return OutputLineage.newBuilder()
                .setInputColumn(column)
                .setOperation(operation)
                .setWindow(window)
                .build();
    }

    @Test
    void anExplanationTakesEveryWindowApart() {
        ExplainResponse explained = stub.explain(context().toRequest());
        FetchResponse fetched = stub.fetch(context().withSchema().toRequest());
        assertThat(explained.getAnswer()).isEqualTo(fetched);
        assertThat(explained.getStepsList())
                .extracting(io.tilefold.proto.serving.v1.Step::getName)
                .containsExactly("check", "read", "encode");
        PartExplanation route = explained.getParts(2);
        assertThat(route.getRead()).isEqualTo("FOUND");
        assertThat(route.getKey().toStringUtf8()).contains("JFK").contains("LAX");
        assertThat(route.getShard()).isBetween(0, FlightStore.SHARDS - 1);
        WindowExplanation week = window(route, "7d");
        assertThat(week.getToMs()).isEqualTo(Q);
        assertThat(week.getFromMs()).isEqualTo(Q - 7 * Flights.DAY_MS);
        int count = week.getOutputsList().indexOf("delay_count_7d");
        assertThat(week.getTilesList())
                .extracting(TileExplanation::getKind)
                .startsWith(Kind.KIND_SUFFIX)
                .contains(Kind.KIND_LIVE);
        assertThat(week.getTiles(0).getToMs()).isEqualTo(Flights.B);
        assertThat(week.getTiles(0).getValues(count)).isEqualTo("1");
        assertThat(week.getTilesList().stream()
                        .mapToLong(tile -> Long.parseLong(tile.getValues(count)))
                        .sum())
                .isEqualTo(3);
        WindowExplanation hour = window(route, "1h");
        assertThat(hour.getTilesList()).extracting(TileExplanation::getKind).containsOnly(Kind.KIND_LIVE);
    }

    private static WindowExplanation window(PartExplanation part, String label) {
        return part.getWindowsList().stream()
                .filter(window -> window.getWindow().equals(label))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no window " + label + " in " + part));
    }

    @Test
    void oneRowIsExplainedAtATime() {
        assertThatThrownBy(() -> stub.explain(context()
                        .row(Map.of("origin", "SFO", "destination", "LAX"))
                        .toRequest()))
                .hasMessageContaining("2 rows")
                .hasMessageContaining("INVALID_ARGUMENT");
        assertThatThrownBy(() -> stub.explain(FetchRequest.newBuilder()
                        .setJoin("nobody")
                        .setRowCount(1)
                        .build()))
                .hasMessageContaining("NOT_FOUND");
    }
}
