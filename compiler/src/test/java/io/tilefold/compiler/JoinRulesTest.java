package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SEMANTICS.md §9, Join: one row per rule, the definition otherwise fine. */
final class JoinRulesTest {
    private static final String PARTS = """
        kind: GroupBy
        name: departures
        online: true
        production: true
        sources: [{events: {table: flights, topic: flights, query: {timeColumn: ts}}}]
        keys: [origin]
        aggregations: [{inputColumn: delay, operation: sum, windows: [1d]}]
        ---
        kind: GroupBy
        name: offline
        sources: [{events: {table: flights}}]
        keys: [origin]
        aggregations: [{inputColumn: delay, operation: sum, windows: [7d]}]
        ---
        kind: GroupBy
        name: coded
        online: true
        sources: [{events: {table: airports, query: {timeColumn: updated_ms, selects: {code: CAST(code AS INT)}}}}]
        keys: [code]
        aggregations: [{inputColumn: runways, operation: max}]
        ---
        kind: GroupBy
        name: facts
        sources: [{entities: {snapshotTable: airports, query: {selects: {runways: runways}}}}]
        keys: [airport]
        ---
        kind: Join
        name: j
        """;
    private static final String LEFT = "left: {events: {table: flights, query: {timeColumn: ts}}}\n";

    /** GroupBys that give no label; in front of the join's fields, so the join is begun anew. */
    private static final String MORE = """
        left: {events: {table: flights, query: {timeColumn: ts}}}
        ---
        kind: GroupBy
        name: two
        sources: [{events: {table: flights}}]
        keys: [origin]
        aggregations:
          - {inputColumn: delay, operation: sum, windows: [7d]}
          - {inputColumn: delay, operation: count, windows: [7d]}
        ---
        kind: GroupBy
        name: windows
        sources: [{events: {table: flights}}]
        keys: [origin]
        aggregations: [{inputColumn: delay, operation: sum, windows: [7d, 1d]}]
        ---
        kind: GroupBy
        name: hours
        sources: [{events: {table: flights, topic: flights, query: {timeColumn: ts}}}]
        keys: [origin]
        aggregations: [{inputColumn: delay, operation: sum, windows: [24h]}]
        ---
        kind: GroupBy
        name: forever
        sources: [{events: {table: flights}}]
        keys: [origin]
        aggregations: [{inputColumn: delay, operation: sum}]
        ---
        kind: Join
        name: labelled
        """;

    private static Refusal row(String rule, String fields, String field, String value, String... pieces) {
        return Refusal.of(rule, PARTS + fields, field, value, pieces);
    }

    @ParameterizedTest
    @MethodSource({"lefts", "parts", "others", "labels", "unserved"})
    void refuses(Refusal row) {
        row.assertFound(TestDefinitions.compile(row.yaml()).problems());
    }

    static Stream<Refusal> lefts() {
        return Stream.of(
                row(
                        "cumulative left",
                        "left: {events: {table: flights, cumulative: true, query: {timeColumn: ts}}}  #!\n",
                        "left.events.cumulative",
                        "true",
                        "cumulative events cannot be a left"),
                row("join as left", "left: {join: {join: j}}  #!\n", "left.join", "j", "a join cannot be a left"),
                row(
                        "events left without time column",
                        "left: {events: {table: flights}}  #!\n",
                        "left.events.query.timeColumn",
                        "",
                        "left events need a time"),
                row(
                        "ts among left selects",
                        "left: {events: {table: flights, query: {timeColumn: ts, selects: {ts: ts}}}}  #!\n",
                        "left.events.query.selects.ts",
                        "ts",
                        "ts is the name of the left row's time"),
                row(
                        "a left table that is missing",
                        "left: {events: {table: flihgts, query: {timeColumn: ts}}}  #!\n",
                        "left.events.table",
                        "flihgts",
                        "there is no such table",
                        "did you mean flights?"));
    }

