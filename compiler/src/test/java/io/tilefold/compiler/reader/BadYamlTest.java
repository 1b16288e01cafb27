package io.tilefold.compiler.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.compiler.yaml.Problem;
import io.tilefold.compiler.yaml.Problems;
import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the readers refuse before any rule is looked at. */
final class BadYamlTest {
    private final Problems problems = new Problems();

    private List<String> read(String yaml) {
        DefinitionFiles.parse("team/flights.yaml", yaml, problems);
        return problems.sorted().stream().map(Problem::toString).toList();
    }

    @Test
    void everyProblemOfAGroupByIsFoundAtOnce() {
        assertThat(read("""
                        kind: GroupBy
                        nmae: x
                        metaData: {team: t, tags: one}
                        sources:
                          - events:
                              tabel: flights
                              columns: {ts: lnog}
                              query:
                                selects: [a]
                                where: ["a > 1"]
                                startPartition: yesterday
                          - {events: {table: a}, entities: {snapshotTable: b}}
                          - {}
                        accuracy: TEMPORALLY
                        online: "yes"
                        aggregations:
                          - {inputColumn: delay, operation: summ, windows: [1h, 90m]}
                          - {operation: last_k, args: {k: five}}
                          - {inputColumn: delay, operation: approx_thing}
                        """))
                .containsExactly(
                        "team/flights.yaml:1: keys: is missing; give the columns that make the key, for example keys:"
                                + " [user_id]",
                        "team/flights.yaml:2: nmae = \"x\": unknown field; did you mean name?",
                        "team/flights.yaml:3: metaData.tags = \"one\": is text, not a list; write [a, b], or one \"- item\""
                                + " per line",
                        "team/flights.yaml:6: sources[0].events.tabel = \"flights\": unknown field; did you mean table?",
                        "team/flights.yaml:6: sources[0].events.table: is missing; the table that holds the events",
                        "team/flights.yaml:7: sources[0].events.columns.ts = \"lnog\": is no type; did you mean long?",
                        "team/flights.yaml:9: sources[0].events.query.selects: is a list, not a mapping; write {name:"
                                + " value}, or one \"name: value\" per line",
                        "team/flights.yaml:10: sources[0].events.query.where: unknown field; did you mean wheres?",
                        "team/flights.yaml:11: sources[0].events.query.startPartition = \"yesterday\": is no day; write it"
                                + " as 2001-02-28",
                        "team/flights.yaml:12: sources[1].entities: stands beside events; write each source as an item of"
                                + " its own",
                        "team/flights.yaml:13: sources[2].events: is missing; a source is one of events, entities, join",
                        "team/flights.yaml:14: accuracy = \"TEMPORALLY\": is unknown; did you mean TEMPORAL?",
                        "team/flights.yaml:15: online = \"yes\": is text, not true or false; write true or false",
                        "team/flights.yaml:17: aggregations[0].operation = \"summ\": unknown operation; did you mean sum?",
                        "team/flights.yaml:17: aggregations[0].windows[1] = \"90m\": is no window; a window is a whole"
                                + " number of hours or days: write for example 12h or 7d",
                        "team/flights.yaml:18: aggregations[1].args.k = \"five\": is text, not a whole number from"
                                + " -2147483648 to 2147483647; write a whole number from -2147483648 to 2147483647",
                        "team/flights.yaml:18: aggregations[1].inputColumn: is missing; the column that is aggregated",
                        "team/flights.yaml:19: aggregations[2].operation = \"approx_thing\": unknown operation; known are "
                                + Operations.all().stream().map(Operation::name).collect(Collectors.joining(", ")));
    }

