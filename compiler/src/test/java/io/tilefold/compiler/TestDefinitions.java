package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.compiler.reader.DefinitionFiles;
import io.tilefold.compiler.yaml.Problems;

/** Definitions as text, to be made wrong in one place, and what the compiler says of them. */
final class TestDefinitions {
    static final String EVENTS = """
            sources: [{events: {table: flights, topic: flights, query: {timeColumn: ts}}}]
            """;

    static String groupBy(String fields) {
        return "kind: GroupBy\nname: g\n" + fields;
    }

    static String events(String aggregation) {
        return groupBy(EVENTS + "keys: [origin]\naggregations:\n  - " + aggregation + "\n");
    }

    /** Over a table with lists, maps and structs. */
    static String trips(String aggregation) {
        return groupBy("sources: [{events: {table: trips, topic: trips, query: {timeColumn: ts}}}]\n"
                + "keys: [rider]\naggregations:\n  - " + aggregation + "\n");
    }

    private TestDefinitions() {}

    /** Compiles text that the readers find nothing wrong with. */
    static Compilation compile(String yaml) {
        Problems problems = new Problems();
        Compilation compilation =
                DefinitionCompiler.compile(DefinitionFiles.parse("f.yaml", yaml, problems), Warehouse.SCHEMAS);
        assertThat(problems.sorted()).as("problems of reading").isEmpty();
        return compilation;
    }
}