    static Stream<Refusal> parts() {
        return Stream.of(
                row(
                        "a GroupBy that does not exist",
                        LEFT + "parts: [{groupBy: departure}]  #!\n",
                        "parts[0].groupBy",
                        "departure",
                        "there is no such GroupBy",
                        "did you mean departures?"),
                row(
                        "a part's key that is no left column",
                        LEFT + "parts: [{groupBy: facts}]  #!\n",
                        "parts[0].groupBy",
                        "airport",
                        "is neither selected nor a column of table flights"),
                row(
                        "a part's key that is no left column, through the mapping",
                        LEFT + "parts: [{groupBy: facts, keyMapping: {from: airport}}]  #!\n",
                        "parts[0].keyMapping.from",
                        "from",
                        "is neither selected nor a column of table flights"),
                row(
                        "key types that do not widen: long to int",
                        """
                        left: {events: {table: flights, query: {timeColumn: ts, selects: {code: ts}}}}
                        parts: [{groupBy: coded}]  #!
                        """,
                        "parts[0].groupBy",
                        "code",
                        "is of type long, which does not widen to key code of coded, of type int"),
                row(
                        "key types that do not widen: string to int",
                        LEFT + "parts: [{groupBy: coded, keyMapping: {origin: code}}]  #!\n",
                        "parts[0].keyMapping.origin",
                        "origin",
                        "is of type string, which does not widen to key code of coded, of type int"),
                row(
                        "key mapping to what is no key",
                        LEFT + "parts: [{groupBy: departures, keyMapping: {destination: airport}}]  #!\n",
                        "parts[0].keyMapping.destination",
                        "airport",
                        "is no key of departures",
                        "its keys are origin"),
                row(
                        "two left columns for one key",
                        LEFT
                                + "parts: [{groupBy: departures, keyMapping: {destination: origin, origin: origin}}] "
                                + " #!\n",
                        "parts[0].keyMapping.origin",
                        "origin",
                        "is mapped to twice"),
                row(
                        "parts with the same prefix and name",
                        LEFT
                                + "parts:\n"
                                + "  - {groupBy: departures, prefix: p}\n"
                                + "  - {groupBy: departures, prefix: p}  #!\n",
                        "parts[1]",
                        "p_departures",
                        "is the prefix and name of another part"),
                row(
                        "an output equal to a left column",
                        """
                        left: {events: {table: flights, query: {timeColumn: ts, selects: {departures_delay_sum_1d: delay}}}}
                        parts: [{groupBy: departures}]  #!
                        """,
                        "parts[0]",
                        "departures_delay_sum_1d",
                        "is an output and a left column"),
                row(
                        "an online join with a part that is not online",
                        LEFT + "online: true\nparts: [{groupBy: offline}]  #!\n",
                        "parts[0].groupBy",
                        "offline",
                        "is not online, but the join is"),
                row(
                        "a production join with a part that is not production",
                        LEFT + "production: true\nparts: [{groupBy: offline}]  #!\n",
                        "parts[0].groupBy",
                        "offline",
                        "is not production, but the join is"));
    }

