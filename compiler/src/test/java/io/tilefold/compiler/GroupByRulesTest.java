package io.tilefold.compiler;

import static io.tilefold.compiler.TestDefinitions.EVENTS;
import static io.tilefold.compiler.TestDefinitions.compile;
import static io.tilefold.compiler.TestDefinitions.events;
import static io.tilefold.compiler.TestDefinitions.groupBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SEMANTICS.md §9, GroupBy: one row per rule about its form, the definition otherwise fine. */
final class GroupByRulesTest {

    @ParameterizedTest
    @MethodSource({"sources", "time", "entities", "unserved"})
    void refuses(Refusal row) {
        row.assertFound(compile(row.yaml()).problems());
    }

    @ParameterizedTest
    @MethodSource("warned")
    void warns(Refusal row) {
        Compilation compilation = compile(row.yaml());
        assertThat(compilation.problems()).isEmpty();
        row.assertFound(compilation.warnings());
    }

    static Stream<Refusal> sources() {
        return Stream.of(
                Refusal.of(
                        "no source",
                        groupBy("sources: []  #!\nkeys: [origin]\n"),
                        "sources",
                        "",
                        "there is no source",
                        "give at least one"),
                Refusal.of(
                        "mixed events and entities",
                        groupBy("""
                            sources:
                              - {events: {table: flights, query: {selects: {airport: origin, n: delay}}}}
                              - {entities: {snapshotTable: airports, query: {selects: {n: runways}}}}  #!
                            keys: [airport]
                            aggregations: [{inputColumn: n, operation: sum}]
                            """),
                        "sources[1]",
                        "airports",
                        "events and entities are mixed",
                        "this is entities, the first is events"),
                Refusal.of(
                        "sources that select different types",
                        groupBy("""
                            sources:
                              - {events: {table: flights, query: {timeColumn: ts}}}
                              - events:
                                  table: flights
                                  query:
                                    timeColumn: ts
                                    selects: {delay: CAST(delay AS DOUBLE)}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[1].events.query.selects.delay",
                        "delay",
                        "is of type double, in the first source of type int"),
                Refusal.of(
                        "sources that select different columns",
                        groupBy("""
                            sources:
                              - {events: {table: flights, query: {timeColumn: ts}}}
                              - {events: {table: airports, query: {timeColumn: updated_ms, selects: {origin: airport}}}}
                            keys: [origin]
                            aggregations:
                              - {inputColumn: delay, operation: sum}  #!
                            """),
                        "aggregations[0].inputColumn",
                        "delay",
                        "is neither selected nor a column of table airports",
                        "there are"),
                Refusal.of(
                        "more than one streaming source",
                        groupBy("""
                            sources:
                              - {events: {table: flights, topic: one, query: {timeColumn: ts}}}
                              - events:  #!
                                  {table: flights, topic: two, query: {timeColumn: ts}}
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[1].events",
                        "two",
                        "is a second streaming source"),
                Refusal.of(
                        "a join source whose parent's left has no topic",
                        parentJoin("{table: flights, query: {selects: {origin: origin, delay: delay}, timeColumn: ts}}")
                                + groupBy("""
                            sources:
                              - join:
                                  join: parent  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].join.join",
                        "parent",
                        "the left of the parent join has no topic"),
                Refusal.of(
                        "a join source whose parent does not exist",
                        parentJoin("{table: flights, topic: flights, query: {timeColumn: ts}}") + groupBy("""
                            sources:
                              - join:
                                  columns: {origin: string, delay: int}
                                  join: paernt  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].join.join",
                        "paernt",
                        "there is no such join",
                        "did you mean parent?"),
                Refusal.of(
                        "a table that is missing",
                        groupBy("""
                            sources:
                              - events:
                                  table: fligths  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.table",
                        "fligths",
                        "there is no such table",
                        "did you mean flights?"),
                Refusal.of(
                        "SNAPSHOT events with a topic",
                        groupBy("""
                            sources:
                              - events:
                                  table: flights
                                  topic: flights  #!
                            keys: [origin]
                            accuracy: SNAPSHOT
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.topic",
                        "flights",
                        "SNAPSHOT values do not follow a topic",
                        "accuracy: TEMPORAL"));
    }

    private static String parentJoin(String left) {
        return "kind: Join\nname: parent\nleft: {events: " + left + "}\n---\n";
    }

    static Stream<Refusal> time() {
        return Stream.of(
                Refusal.of(
                        "ts selected as something else than the time column",
                        groupBy("""
                            sources:
                              - events:
                                  table: flights
                                  query:
                                    timeColumn: ts
                                    selects:
                                      ts: ts / 1000  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.selects.ts",
                        "ts / 1000",
                        "selected as something else than the time column"),
                Refusal.of(
                        "TEMPORAL events without time column",
                        groupBy("""
                            sources:
                              - events: {table: flights, topic: flights}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.timeColumn",
                        "",
                        "TEMPORAL events need a time",
                        "give query.timeColumn"),
                Refusal.of(
                        "cumulative events without time column",
                        groupBy("""
                            sources:
                              - events: {table: flights, cumulative: true}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.timeColumn",
                        "",
                        "cumulative events need a time"),
                Refusal.of(
                        "a time column that is no whole number",
                        groupBy("""
                            sources:
                              - events: {table: flights, query: {timeColumn: ts / 1000}}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.timeColumn",
                        "ts / 1000",
                        "is of type double, not epoch milliseconds"),
                Refusal.of(
                        "events with a mutation column",
                        groupBy("""
                            sources:
                              - events: {table: flights, query: {timeColumn: ts, mutationTimeColumn: ts}}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.mutationTimeColumn",
                        "ts",
                        "events have no mutations"),
                Refusal.of(
                        "events with a reversal column",
                        groupBy("""
                            sources:
                              - events: {table: flights, query: {timeColumn: ts, reversalColumn: is_before}}  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.reversalColumn",
                        "is_before",
                        "events have no mutations"),
                Refusal.of(
                        "hour windows with SNAPSHOT",
                        groupBy("""
                            sources: [{events: {table: flights}}]
                            keys: [origin]
                            aggregations:
                              - {inputColumn: delay, operation: sum, windows: [1d, 24h]}  #!
                            """),
                        "aggregations[0].windows[1]",
                        "24h",
                        "is a window of hours",
                        "SNAPSHOT"),
                Refusal.of(
                        "hour windows with backfillStartDate",
                        groupBy(EVENTS + """
                            keys: [origin]
                            backfillStartDate: 2001-01-01
                            aggregations:
                              - {inputColumn: delay, operation: sum, windows: [1d, 6h]}  #!
                            """),
                        "aggregations[0].windows[1]",
                        "6h",
                        "is a window of hours",
                        "backfillStartDate"));
    }

    static Stream<Refusal> entities() {
        return Stream.of(
                Refusal.of(
                        "TEMPORAL entities without a mutation source",
                        groupBy("""
                            sources:
                              - entities: {snapshotTable: airports}  #!
                            keys: [airport]
                            accuracy: TEMPORAL
                            aggregations: [{inputColumn: runways, operation: sum}]
                            """),
                        "sources[0].entities.mutationTable",
                        "",
                        "is missing",
                        "TEMPORAL entities need mutationTable"),
                Refusal.of(
                        "online TEMPORAL entities without a mutation topic",
                        groupBy("""
                            online: true
                            sources:
                              - entities: {snapshotTable: airports, mutationTable: airport_mutations}  #!
                            keys: [airport]
                            accuracy: TEMPORAL
                            aggregations: [{inputColumn: runways, operation: sum}]
                            """),
                        "sources[0].entities.mutationTopic",
                        "",
                        "is missing",
                        "mutationTopic to be online"),
                Refusal.of(
                        "a mutation topic without a mutation table, which makes TEMPORAL",
                        groupBy("""
                            sources:
                              - entities: {snapshotTable: airports, mutationTopic: airports}  #!
                            keys: [airport]
                            aggregations: [{inputColumn: runways, operation: sum}]
                            """),
                        "sources[0].entities.mutationTable",
                        "",
                        "is missing"),
                Refusal.of(
                        "two mutation topics",
                        groupBy("""
                            sources:
                              - entities: {snapshotTable: airports, mutationTable: m, mutationTopic: airports}
                              - entities: {snapshotTable: airports, mutationTable: m, mutationTopic: others}  #!
                            keys: [airport]
                            aggregations: [{inputColumn: runways, operation: sum}]
                            """),
                        "sources[1].entities",
                        "others",
                        "is a second streaming source"),
                Refusal.of(
                        "windowed entities without time column",
                        groupBy("""
                            sources: [{entities: {snapshotTable: airports}}]
                            keys: [airport]
                            aggregations:
                              - {inputColumn: runways, operation: sum, windows: [7d]}  #!
                            """),
                        "aggregations[0].windows",
                        "7d",
                        "windows over entities need a time"),
                Refusal.of(
                        "entities with first/last kinds without time column",
                        groupBy("""
                            sources: [{entities: {snapshotTable: airports}}]
                            keys: [airport]
                            aggregations:
                              - {inputColumn: runways, operation: last_k, args: {k: 2}}  #!
                            """),
                        "aggregations[0].operation",
                        "last_k",
                        "needs a time"),
                Refusal.of(
                        "no aggregations over events",
                        groupBy(EVENTS + "keys: [origin]\naggregations: []  #!\n"),
                        "aggregations",
                        "",
                        "there is no aggregation"),
                Refusal.of(
                        "no aggregations over entities with mutations",
                        groupBy("""
                            sources: [{entities: {snapshotTable: airports, mutationTable: airport_mutations}}]
                            keys: [airport]
                            aggregations: []  #!
                            """),
                        "aggregations",
                        "",
                        "there is no aggregation",
                        "only entities without mutations"),
                Refusal.of(
                        "a view where mutations come",
                        groupBy("""
                            online: true
                            sources:
                              - entities:
                                  snapshotTable: airports
                                  mutationTable: airport_mutations
                                  mutationTopic: airports
                                  query:
                                    setups:
                                      - CREATE TEMPORARY FUNCTION wide(x INT) RETURN x > 2
                                      - CREATE TEMPORARY VIEW v AS SELECT 1  #!
                            keys: [airport]
                            aggregations: [{inputColumn: runways, operation: sum}]
                            """),
                        "sources[0].entities.query.setups[1]",
                        "CREATE TEMPORARY VIEW v AS SELECT 1",
                        "a setup that declares no function, for a source with a topic, is not served by this version"));
    }

    static Stream<Refusal> unserved() {
        String sum = "aggregations: [{inputColumn: delay, operation: sum}]\n";
        return Stream.of(Refusal.of(
                "a view where events come",
                groupBy("""
                            online: true
                            sources:
                              - events: {table: flights, topic: flights, query: {setups: [CACHE TABLE t], timeColumn: ts}}  #!
                            keys: [origin]
                            """ + sum),
                "sources[0].events.query.setups[0]",
                "CACHE TABLE t",
                "a setup that declares no function, for a source with a topic, is not served by this version"));
    }

    @Test
    void servesEntitiesCumulativeTablesAndSetupsOfBatch() {
        Compilation compilation = TestDefinitions.compile(groupBy("""
            online: true
            sources: [{entities: {snapshotTable: airports}}]
            keys: [airport]
            """) + "---\nkind: GroupBy\nname: summed\n" + """
            online: true
            sources: [{entities: {snapshotTable: airports, query: {setups: [CACHE TABLE airports]}}}]
            keys: [airport]
            aggregations: [{inputColumn: runways, operation: sum}]
            ---
            kind: GroupBy
            name: of_all_days
            online: true
            sources: [{events: {table: flights, cumulative: true, query: {timeColumn: ts}}}]
            keys: [origin]
            aggregations: [{inputColumn: delay, operation: sum}]
            """);

        assertThat(compilation.problems()).isEmpty();
    }

    @Test
    void servesMutationsAsTheyHappenAndOnlyWhereTheValueIsTemporal() {
        String mutated = """
            online: true
            sources:
              - entities:
                  snapshotTable: airports
                  mutationTable: airport_mutations
                  mutationTopic: airport_changes
                  query: {selects: {airport: UPPER(airport), wide: runways > 2}, timeColumn: updated_ms}
            keys: [airport]
            aggregations:
              - {inputColumn: code, operation: sum, windows: [6h, 30d]}
              - {inputColumn: wide, operation: count}
            """;
        Compilation compilation = TestDefinitions.compile(groupBy(mutated)
                + "---\nkind: GroupBy\nname: daily\naccuracy: SNAPSHOT\n"
                + mutated.replace("6h, ", "").replace("query: {", "query: {setups: [CACHE TABLE airports], ")
                + """
            ---
            kind: Join
            name: j
            online: true
            left: {events: {table: flights, query: {timeColumn: ts}}}
            parts:
              - {groupBy: g, keyMapping: {origin: airport}}
              - {groupBy: daily, keyMapping: {origin: airport}}
            """);

        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.warnings()).isEmpty();
        CompiledGroupBy served = compilation.catalog().groupBy("g").orElseThrow();
        assertThat(served.definition().accuracy()).isEqualTo(Accuracy.TEMPORAL);
        assertThat(served.definition().isMutable()).isTrue();
        assertThat(served.sourceSchemas().get(0).names())
                .as("what an image must have: the columns that the query reads, none of the mutation table's own")
                .containsExactlyInAnyOrder("airport", "runways", "updated_ms", "code");
        CompiledGroupBy daily = compilation.catalog().groupBy("daily").orElseThrow();
        assertThat(daily.definition().isMutable()).isFalse();
    }

    @Test
    void saysNothingOfTakeBacksWhereNothingIsTakenBack() {
        Compilation compilation = TestDefinitions.compile(groupBy("""
            sources: [{entities: {snapshotTable: airports, mutationTable: airport_mutations}}]
            keys: [airport]
            accuracy: SNAPSHOT
            aggregations: [{inputColumn: runways, operation: max}]
            """));

        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.warnings()).isEmpty();
    }

    static Stream<Refusal> warned() {
        return Stream.of(
                Refusal.of(
                        "an unbounded operation",
                        events("{inputColumn: destination, operation: unique_count}  #!"),
                        "aggregations[0].operation",
                        "unique_count",
                        "its state grows"),
                Refusal.of(
                        "an operation without take-back over mutations",
                        groupBy("""
                            sources: [{entities: {snapshotTable: airports, mutationTable: airport_mutations}}]
                            keys: [airport]
                            accuracy: TEMPORAL
                            aggregations:
                              - {inputColumn: runways, operation: max}  #!
                            """),
                        "aggregations[0].operation",
                        "max",
                        "cannot take back"),
                Refusal.of(
                        "x != null",
                        groupBy("""
                            sources:
                              - events:
                                  table: flights
                                  query:
                                    timeColumn: ts
                                    wheres: ["delay != null"]  #!
                            keys: [origin]
                            aggregations: [{inputColumn: delay, operation: sum}]
                            """),
                        "sources[0].events.query.wheres[0]",
                        "delay != null",
                        "compares with null, which is never true",
                        "IS NOT NULL"));
    }
}
