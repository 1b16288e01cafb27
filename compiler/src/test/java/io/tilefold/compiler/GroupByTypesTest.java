package io.tilefold.compiler;

import static io.tilefold.compiler.TestDefinitions.EVENTS;
import static io.tilefold.compiler.TestDefinitions.compile;
import static io.tilefold.compiler.TestDefinitions.events;
import static io.tilefold.compiler.TestDefinitions.groupBy;
import static io.tilefold.compiler.TestDefinitions.trips;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Schema;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SEMANTICS.md §9, GroupBy: one row per rule about columns, types and operations, the definition otherwise fine. */
final class GroupByTypesTest {
    @ParameterizedTest
    @MethodSource({"columns", "aggregations", "nested", "derivations"})
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
                        "k: 0",
                        "top_k: k is 0"),
                Refusal.of(
                        "k beyond what a sketch takes",
                        events("{inputColumn: delay, operation: approx_unique_count, args: {k: 21}}  #!"),
                        "aggregations[0].args",
                        "k: 21",
                        "approx_unique_count: k is 21: it must be from 4 to 20, or left out for 8"),
                Refusal.of(
                        "percentiles missing",
                        events("{inputColumn: delay, operation: approx_percentile}  #!"),
                        "aggregations[0].args",
                        "",
                        "approx_percentile: percentiles are missing",
                        "args: {percentiles: [0.5, 0.95]}"),
                Refusal.of(
                        "a percentile outside [0, 1]",
                        events(
                                "{inputColumn: delay, operation: approx_percentile, args: {percentiles: [0.5, 95]}}  #!"),
                        "aggregations[0].args",
                        "percentiles: [0.5, 95.0]",
                        "percentile 95.0 is not from 0 to 1"),
                Refusal.of(
                        "a bound that is too small",
                        events("{inputColumn: origin, operation: unique_count, args: {maxStateBytes: 100}}  #!"),
                        "aggregations[0].args.maxStateBytes",
                        "100",
                        "it must be from 1024 to 16777216",
                        "leave it out for 1048576"),
                Refusal.of(
                        "states that together may take more than a store holds",
                        groupBy(EVENTS + """
                                        keys: [origin]
                                        aggregations:
                                          - {inputColumn: delay, operation: sum}
                                          - {inputColumn: destination, operation: unique_count, args: {maxStateBytes: 16777216}}  #!
                                          - {inputColumn: destination, operation: histogram, args: {maxStateBytes: 16777216}}
                                        """),
                        "aggregations[1].args",
                        "maxStateBytes: 16777216",
                        "the 3 states of a key may take",
                        "write a smaller maxStateBytes",
                        "divide the aggregations among GroupBys"),
                Refusal.of(
                        "an argument the operation does not take",
                        events("{inputColumn: delay, operation: sum, args: {percentiles: [0.5]}}  #!"),
                        "aggregations[0].args",
                        "percentiles: [0.5]",
                        "sum: takes no percentiles"),
                Refusal.of(
                        "an operation that does not take the input's type",
                        events("{inputColumn: destination, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "destination",
                        "sum does not take destination of type string",
                        "it takes numeric"),
                Refusal.of(
                        "the problem of a later aggregation names it",
                        events(
                                "{inputColumn: delay, operation: sum}\n  - {inputColumn: origin, operation: average}  #!"),
                        "aggregations[1].inputColumn",
                        "origin",
                        "average does not take origin"),
                Refusal.of(
                        "a bucket that is no string",
                        events("{inputColumn: delay, operation: sum, buckets: [distance]}  #!"),
                        "aggregations[0].buckets",
                        "distance",
                        "bucket distance is of type int",
                        "CAST(distance AS STRING)"),
                Refusal.of(
                        "element-wise on no list",
                        events("{inputColumn: delay, operation: sum, elementWise: true}  #!"),
                        "aggregations[0].elementWise",
                        "true",
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

    static Stream<Refusal> nested() {
        return Stream.of(
                Refusal.of(
                        "an operation that does not take a list's elements",
                        trips("{inputColumn: legs, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "legs",
                        "sum does not take legs of type list<struct<stop:string>>",
                        "it takes numeric"),
                Refusal.of(
                        "an operation that does not take a map's values",
                        trips("{inputColumn: tags, operation: average}  #!"),
                        "aggregations[0].inputColumn",
                        "tags",
                        "average does not take tags of type map<string,string>"),
                Refusal.of(
                        "element-wise on a list of structs",
                        trips("{inputColumn: legs, operation: count, elementWise: true}  #!"),
                        "aggregations[0].elementWise",
                        "true",
                        "legs is of type list<struct<stop:string>>, not a list of scalars",
                        "remove it"),
                Refusal.of(
                        "element-wise with an operation that takes lists whole",
                        trips("{inputColumn: fares, operation: last, elementWise: true}  #!"),
                        "aggregations[0].elementWise",
                        "true",
                        "last takes a list whole",
                        "not for first and last kinds"),
                Refusal.of(
                        "element-wise with buckets",
                        trips("{inputColumn: fares, operation: sum, elementWise: true, buckets: [zone]}  #!"),
                        "aggregations[0].buckets",
                        "zone",
                        "elementWise with buckets",
                        "remove one of the two"),
                Refusal.of(
                        "a bucket with a map",
                        trips("{inputColumn: tips, operation: sum, buckets: [zone]}  #!"),
                        "aggregations[0].buckets",
                        "zone",
                        "tips is of type map<string,double>: a map takes no buckets",
                        "remove buckets"),
                Refusal.of(
                        "a bucket that is a list",
                        trips("{inputColumn: zone, operation: last, buckets: [fares]}  #!"),
                        "aggregations[0].buckets",
                        "fares",
                        "bucket fares is of type list<double>"),
                Refusal.of(
                        "a list of a type that is not Tilefold's",
                        trips("{inputColumn: prices, operation: sum}  #!"),
                        "aggregations[0].inputColumn",
                        "`prices`",
                        "column prices of table trips is of type array<decimal(10,2)>",
                        "CAST(prices AS array<double>)"),
                Refusal.of(
                        "a struct with fields that are not Tilefold's",
                        trips("{inputColumn: stops, operation: last}  #!"),
                        "aggregations[0].inputColumn",
                        "`stops`",
                        "CAST(stops AS struct<date:string,at:array<string>>)"),
                Refusal.of(
                        "a map with other keys",
                        trips("{inputColumn: seats, operation: last}  #!"),
                        "aggregations[0].inputColumn",
                        "`seats`",
                        "CAST(seats AS map<string,bigint>)"),
                Refusal.of(
                        "a select that makes a list of decimals",
                        groupBy("""
                                sources:
                                  - events:
                                      table: trips
                                      query:
                                        timeColumn: ts
                                        selects: {rider: rider, cut: "transform(fares, f -> CAST(f AS DECIMAL(9,2)))"}  #!
                                keys: [rider]
                                aggregations: [{inputColumn: cut, operation: sum}]
                                """),
                        "sources[0].events.query.selects.cut",
                        "transform(fares, f -> CAST(f AS DECIMAL(9,2)))",
                        "its type array<decimal(9,2)> is not one of Tilefold's",
                        "AS ARRAY<DOUBLE>)"));
    }

    @Test
    void listsMapsAndStructsCompileToTheTypesOfTheContract() {
        String yaml = trips("{inputColumn: fares, operation: sum}") + """
                  - {inputColumn: fares, operation: average, elementWise: true, windows: [7d]}
                  - {inputColumn: fares, operation: count, buckets: [zone], windows: [7d]}
                  - {inputColumn: tips, operation: last_k, args: {k: 2}}
                  - {inputColumn: tips, operation: max}
                  - {inputColumn: legs, operation: last}
                  - {inputColumn: legs, operation: count}
                """;
        Compilation compilation = compile(yaml);
        assertThat(compilation.problems()).isEmpty();
        CompiledGroupBy groupBy = compilation.catalog().groupBys().get(0);
        Schema outputs =
                GroupByPlan.compile(groupBy.definition(), groupBy.selected()).outputSchema();
        assertThat(outputs.toString())
                .isEqualTo("(fares_sum double, fares_average_7d list<double>, fares_count_7d_by_zone map<string,long>,"
                        + " tips_last2 list<map<string,double>>, tips_max map<string,double>,"
                        + " legs_last list<struct<stop:string>>, legs_count long)");
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
