package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.compiler.reader.DefinitionFiles;
import io.tilefold.compiler.reader.DefinitionSet;
import io.tilefold.compiler.reader.Located;
import io.tilefold.compiler.yaml.Problems;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The definitions of examples/flights, built in Java: the same as their YAML. */
final class ExampleDefinitionsTest {
    private static final Path EXAMPLES = Path.of("..", "examples", "flights", "definitions");
    private static final WarehouseSchemas FLIGHTS =
            WarehouseSchemas.of(Map.of("flights", new TableSchema(Warehouse.FLIGHTS)));

    private final Problems problems = new Problems();
    private final DefinitionSet yaml = DefinitionFiles.read(EXAMPLES, problems);

    private static Query.Builder flights(String... columns) {
        Query.Builder query = Query.builder().timeColumn("ts");
        for (String column : columns) {
            query.select(column, column);
        }
        return query;
    }

    private static GroupBy.Builder live(String name, String description, String tag) {
        return GroupBy.builder(name)
                .source(Source.events(
                        "flights",
                        "flights",
                        flights("origin", "destination", "delay").build()))
                .accuracy(Accuracy.TEMPORAL)
                .online(true)
                .metaData(new MetaData("flights", description, List.of(tag)));
    }

    /** One aggregation, without its windows. */
    private record Value(String input, String operation, OperationArgs args, Optional<String> bucket) {
        static Value of(String operation, String input) {
            return new Value(input, operation, OperationArgs.NONE, Optional.empty());
        }

        Aggregation over(List<String> windows) {
            Aggregation.Builder builder =
                    Aggregation.of(operation, input).args(args).windows(windows.toArray(String[]::new));
            bucket.ifPresent(builder::buckets);
            return builder.build();
        }
    }

    private static List<Value> delays() {
        List<Value> values = new ArrayList<>();
        for (String operation : List.of("count", "sum", "average", "min", "max", "first", "last")) {
            values.add(Value.of(operation, "delay"));
        }
        values.add(new Value("delay", "last_k", OperationArgs.k(5), Optional.empty()));
        values.add(new Value("delay", "top_k", OperationArgs.k(3), Optional.empty()));
        return values;
    }

    private static List<Value> counterparts(String column) {
        return List.of(
                Value.of("unique_count", column),
                new Value(column, "last_k", OperationArgs.k(5), Optional.empty()),
                new Value("delay", "average", OperationArgs.NONE, Optional.of(column)));
    }

    private static GroupBy withWindows(GroupBy.Builder groupBy, List<Value> values, String... windows) {
        for (List<String> each : List.of(List.of(windows), Collections.<String>emptyList())) {
            values.forEach(value -> groupBy.aggregate(value.over(each)));
        }
        return groupBy.build();
    }

    private static List<Value> concat(List<Value> first, List<Value> second) {
        List<Value> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private static List<GroupBy> groupBys() {
        String[] windows = {"1h", "6h", "1d", "7d", "30d"};
        List<Value> toAnywhere = concat(delays(), counterparts("destination"));
        List<Value> fromAnywhere = concat(concat(delays(), counterparts("origin")), counterparts("destination"));
        List<Value> daily = new ArrayList<>();
        for (String column : List.of("delay", "distance")) {
            daily.add(Value.of(column.equals("delay") ? "count" : "sum", column));
            daily.add(Value.of("average", column));
            daily.add(Value.of("max", column));
        }
        return List.of(
                withWindows(
                        live(
                                        "airport_arrivals",
                                        "Delays of the flights that come to an airport, and where they come from",
                                        "airport")
                                .keys("destination"),
                        fromAnywhere,
                        windows),
                withWindows(
                        GroupBy.builder("airport_daily")
                                .source(Source.events(
                                        "flights",
                                        Query.builder()
                                                .select("airport", "origin")
                                                .select("delay", "delay")
                                                .select("distance", "distance")
                                                .timeColumn("ts")
                                                .build()))
                                .keys("airport")
                                .accuracy(Accuracy.SNAPSHOT)
                                .online(true)
                                .metaData(new MetaData(
                                        "flights",
                                        "Delays and distances of the flights that leave an airport, refreshed daily",
                                        List.of("airport", "daily"))),
                        daily,
                        "7d",
                        "30d"),
                withWindows(
                        live(
                                        "airport_departures",
                                        "Delays of the flights that leave an airport, and where they go",
                                        "airport")
                                .keys("origin"),
                        toAnywhere,
                        windows),
                withWindows(
                        live("route", "Delays of the flights from one airport to another", "route")
                                .keys("origin", "destination"),
                        toAnywhere,
                        windows));
    }

    private static Join flightContext() {
        return Join.builder(
                        "flight_context",
                        Source.events(
                                "flights",
                                "flights",
                                flights("origin", "destination").build()))
                .part(JoinPart.of("airport_departures"))
                .part(JoinPart.of("airport_arrivals"))
                .part(JoinPart.of("route"))
                .part(new JoinPart("airport_daily", Map.of("origin", "airport"), Optional.of("origin")))
                .part(new JoinPart("airport_daily", Map.of("destination", "airport"), Optional.of("destination")))
                .online(true)
                .metaData(new MetaData("flights", "Delays around a flight that is about to leave", List.of("flight")))
                .build();
    }

    private static DefinitionSet built() {
        return DefinitionSet.of(
                groupBys().stream()
                        .map(groupBy -> Located.built("ExampleDefinitionsTest.java", groupBy))
                        .toList(),
                List.of(Located.built("ExampleDefinitionsTest.java", flightContext())));
    }

    @Test
    void javaAndYamlAreEqual() {
        assertThat(problems.sorted()).isEmpty();
        assertThat(yaml.groupBys()).extracting(Located::definition).containsExactlyElementsOf(groupBys());
        assertThat(yaml.joins()).extracting(Located::definition).containsExactly(flightContext());
    }

    @Test
    void javaAndYamlCompileToTheSameBytes() {
        Compilation fromYaml = DefinitionCompiler.compile(EXAMPLES, FLIGHTS);
        Compilation fromJava = DefinitionCompiler.compile(built(), FLIGHTS);

        assertThat(fromYaml.problems()).isEmpty();
        assertThat(CatalogCodec.encode(fromYaml.catalog())).isEqualTo(CatalogCodec.encode(fromJava.catalog()));
        assertThat(CatalogCodec.decode(CatalogCodec.encode(fromYaml.catalog()))).isEqualTo(fromYaml.catalog());
    }

    @Test
    void aColumnNobodyReadsChangesNoId() {
        Compilation compilation = DefinitionCompiler.compile(built(), FLIGHTS);
        Compilation withColumn = DefinitionCompiler.compile(built(), Warehouse.SCHEMAS);

        assertThat(withColumn.catalog()).isEqualTo(compilation.catalog());
        assertThat(compilation.catalog().groupBy("route").orElseThrow().sourceSchemas())
                .extracting(Object::toString)
                .containsExactly("(origin string, destination string, delay int, ts long)");
        assertThat(compilation.catalog().groupBy("route").orElseThrow().selected())
                .hasToString("(origin string, destination string, delay int)");
    }
}