    static Stream<Refusal> others() {
        return Stream.of(
                row(
                        "skewKeys on no key",
                        LEFT + "parts: [{groupBy: departures}]\nskewKeys: {destination: [\"'ATL'\"]}  #!\n",
                        "skewKeys.destination",
                        "destination",
                        "is no key of any part",
                        "origin"),
                row(
                        "an external source named contextual",
                        LEFT + "externalParts: [{name: contextual, keys: {delay: int}, values: {b: int}}]  #!\n",
                        "externalParts[0].name",
                        "contextual",
                        "is the name of the contextual fields"),
                row(
                        "an external source repeated",
                        LEFT + """
                            externalParts:
                              - {name: weather, keys: {delay: int}, values: {b: int}}
                              - {name: weather, keys: {delay: int}, values: {b: int}}  #!
                            """,
                        "externalParts[1].name",
                        "weather",
                        "is an external source twice"),
                row(
                        "an offlineGroupBy that does not exist",
                        LEFT
                                + "externalParts: [{name: weather, keys: {origin: string}, values: {delay_sum_7d: long},"
                                + " offlineGroupBy: ofline}]  #!\n",
                        "externalParts[0].offlineGroupBy",
                        "ofline",
                        "there is no such GroupBy",
                        "did you mean offline?"),
                row(
                        "an offlineGroupBy with other keys",
                        LEFT + """
                            externalParts:
                              - {name: weather, keys: {at: string}, keyMapping: {origin: at}, values: {delay_sum_7d: long}, offlineGroupBy: offline}  #!
                            """,
                        "externalParts[0].offlineGroupBy",
                        "offline",
                        "has other keys than weather: origin"),
                row(
                        "an offlineGroupBy without one of the values",
                        LEFT + """
                            externalParts:
                              - {name: weather, keys: {origin: string}, values: {wind: double}, offlineGroupBy: offline}  #!
                            """,
                        "externalParts[0].offlineGroupBy",
                        "offline",
                        "has no output wind, which weather gives; it has delay_sum_7d"),
                row(
                        "an offlineGroupBy whose values are of another type",
                        LEFT + """
                            externalParts:
                              - {name: weather, keys: {origin: string}, values: {delay_sum_7d: int}, offlineGroupBy: offline}  #!
                            """,
                        "externalParts[0].offlineGroupBy",
                        "offline",
                        "its output delay_sum_7d is of type long, that of weather of type int"),
                row(
                        "a label of several windows or none",
                        LEFT + "labelPart: {groupBy: coded, keyMapping: {delay: code}, startDays: 1, endDays: 1}  #!\n",
                        "labelPart.groupBy",
                        "coded",
                        "gives no label"),
                row(
                        "a label whose days are not its window",
                        LEFT + "labelPart: {groupBy: offline, startDays: 7, endDays: 6}  #!\n",
                        "labelPart.startDays",
                        "7",
                        "start and end of an aggregated label are its window, 7 days"),
                row(
                        "a label of a GroupBy that does not exist",
                        LEFT + "labelPart: {groupBy: ofline, startDays: 7, endDays: 7}  #!\n",
                        "labelPart.groupBy",
                        "ofline",
                        "there is no such GroupBy",
                        "did you mean offline?"),
                row(
                        "derivations over unknown columns",
                        LEFT
                                + "parts: [{groupBy: departures}]\n"
                                + "derivations: [{name: x, expression: departures_delay_sum_1}]  #!\n",
                        "derivations[0].expression",
                        "departures_delay_sum_1",
                        "unknown column",
                        "did you mean departures_delay_sum_1d?"),
                row(
                        "names equal after cleaning",
                        LEFT + """
                            ---
                            kind: StagingQuery
                            name: of.fline
                            query: SELECT 1
                            ---
                            kind: StagingQuery
                            name: of_fline  #!
                            query: SELECT 2
                            """,
                        "name",
                        "of_fline",
                        "gives the same table name as StagingQuery of.fline (f.yaml:"),
                row(
                        "a view with a start partition",
                        LEFT + """
                            ---
                            kind: StagingQuery
                            name: seen
                            view: true
                            startPartition: 2001-01-01  #!
                            query: SELECT 1
                            """,
                        "startPartition",
                        "2001-01-01",
                        "a view is not written day by day"),
                row(
                        "a view of a chunk",
                        LEFT + """
                            ---
                            kind: StagingQuery
                            name: seen
                            view: true
                            query: SELECT * FROM t WHERE ds <= '{{ latest_date }}' AND ds > '{{end_date}}'  #!
                            """,
                        "query",
                        "{{ end_date }}",
                        "is the day of a run's chunk",
                        "use {{ latest_date }} or {{ max_date(table=NAME) }}"));
    }

