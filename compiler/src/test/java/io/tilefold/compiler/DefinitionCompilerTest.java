package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.catalog.CatalogFormatException;
import io.tilefold.catalog.TypeCodec;
import io.tilefold.compiler.WarehouseSchemas.TableSchema;
import io.tilefold.compiler.reader.DefinitionFiles;
import io.tilefold.compiler.yaml.Problems;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.proto.catalog.v1.OtherColumn;
import io.tilefold.proto.catalog.v1.TableSchemas;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DefinitionCompilerTest {
    private static final String ROUTE = """
            kind: GroupBy
            name: route
            sources:
              - events:
                  table: flights
                  topic: flights
                  query: {selects: {late: distance > 150, delay: delay * 1.5D}, timeColumn: ts}
            keys: [origin, destination]
            aggregations:
              - {inputColumn: delay, operation: sum, windows: [7d], buckets: [destination]}
              - {inputColumn: late, operation: count}
            """;
    private static final String CONTEXT = """
            ---
            kind: Join
            name: context
            left: {events: {table: flights, query: {timeColumn: ts}}}
            parts: [{groupBy: route}]
            """;

    private static Compilation compile(String yaml, WarehouseSchemas warehouse) {
        Problems problems = new Problems();
        Compilation compilation =
                DefinitionCompiler.compile(DefinitionFiles.parse("f.yaml", yaml, problems), warehouse);
        assertThat(problems.sorted()).isEmpty();
        return compilation;
    }

    private static CompiledGroupBy route(String yaml) {
        Compilation compilation = compile(yaml, Warehouse.SCHEMAS);
        assertThat(compilation.problems()).isEmpty();
        return compilation.catalog().groupBy("route").orElseThrow();
    }

    private static DefinitionId context(String yaml) {
        return compile(yaml, Warehouse.SCHEMAS)
                .catalog()
                .join("context")
                .orElseThrow()
                .id();
    }

    @Test
    void selectsKeysThenInputsAndBucketsInOrderOfUse() {
        assertThat(route(ROUTE).selected())
                .hasToString("(origin string, destination string, delay double, late boolean)");
        assertThat(route(ROUTE).sourceSchemas())
                .extracting(Object::toString)
                .as("what the query reads of the table")
                .containsExactly("(distance int, delay int, ts long, origin string, destination string)");
    }

    @Test
    void metadataChangesNoIdAndAWindowDoes() {
        DefinitionId id = route(ROUTE).id();
        String described = ROUTE + "metaData: {team: flights, description: words, tags: [a]}\nproduction: true\n";
        String longer = ROUTE.replace("7d", "8d");
        String configured = ROUTE.replace("delay * 1.5D", "delay * 2.5D");

        assertThat(route(described).id()).isEqualTo(id);
        assertThat(route(longer).id()).isNotEqualTo(id);
        assertThat(route(configured).id()).isNotEqualTo(id);
        assertThat(route(ROUTE.replace(
                                "late: distance > 150, delay: delay * 1.5D",
                                "delay: delay * 1.5D, late: distance > 150"))
                        .id())
                .as("selects in another order")
                .isEqualTo(id);
    }

    @Test
    void aJoinsIdFollowsItsParts() {
        DefinitionId id = context(ROUTE + CONTEXT);

        assertThat(context(ROUTE + "metaData: {team: t}\n" + CONTEXT)).isEqualTo(id);
        assertThat(context(ROUTE.replace("7d", "8d") + CONTEXT)).isNotEqualTo(id);
    }

    @Test
    void columnsAreThoseOfTheSourceElseDeclaredElseTheWarehouses() {
        String source = ROUTE.replace(
                "topic: flights",
                "columns: {ts: bigint, origin: int, destination: string, delay: long, distance: int}\n      topic: flights");
        String table = """
                ---
                kind: Table
                name: flights
                columns: {ts: bigint, origin: long, destination: string, delay: long, distance: int}
                """;

        assertThat(route(ROUTE + table).selected())
                .hasToString("(origin long, destination string, delay double, late boolean)");
        assertThat(route(source + table).selected())
                .hasToString("(origin int, destination string, delay double, late boolean)");
        assertThat(compile(source, WarehouseSchemas.none()).problems()).isEmpty();
        assertThat(compile(ROUTE, WarehouseSchemas.none()).problems())
                .singleElement()
                .hasToString(
                        "f.yaml:5: sources[0].events.table = \"flights\": there is no such table; the warehouse does"
                                + " not list it: create it, or give its columns as columns: {..}");
    }

    @Test
    void describedTablesComeFromTheDescribeJob() {
        TableSchemas described = TableSchemas.newBuilder()
                .addTables(io.tilefold.proto.catalog.v1.TableSchema.newBuilder()
                        .setTable("flights")
                        .setColumns(TypeCodec.toProto(Warehouse.FLIGHTS))
                        .addOtherColumns(
                                OtherColumn.newBuilder().setName("fare").setSparkType("decimal(10,2)")))
                .build();

        WarehouseSchemas schemas = DescribedTables.parse(described.toByteArray());

        assertThat(schemas.find("flights"))
                .hasValue(new TableSchema(Warehouse.FLIGHTS, Map.of("fare", "decimal(10,2)")));
        assertThat(schemas.find("airports")).isEmpty();
        assertThatThrownBy(() -> DescribedTables.parse(new byte[] {1, 2, 3}))
                .isInstanceOf(CatalogFormatException.class)
                .hasMessageContaining("3 bytes are no table schemas");
    }

    @Test
    void allProblemsOfADirectoryAreFoundSortedByFileAndLine(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("a.yaml"), ROUTE.replace("keys: [origin,", "keys: [orign,") + CONTEXT);
        Files.writeString(
                directory.resolve("b.yaml"),
                ROUTE.replace("name: route", "name: other")
                        .replace("delay * 1.5D", "delay +")
                        .replace("inputColumn: late", "inputColumn: ltae"));
        Files.writeString(directory.resolve("c.yaml"), "kind: Gruop\n");

        Compilation compilation = DefinitionCompiler.compile(directory, Warehouse.SCHEMAS);

        assertThat(compilation.isRefused()).isTrue();
        assertThat(compilation.problems())
                .extracting(
                        problem -> Path.of(problem.file()).getFileName() + ":" + problem.line() + " " + problem.field())
                .containsExactly(
                        "a.yaml:8 keys[0]",
                        "b.yaml:7 sources[0].events.query.selects.delay",
                        "b.yaml:11 aggregations[1].inputColumn",
                        "c.yaml:1 kind");
    }

    @Test
    void aDefinitionThatDoesNotReadLeavesJoinsOfItUncompiled(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("a.yaml"), ROUTE.replace("operation: sum", "operation: smu") + CONTEXT);

        Compilation compilation = DefinitionCompiler.compile(directory, Warehouse.SCHEMAS);

        assertThat(compilation.problems())
                .extracting(problem -> problem.line() + " " + problem.field())
                .as("the typo, and nothing about the join that uses it")
                .containsExactly("10 aggregations[0].operation");
    }
}
