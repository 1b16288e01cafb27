package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.client.FailureCode;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchException;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartStatus;
import io.tilefold.client.StructValue;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Derivations of GroupBys and joins, and contextual fields: what they give, and what becomes of those that fail. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DerivationTest {
    private static final long Q = Flights.B + Flights.HOUR_MS;
    private static final Source FLIGHTS =
            Source.events("flights", "flights", Query.builder().timeColumn("ts").build());

    /** Windows without B in them, so that a part can be made to fail by its missing batch. */
    private static final CompiledGroupBy AIRPORT = Flights.compiled(GroupBy.builder("airport")
            .source(FLIGHTS)
            .keys("origin")
            .online(true)
            .aggregate(Aggregation.of("count", "delay"))
            .aggregate(Aggregation.of("sum", "delay").windows("7d"))
            .aggregate(Aggregation.of("last_k", "destination").k(2))
            .derive("*", "*")
            .derive("flights", "delay_count")
            .derive("mean", "delay_sum_7d / delay_count")
            .derive("code", "concat(origin, '@', ds)")
            .build());

    private static final CompiledGroupBy NEVER_UPLOADED = Flights.compiled(GroupBy.builder("never_uploaded")
            .source(FLIGHTS)
            .keys("destination")
            .online(true)
            .aggregate(Aggregation.of("count", "delay"))
            .build());

    private static Join.Builder join(String name) {
        return Join.builder(name, FLIGHTS).part(JoinPart.of("airport")).online(true);
    }

    private static final Catalog CATALOG = new Catalog(
            List.of(AIRPORT, NEVER_UPLOADED),
            List.of(
                    Flights.compiled(
                            join("kept")
                                    .derive("*", "*")
                                    .derive("renamed", "airport_flights")
                                    .derive("again", "airport_flights")
                                    .build(),
                            List.of(AIRPORT)),
                    Flights.compiled(
                            join("computed")
                                    .contextual(Schema.of(
                                            new Field("amount", Scalar.DOUBLE),
                                            new Field("tags", new ListType(Scalar.STRING))))
                                    .derive("ratio", "ext_contextual_amount / airport_mean")
                                    .derive("first", "airport_destination_last2[0]")
                                    .derive("tagged", "array_contains(ext_contextual_tags, origin)")
                                    .derive("throws", "IF(airport_flights > 1, raise_error('more'), airport_flights)")
                                    .derive("infinite", "CAST('Infinity' AS DOUBLE) * airport_flights")
                                    .derive("at", "ts")
                                    .build(),
                            List.of(AIRPORT)),
                    Flights.compiled(
                            join("half")
                                    .part(JoinPart.of("never_uploaded"))
                                    .derive("both", "coalesce(never_uploaded_delay_count, airport_flights)")
                                    .derive("whole", "airport_flights + 1")
                                    .build(),
                            List.of(AIRPORT, NEVER_UPLOADED)),
                    Flights.compiled(
                            join("echo")
                                    .contextual(Schema.of(
                                            new Field("origin", Scalar.STRING), new Field("amount", Scalar.DOUBLE)))
                                    .build(),
                            List.of(AIRPORT)),
                    Flights.compiled(
                            join("nested")
                                    .contextual(Schema.of(
                                            new Field("codes", new ListType(Scalar.INT)),
                                            new Field("shares", new MapType(Scalar.FLOAT)),
                                            new Field(
                                                    "leg",
                                                    new StructType(List.of(
                                                            new Field("to", Scalar.STRING),
                                                            new Field("minutes", new ListType(Scalar.INT)))))))
                                    .derive("*", "*")
                                    .derive("longest", "array_max(ext_contextual_leg.minutes)")
                                    .build(),
                            List.of(AIRPORT)),
                    Flights.compiled(
                            join("wrong").derive("x", "airport_nothing + 1").build(), List.of(AIRPORT))),
            List.of());

    private FlightStore writer;
    private TestNode node;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        List<ModelEvent> events = List.of(
                Flights.flight(Flights.B - 5 * Flights.HOUR_MS, "JFK", "LAX", 10L),
                Flights.flight(Flights.B - 4 * Flights.HOUR_MS, "JFK", "SFO", 20L),
                Flights.flight(Flights.B - 3 * Flights.HOUR_MS, "ORD", "SFO", 5L));
        writer = new FlightStore(directory).activate(CATALOG).batch(AIRPORT, events, 1, Flights.B);
        node = new TestNode(directory);
        writer.publish(node.nowMs.get());
        node.mapped();
    }

    @AfterAll
    void stop() {
        node.close();
        writer.close();
    }

    private static Map<String, ?> key(String origin) {
        return Map.of("origin", origin);
    }

    @Test
    void aGroupBysDerivationsAreItsOutputs() {
        FetchResult answer = node.client.fetch(
                Fetch.groupBy("airport").rows(List.of(key("JFK"), key("XXX"))).asOf(Q));

        assertThat(answer.columnNames())
                .containsExactly("delay_sum_7d", "destination_last2", "flights", "mean", "code");
        assertThat(answer.toMap(0))
                .containsEntry("flights", 2L)
                .containsEntry("mean", 15.0)
                .containsEntry("code", "JFK@2001-02-01")
                .containsEntry("destination_last2", List.of("SFO", "LAX"));
        assertThat(answer.get(1, "mean")).isNull();
        assertThat(answer.get(1, "code")).isEqualTo("XXX@2001-02-01");
        assertThat(answer.part("airport").status(1)).isEqualTo(PartStatus.NOT_FOUND);
        assertThat(answer.failure(1, "mean")).isEqualTo(FailureCode.NONE);
    }

    @Test
    void aJoinKeepsAndRenames() {
        FetchResult answer =
                node.client.fetch(Fetch.join("kept").row(key("JFK")).asOf(Q));

        assertThat(answer.columnNames())
                .containsExactly(
                        "airport_delay_sum_7d",
                        "airport_destination_last2",
                        "airport_mean",
                        "airport_code",
                        "renamed",
                        "again");
        assertThat(answer.toMap(0)).containsEntry("renamed", 2L).containsEntry("again", 2L);
        assertThat(answer.isComplete(0)).isTrue();
    }

    @Test
    void aJoinComputesFromOutputsKeysContextAndTime() {
        FetchResult answer = node.client.fetch(Fetch.join("computed")
                .row(Map.of("origin", "ORD", "amount", 2.5))
                .asOf(Q));

        assertThat(answer.columnNames()).containsExactly("ratio", "first", "tagged", "throws", "infinite", "at");
        assertThat(answer.toMap(0))
                .containsEntry("ratio", 0.5)
                .containsEntry("first", "SFO")
                .containsEntry("tagged", null)
                .containsEntry("throws", 1L)
                .containsEntry("infinite", Double.POSITIVE_INFINITY)
                .containsEntry("at", Q);
        assertThat(answer.isComplete(0)).isTrue();
    }

    @Test
    void anExpressionThatThrowsFailsItsValueAlone() {
        List<Map<String, ?>> rows = List.of(
                Map.of("origin", "ORD", "amount", 5.0),
                Map.of("origin", "JFK", "amount", 30.0),
                Map.of("origin", "ORD", "amount", 1.0));
        for (int i = 0; i < 3; i++) {
            FetchResult answer =
                    node.client.fetch(Fetch.join("computed").rows(rows).asOf(Q));
            for (int row = 0; row < rows.size(); row++) {
                boolean fails = row == 1;
                assertThat(answer.get(row, "throws")).isEqualTo(fails ? null : 1L);
                assertThat(answer.failure(row, "throws"))
                        .isEqualTo(fails ? FailureCode.EXPRESSION_FAILED : FailureCode.NONE);
                assertThat(answer.failure(row, "ratio")).isEqualTo(FailureCode.NONE);
                assertThat(answer.isComplete(row)).isEqualTo(!fails);
            }
            assertThat(answer.get(1, "ratio")).isEqualTo(2.0);
        }
    }

    @Test
    void aPartThatFailedFailsWhatReadsIt() {
        FetchResult answer = node.client.fetch(Fetch.join("half")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .asOf(Q));

        assertThat(answer.part("never_uploaded").failure(0)).isEqualTo(FailureCode.NO_BATCH);
        assertThat(answer.get(0, "both")).isNull();
        assertThat(answer.failure(0, "both")).isEqualTo(FailureCode.INPUT_MISSING);
        assertThat(answer.get(0, "whole")).isEqualTo(3L);
        assertThat(answer.failure(0, "whole")).isEqualTo(FailureCode.NONE);
    }

    @Test
    void onlyWhatIsAskedForIsReadAndComputed() {
        FetchResult answer = node.client.fetch(Fetch.join("half")
                .row(Map.of("origin", "JFK", "destination", "LAX"))
                .features("whole")
                .asOf(Q));

        assertThat(answer.columnNames()).containsExactly("whole");
        assertThat(answer.parts())
                .singleElement()
                .satisfies(part -> assertThat(part.name()).isEqualTo("airport"));
        assertThat(answer.isComplete(0)).isTrue();
    }

    @Test
    void contextualFieldsAreEchoedOrNull() {
        FetchResult given = node.client.fetch(
                Fetch.join("echo").row(Map.of("origin", "JFK", "amount", 2.5)).asOf(Q));
        assertThat(given.columnNames()).endsWith("ext_contextual_origin", "ext_contextual_amount");
        assertThat(given.toMap(0))
                .containsEntry("ext_contextual_origin", "JFK")
                .containsEntry("ext_contextual_amount", 2.5);
        assertThat(node.client.fetch(Fetch.join("echo").row(key("JFK")).asOf(Q)).toMap(0))
                .containsEntry("ext_contextual_origin", "JFK")
                .containsEntry("ext_contextual_amount", null);
    }

    @Test
    void listsMapsAndStructsAreContextualFieldsToo() {
        Map<String, Object> row = Map.of(
                "origin",
                "JFK",
                "codes",
                Arrays.asList(1, null, 3),
                "shares",
                Map.of("b", 0.5f, "a", 1.5f),
                "leg",
                new StructValue(Map.of("to", "LAX", "minutes", List.of(7, 9))));
        Map<String, Object> empty = Map.of(
                "origin",
                "JFK",
                "codes",
                List.of(),
                "shares",
                Map.of(),
                "leg",
                new StructValue(Map.of("to", "SFO", "minutes", List.of())));
        FetchResult answer =
                node.client.fetch(Fetch.join("nested").row(row).row(empty).asOf(Q));
        assertThat(answer.toMap(0))
                .containsEntry("ext_contextual_codes", Arrays.asList(1L, null, 3L))
                .containsEntry("ext_contextual_shares", Map.of("a", 1.5f, "b", 0.5f))
                .containsEntry("ext_contextual_leg", Map.of("to", "LAX", "minutes", List.of(7L, 9L)))
                .containsEntry("longest", 9L);
        assertThat(answer.toMap(1))
                .containsEntry("ext_contextual_codes", List.of())
                .containsEntry("ext_contextual_shares", Map.of())
                .containsEntry("ext_contextual_leg", Map.of("to", "SFO", "minutes", List.of()))
                .containsEntry("longest", null);
        assertThatThrownBy(() -> node.client.fetch(Fetch.join("nested")
                        .row(Map.of("origin", "JFK", "leg", Map.of("to", "LAX")))
                        .asOf(Q)))
                .hasMessageContaining("contextual field leg struct<to:string,minutes:list<int>>");
    }

    @Test
    void aWrongContextualFieldIsNamed() {
        assertThatThrownBy(() -> node.client.fetch(Fetch.join("computed")
                        .row(Map.of("origin", "ORD", "amount", "much"))
                        .asOf(Q)))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("contextual field amount is of type double, given are string values");
        assertThatThrownBy(() -> node.client.fetch(Fetch.join("computed")
                        .row(Map.of("origin", "ORD", "ammount", 1.0))
                        .asOf(Q)))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("no contextual field");
    }

    @Test
    void aDerivationThatDoesNotCompileIsRefusedAlone() {
        assertThatThrownBy(() -> node.client.fetch(Fetch.join("wrong").row(key("JFK"))))
                .isInstanceOf(FetchException.class)
                .hasMessageContaining("its derivation x does not compile")
                .hasMessageContaining("airport_nothing");
    }

    @Test
    void everyRowHasItsOwnMoment() {
        FetchResult answer = node.client.fetch(Fetch.join("computed")
                .rows(Arrays.asList(key("JFK"), key("JFK")))
                .features("at")
                .asOf(Q));
        assertThat(answer.get(0, "at")).isEqualTo(Q);
    }
}