    static Stream<Refusal> unserved() {
        String online = LEFT + "online: true\nparts: [{groupBy: departures}]\n";
        return Stream.of(
                row(
                        "a left column that is no key, in a derivation of an online join",
                        LEFT.replace("timeColumn: ts", "timeColumn: ts, selects: {delay: delay}")
                                + "online: true\nparts: [{groupBy: departures}]\n"
                                + "derivations: [{name: x, expression: delay + departures_delay_sum_1d}]  #!\n",
                        "derivations[0].expression",
                        "delay + departures_delay_sum_1d",
                        "unknown column delay",
                        "declare one as contextual"),
                row(
                        "an external part's key that is no left column",
                        online + "externalParts: [{name: weather, keys: {a: int}, values: {b: int}}]  #!\n",
                        "externalParts[0].keys.a",
                        "a",
                        "is neither selected nor a column of table flights"),
                row(
                        "an external part's key of another type",
                        online
                                + "externalParts: [{name: weather, keys: {at: int}, keyMapping: {origin: at}, values:"
                                + " {b: int}}]  #!\n",
                        "externalParts[0].keyMapping.origin",
                        "origin",
                        "does not widen to key at"),
                row(
                        "an external part without values",
                        online + "externalParts: [{name: weather, keys: {origin: string}, values: {}}]  #!\n",
                        "externalParts[0].values",
                        "",
                        "gives no value"),
                row(
                        "one external source, declared in two ways",
                        online + """
                            externalParts:
                              - {name: weather, keys: {origin: string}, values: {b: int}}
                              - {name: weather, prefix: to, keys: {origin: string}, values: {b: long}}  #!
                            """,
                        "externalParts[1].values",
                        "weather",
                        "has other keys or values than before"),
                row(
                        "a contextual field of another type than the left column",
                        online + "contextual: {delay: double}  #!\n",
                        "contextual.delay",
                        "delay",
                        "is of type double, the left column of type int"));
    }