    @Test
    void everyProblemOfAJoinIsFoundAtOnce() {
        assertThat(read("""
                        kind: Join
                        name: j
                        parts:
                          - {groupBy: [a], keyMapping: {a: [b]}, prefx: p}
                        labelPart: {groupBy: g, startDays: 0}
                        externalParts: [{name: e, keys: {a: int}}]
                        latencyBudgetMs: 0
                        """))
                .containsExactly(
                        "team/flights.yaml:1: left: is missing; the source of the rows, for example left: {events: {table:"
                                + " ..}}",
                        "team/flights.yaml:4: parts[0].groupBy: is a list, not text; write text",
                        "team/flights.yaml:4: parts[0].keyMapping.a: is a list, not text; write text",
                        "team/flights.yaml:4: parts[0].prefx = \"p\": unknown field; did you mean prefix?",
                        "team/flights.yaml:5: labelPart.endDays: is missing; days before the label's day",
                        "team/flights.yaml:5: labelPart.startDays = \"0\": is out of range; write a whole number from 1 to"
                                + " 36500",
                        "team/flights.yaml:6: externalParts[0].values: is missing; columns and their types, for example"
                                + " {user: long}",
                        "team/flights.yaml:7: latencyBudgetMs = \"0\": is out of range; write a whole number from 1 to"
                                + " 60000");
    }

    @Test
    void kindsAndNames() {
        assertThat(read("""
                        kind: Groupby
                        ---
                        name: x
                        ---
                        kind: StagingQuery
                        query: SELECT 1
                        ---
                        kind: Table
                        name: t
                        ---
                        kind: StagingQuery
                        name: ""
                        """))
                .containsExactly(
                        "team/flights.yaml:1: kind = \"Groupby\": is unknown; did you mean GroupBy?",
                        "team/flights.yaml:3: kind: is missing; one of GroupBy, Join, StagingQuery, Table",
                        "team/flights.yaml:5: name: is missing; give one, or metaData.team for the name"
                                + " {team}.{file}.{number in the file}",
                        "team/flights.yaml:8: columns: is missing; write columns: {ts: long, ..}",
                        "team/flights.yaml:11: query: is missing; the SELECT that fills the table",
                        "team/flights.yaml:12: name: is blank; give a name");
    }

    @Test
    void aNameIsMadeOfTeamFileAndNumber() {
        DefinitionSet set = DefinitionFiles.parse("team/flights.yaml", """
                kind: StagingQuery
                query: SELECT 1
                metaData: {team: ops}
                ---
                kind: StagingQuery
                query: SELECT 2
                metaData: {team: ops}
                """, problems);

        assertThat(problems.sorted()).isEmpty();
        assertThat(set.stagingQueries())
                .extracting(query -> query.definition().name())
                .containsExactly("ops.flights.1", "ops.flights.2");
    }

    @Test
    void aDirectoryIsReadByPathAndWhole(@TempDir Path directory) throws IOException {
        Files.createDirectories(directory.resolve("b"));
        Files.writeString(directory.resolve("b/second.yml"), "kind: StagingQuery\nname: s\nquery: SELECT 1\n");
        Files.writeString(directory.resolve("a.yaml"), "kind: GroupBy\n");
        Files.writeString(directory.resolve("notes.txt"), "kind: nothing");
        Files.write(directory.resolve("c.yaml"), "kind: Gr\u00fc".getBytes(StandardCharsets.ISO_8859_1));

        DefinitionSet set = DefinitionFiles.read(directory, problems);

        assertThat(set.stagingQueries()).hasSize(1);
        assertThat(problems.sorted())
                .extracting(Problem::file)
                .containsOnly(
                        directory.resolve("a.yaml").toString(),
                        directory.resolve("c.yaml").toString());
        assertThat(problems.sorted()).extracting(Problem::problem).contains("is not UTF-8");
    }

    @Test
    void anEmptyOrAbsentDirectoryIsAProblem(@TempDir Path directory) {
        DefinitionFiles.read(directory, problems);
        DefinitionFiles.read(directory.resolve("absent"), problems);

        assertThat(problems.sorted())
                .extracting(Problem::problem)
                .satisfiesExactly(
                        empty -> assertThat(empty).isEqualTo("holds no definition"),
                        absent -> assertThat(absent).startsWith("cannot be read: "));
    }
}
