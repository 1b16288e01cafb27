package io.tilefold.compiler;

import static io.tilefold.compiler.TestDefinitions.EVENTS;
import static io.tilefold.compiler.TestDefinitions.compile;
import static io.tilefold.compiler.TestDefinitions.events;
import static io.tilefold.compiler.TestDefinitions.groupBy;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SEMANTICS.md §9, GroupBy: one row per rule about columns, types and operations, the definition otherwise fine. */
final class GroupByTypesTest {
    @ParameterizedTest
    @MethodSource({"columns", "aggregations", "derivations"})
    void refuses(Refusal row) {
        row.assertFound(compile(row.yaml()).problems());
    }

    static Stream<Refusal> columns() {
        return Stream.of(
                Refusal.of(
                        "no key",
                        groupBy(EVENTS + "keys: []  #!\naggregations: [{inputColumn: delay, operation: sum}]\n"),
                        "keys",
                        "",
                        "there is no key"),
                Refusal.of(
                        "a key twice",
                        groupBy(EVENTS
                                + "keys: [origin, origin]  #!\naggregations: [{inputColumn: delay, operation: sum}]\n"),
                        "keys[1]",
                        "origin",
                        "is a key twice"),
                Refusal.of(
                        "a key that does not exist",
                        groupBy(EVENTS + "keys: [orign]  #!\naggregations: [{inputColumn: delay, operation: sum}]\n"),
                        "keys[0]",
                        "orign",
                        "is neither selected nor a column of table flights",
                        "did you mean origin?"),
                Refusal.of(
                        "an input that does not exist",
                        events("{inputColumn: lateness, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "lateness",
                        "is neither selected nor a column of table flights",
                        "there are delay, destination"),
                Refusal.of(
                        "a bucket that does not exist",
                        events("{inputColumn: delay, operation: sum, buckets: [carrier]}  #!"),
                        "aggregations[0].buckets[0]",
                        "carrier",
                        "is neither selected nor a column of table flights"),
                Refusal.of(
                        "a select of a column that does not exist",
                        groupBy("""
                                sources:
                                  - events:
                                      table: flights
                                      query:
                                        timeColumn: ts
                                        selects:
                                          origin: origin
                                          delay: dely * 2  #!
                                keys: [origin]
                                aggregations: [{inputColumn: delay, operation: sum}]
                                """),
                        "sources[0].events.query.selects.delay",
                        "dely * 2",
                        "unknown column dely (did you mean delay?)",
                        "table flights"),
                Refusal.of(
                        "a select that is no SQL",
                        groupBy("""
                                sources:
                                  - events:
                                      table: flights
                                      query:
                                        timeColumn: ts
                                        selects: {delay: delay +}  #!
                                keys: [origin]
                                aggregations: [{inputColumn: delay, operation: sum}]
                                """),
                        "sources[0].events.query.selects.delay",
                        "delay +",
                        "write one Spark SQL expression"),
                Refusal.of(
                        "a column of a type that is not Tilefold's",
                        events("{inputColumn: fare, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "`fare`",
                        "column fare of table flights is of type decimal(10,2)",
                        "CAST(fare AS DOUBLE)"),
                Refusal.of(
                        "names that differ in case",
                        groupBy("""
                                sources: [{events: {table: flights, query: {timeColumn: ts, selects: {Late: delay}}}}]
                                keys: [origin]
                                aggregations:
                                  - {inputColumn: late, operation: sum}  #!
                                """),
                        "aggregations[0].inputColumn",
                        "late",
                        "is selected as Late"),
                Refusal.of(
                        "a where that is no condition",
                        groupBy("""
                                sources:
                                  - events:
                                      table: flights
                                      query:
                                        timeColumn: ts
                                        wheres:
                                          - delay > 0
                                          - delay  #!
                                keys: [origin]
                                aggregations: [{inputColumn: delay, operation: sum}]
                                """),
                        "sources[0].events.query.wheres[1]",
                        "delay",
                        "a condition is boolean, this is int"),
                Refusal.of(
                        "a key of a type that is no key type",
                        groupBy("""
                                sources: [{entities: {snapshotTable: airports}}]
                                keys: [names]  #!
                                aggregations: [{inputColumn: runways, operation: sum}]
                                """),
                        "keys[0]",
                        "names",
                        "is of type list<string>",
                        "a key is boolean, numeric, string or binary"));
    }

    static Stream<Refusal> aggregations() {
        return Stream.of(
                Refusal.of(
                        "k missing",
                        events("{inputColumn: delay, operation: last_k}  #!"),
                        "aggregations[0].args",
                        "",
                        "last_k: k is missing"),
                Refusal.of(
                        "k below 1",
                        events("{inputColumn: delay, operation: top_k, args: {k: 0}}  #!"),
                        "aggregations[0].args",
                        "",
                        "top_k: k is 0"),
                Refusal.of(
                        "an argument the operation does not take",
                        events("{inputColumn: delay, operation: sum, args: {percentiles: [0.5]}}  #!"),
                        "aggregations[0].args",
                        "",
                        "sum: takes no percentiles"),
                Refusal.of(
                        "an operation that does not take the input's type",
                        events("{inputColumn: destination, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "",
                        "sum does not take destination of type string",
                        "it takes numeric"),
                Refusal.of(
                        "the problem of a later aggregation names it",
                        events(
                                "{inputColumn: delay, operation: sum}\n  - {inputColumn: origin, operation: average}  #!"),
                        "aggregations[1].inputColumn",
                        "",
                        "average does not take origin"),
                Refusal.of(
                        "a bucket that is no string",
                        events("{inputColumn: delay, operation: sum, buckets: [distance]}  #!"),
                        "aggregations[0].buckets",
                        "",
                        "bucket distance is of type int",
                        "CAST(distance AS STRING)"),
                Refusal.of(
                        "element-wise on no list",
                        events("{inputColumn: delay, operation: sum, elementWise: true}  #!"),
                        "aggregations[0].elementWise",
                        "",
                        "delay is of type int, not a list"),
                Refusal.of(
                        "equal output names",
                        groupBy(EVENTS + """
                                        keys: [origin]
                                        aggregations:  #!
                                          - {inputColumn: delay, operation: sum, windows: [7d]}
                                          - {inputColumn: delay, operation: sum, windows: [1d, 7d]}
                                        """),
                        "aggregations",
                        "",
                        "two outputs are named delay_sum_7d"));
    }

    static Stream<Refusal> derivations() {
        String base = EVENTS + "keys: [origin]\naggregations: [{inputColumn: delay, operation: sum}]\nderivations:\n";
        return Stream.of(
                Refusal.of(
                        "derivations over unknown columns",
                        groupBy(base + "  - {name: twice, expression: delay_smu * 2}  #!\n"),
                        "derivations[0].expression",
                        "delay_smu * 2",
                        "unknown column delay_smu (did you mean delay_sum?)"),
                Refusal.of(
                        "derivations never read each other",
                        groupBy(base
                                + "  - {name: twice, expression: delay_sum * 2}\n  - {name: four, expression: twice * 2}"
                                + "  #!\n"),
                        "derivations[1].expression",
                        "twice * 2",
                        "unknown column twice"),
                Refusal.of(
                        "a derived name that is kept",
                        groupBy(
                                base
                                        + "  - {name: \"*\", expression: \"*\"}\n  - {name: delay_sum, expression: \"1\"}  #!\n"),
                        "derivations[1].name",
                        "delay_sum",
                        "is the name of another column"),
                Refusal.of(
                        "a derived name that is the key's",
                        groupBy(base + "  - {name: origin, expression: upper(origin)}  #!\n"),
                        "derivations[0].name",
                        "origin",
                        "is the name of another column"));
    }
}