    static Stream<Refusal> labels() {
        return Stream.of(
                row(
                        "labels of a left of entities",
                        """
                        left: {entities: {snapshotTable: airports}}
                        labelPart: {groupBy: facts, startDays: 3, endDays: 1}  #!
                        """,
                        "labelPart",
                        "facts",
                        "labels are of left events, and the left is entities"),
                row(
                        "a label of several aggregations",
                        MORE + LEFT + "labelPart: {groupBy: two, startDays: 7, endDays: 7}  #!\n",
                        "labelPart.groupBy",
                        "two",
                        "gives no label"),
                row(
                        "a label of several windows",
                        MORE + LEFT + "labelPart: {groupBy: windows, startDays: 7, endDays: 7}  #!\n",
                        "labelPart.groupBy",
                        "windows",
                        "gives no label"),
                row(
                        "a label of hours",
                        MORE + LEFT + "labelPart: {groupBy: hours, startDays: 1, endDays: 1}  #!\n",
                        "labelPart.groupBy",
                        "hours",
                        "one window of days"),
                row(
                        "a label without a window",
                        MORE + LEFT + "labelPart: {groupBy: forever, startDays: 1, endDays: 1}  #!\n",
                        "labelPart.groupBy",
                        "forever",
                        "one window of days"),
                row(
                        "a label that would start after its end",
                        LEFT
                                + "labelPart: {groupBy: facts, keyMapping: {origin: airport}, startDays: 3, endDays: 5} "
                                + " #!\n",
                        "labelPart.startDays",
                        "3",
                        "is less than endDays, 5",
                        "write startDays: 5, endDays: 3"),
                row(
                        "a label's key that is no left column",
                        LEFT + "labelPart: {groupBy: facts, startDays: 3, endDays: 1}  #!\n",
                        "labelPart.groupBy",
                        "airport",
                        "is neither selected nor a column of table flights"),
                row(
                        "a label's key mapping to what is no key",
                        LEFT
                                + "labelPart: {groupBy: offline, keyMapping: {destination: airport}, startDays: 7,"
                                + " endDays: 7}  #!\n",
                        "labelPart.keyMapping.destination",
                        "airport",
                        "is no key of offline",
                        "its keys are origin"),
                row(
                        "a label's key of a type that does not widen",
                        LEFT
                                + "labelPart: {groupBy: facts, keyMapping: {delay: airport}, startDays: 3, endDays: 1} "
                                + " #!\n",
                        "labelPart.keyMapping.delay",
                        "delay",
                        "is of type int, which does not widen to key airport of facts, of type string"),
                row(
                        "a row id that is no left column",
                        LEFT + """
                            rowIds: [flight]  #!
                            labelPart: {groupBy: offline, startDays: 7, endDays: 7}
                            """,
                        "rowIds[0]",
                        "flight",
                        "is neither selected nor a column of table flights"),
                row(
                        "a label's key that derivations leave out",
                        LEFT
                                + "parts: [{groupBy: departures}]\n"
                                + "derivations: [{name: x, expression: departures_delay_sum_1d}]\n"
                                + "labelPart: {groupBy: offline, keyMapping: {destination: origin}, startDays: 7,"
                                + " endDays: 7}  #!\n",
                        "labelPart.keyMapping.destination",
                        "destination",
                        "is not among the training set's columns",
                        "add the derivation"),
                row(
                        "a label whose name a column has",
                        """
                        left: {events: {table: flights, query: {timeColumn: ts, selects: {label_offline_delay_sum_7d: delay}}}}
                        labelPart: {groupBy: offline, startDays: 7, endDays: 7}  #!
                        """,
                        "labelPart",
                        "label_offline_delay_sum_7d",
                        "is a label and a column of the join"),
                row(
                        "a column of the label day's name",
                        LEFT
                                + "parts: [{groupBy: departures}]\n"
                                + "derivations: [{name: '*', expression: '*'}, {name: label_ds, expression: ds}]\n"
                                + "labelPart: {groupBy: offline, startDays: 7, endDays: 7}  #!\n",
                        "labelPart",
                        "label_ds",
                        "is the label day's column"));
    }

    @Test
    void aLabelPartIsOfflineOnlyAndServesNothing() {
        String online = PARTS + LEFT + "online: true\nproduction: true\nparts: [{groupBy: departures}]\n"
                + "derivations: [{name: '*', expression: '*'}, {name: x, expression: departures_delay_sum_1d + 1}]\n";
        Compilation without = TestDefinitions.compile(online);
        Compilation with =
                TestDefinitions.compile(online + "labelPart: {groupBy: offline, startDays: 7, endDays: 7}\n");
        Compilation byAnotherColumn = TestDefinitions.compile(online
                + "labelPart: {groupBy: facts, keyMapping: {destination: airport}, prefix: at, startDays: 30, endDays:"
                + " 10}\n");

        assertThat(without.problems()).isEmpty();
        assertThat(with.problems()).isEmpty();
        assertThat(byAnotherColumn.problems()).isEmpty();
        assertThat(with.catalog().join("j").orElseThrow().id())
                .as("a label part changes no feature")
                .isEqualTo(without.catalog().join("j").orElseThrow().id());
        assertThat(byAnotherColumn.catalog().join("j").orElseThrow().left())
                .as("its key is selected, as keys of parts are")
                .hasToString("(origin string, destination string)");
        assertThat(byAnotherColumn
                        .catalog()
                        .join("j")
                        .orElseThrow()
                        .definition()
                        .labelPart())
                .contains(new Join.LabelPart(
                        new JoinPart("facts", Map.of("destination", "airport"), Optional.of("at")), 30, 10));
    }

    @Test
    void anOnlineJoinsDerivationsDoNotReadTheLabelsKey() {
        Compilation compilation = TestDefinitions.compile(PARTS + LEFT + """
            online: true
            parts: [{groupBy: departures}]
            derivations: [{name: "*", expression: "*"}, {name: to, expression: upper(destination)}]
            labelPart: {groupBy: offline, keyMapping: {destination: origin}, startDays: 7, endDays: 7}
            """);
        assertThat(compilation.problems()).hasSize(1);
        assertThat(compilation.problems().get(0).toString()).contains("unknown column destination");
    }

    @Test
    void aJoinWhoseLabelsGroupByIsRefusedSaysNothingOfItsOwn() {
        Compilation compilation = TestDefinitions.compile("""
            kind: GroupBy
            name: broken
            sources: [{events: {table: flights}}]
            keys: [nothing]
            aggregations: [{inputColumn: delay, operation: sum, windows: [1d]}]
            ---
            kind: Join
            name: j
            left: {events: {table: flights, query: {timeColumn: ts}}}
            labelPart: {groupBy: broken, startDays: 1, endDays: 1}
            """);
        assertThat(compilation.problems()).hasSize(1);
        assertThat(compilation.problems().get(0).field()).isEqualTo("keys[0]");
        assertThat(compilation.catalog().joins()).isEmpty();
    }

    @Test
    void whatConcernsOfflineAloneHindersNoOnlineJoin() {
        Compilation compilation = TestDefinitions.compile(PARTS + """
            left: {entities: {snapshotTable: airports, query: {selects: {origin: airport}}}}
            online: true
            parts: [{groupBy: departures}]
            skewKeys: {origin: ["'ATL'"]}
            bootstrapParts: [{table: flights, keys: [origin]}]
            """);

        assertThat(compilation.problems()).isEmpty();
    }

    @Test
    void integersWidenAndUnmappedKeysKeepTheirNames() {
        Compilation compilation = TestDefinitions.compile(PARTS + """
            left: {events: {table: flights, query: {timeColumn: ts, selects: {code: CAST(delay AS SMALLINT)}}}}
            parts:
              - {groupBy: coded}
              - {groupBy: departures}
              - {groupBy: departures, prefix: to, keyMapping: {destination: origin}}
            labelPart: {groupBy: offline, startDays: 7, endDays: 7}
            """);

        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.catalog().join("j").orElseThrow().left())
                .hasToString("(code short, origin string, destination string)");
    }

    @Test
    void onlineJoinsDeriveFromOutputsKeysAndContextualFields() {
        Compilation compilation = TestDefinitions.compile(PARTS + LEFT + """
            online: true
            parts: [{groupBy: departures}]
            contextual: {delay: int, device: string}
            externalParts: [{name: weather, keys: {airport: string}, keyMapping: {destination: airport}, values: {wind: double}}]
            derivations:
              - {name: "*", expression: "*"}
              - {name: late, expression: "ext_contextual_delay > departures_delay_sum_1d AND origin <> 'ATL'"}
              - {name: day, expression: "concat(ds, destination)"}
              - {name: stormy, expression: ext_weather_wind > 60}
            """);

        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.warnings()).hasSize(1);
        assertThat(compilation.warnings().get(0).toString()).contains("contextual.device", "null in training data");
        assertThat(compilation.catalog().join("j").orElseThrow().left())
                .hasToString("(origin string, destination string, delay int)");
    }

    @Test
    void aJoinWhosePartIsRefusedSaysNothingOfItsOwn() {
        Compilation compilation = TestDefinitions.compile("""
            kind: GroupBy
            name: broken
            sources: [{events: {table: flights}}]
            keys: [nothing]
            aggregations: [{inputColumn: delay, operation: sum}]
            ---
            kind: Join
            name: j
            left: {events: {table: flights, query: {timeColumn: ts}}}
            parts: [{groupBy: broken}]
            """);

        assertThat(compilation.problems()).hasSize(1);
        assertThat(compilation.problems().get(0).field()).isEqualTo("keys[0]");
        assertThat(compilation.catalog().joins()).isEmpty();
    }
}
