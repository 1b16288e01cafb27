package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.compiler.yaml.Problem;
import io.tilefold.compiler.yaml.Problems;
import io.tilefold.compiler.yaml.YamlDocuments;
import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Schema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the definitions of a directory: every {@code .yaml} and {@code .yml} file in it and below, by path. */
public final class DefinitionFiles {
    private static final List<String> KINDS = List.of("GroupBy", "Join", "StagingQuery", "Table");

    private final Problems problems;
    private final List<Located<GroupBy>> groupBys = new ArrayList<>();
    private final List<Located<Join>> joins = new ArrayList<>();
    private final List<Located<StagingQuery>> stagingQueries = new ArrayList<>();
    private final List<Located<DefinitionSet.Table>> tables = new ArrayList<>();
    private final Set<String> unreadGroupBys = new HashSet<>();

    private DefinitionFiles(Problems problems) {
        this.problems = problems;
    }

    /** Reads a directory, or one file. What is wrong goes to {@code problems}; the definitions without problems are returned. */
    public static DefinitionSet read(Path directory, Problems problems) {
        DefinitionFiles files = new DefinitionFiles(problems);
        for (Path file : files.list(directory)) {
            files.readAll(file.toString(), YamlDocuments.read(file, problems));
        }
        DefinitionSet read = files.toSet();
        if (read.isEmpty() && problems.isEmpty()) {
            problems.add(new Problem(
                    directory.toString(), 0, "", "", "holds no definition", "give a directory of .yaml definitions"));
        }
        return read;
    }

    /** Reads definitions from the text of a file. */
    public static DefinitionSet parse(String file, String text, Problems problems) {
        DefinitionFiles files = new DefinitionFiles(problems);
        files.readAll(file, YamlDocuments.parse(file, text, problems));
        return files.toSet();
    }

    private DefinitionSet toSet() {
        return new DefinitionSet(groupBys, joins, stagingQueries, tables, unreadGroupBys);
    }

    private List<Path> list(Path directory) {
        try (Stream<Path> tree = Files.walk(directory)) {
            return tree.filter(Files::isRegularFile)
                    .filter(file ->
                            file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            problems.add(new Problem(
                    directory.toString(), 0, "", "", "cannot be read: " + e, "give a directory of .yaml definitions"));
            return List.of();
        }
    }

    private void readAll(String file, List<YamlObject> documents) {
        for (int i = 0; i < documents.size(); i++) {
            read(documents.get(i), file, i + 1);
        }
    }

    private void read(YamlObject document, String file, int number) {
        int problemsBefore = problems.count();
        String kind = document.string("kind", "one of " + String.join(", ", KINDS));
        switch (kind) {
            case "GroupBy" -> {
                MetaData metaData = MetaDataReader.read(document);
                GroupByReader reader = new GroupByReader(document);
                GroupBy groupBy = reader.read(name(document, metaData, file, number), metaData);
                addIfWhole(document, groupBy, reader.columns(), groupBys, problemsBefore);
                if (problems.count() > problemsBefore) {
                    unreadGroupBys.add(groupBy.name());
                }
            }
            case "Join" -> {
                MetaData metaData = MetaDataReader.read(document);
                JoinReader reader = new JoinReader(document);
                Join join = reader.read(name(document, metaData, file, number), metaData);
                addIfWhole(document, join, reader.columns(), joins, problemsBefore);
            }
            case "StagingQuery" -> {
                MetaData metaData = MetaDataReader.read(document);
                StagingQuery query = new StagingQuery(
                        name(document, metaData, file, number),
                        document.string("query", "the SELECT that fills the table"),
                        document.strings("setups"),
                        SourceReader.day(document, "startPartition"),
                        document.bool("view", false),
                        metaData);
                addIfWhole(document, query, List.of(), stagingQueries, problemsBefore);
            }
            case "Table" -> {
                DefinitionSet.Table table = new DefinitionSet.Table(
                        document.string("name", "the table's name as in the warehouse"),
                        document.object("columns", "write columns: {ts: long, ..}")
                                .map(TypeReader::schema)
                                .orElse(Schema.of()));
                addIfWhole(document, table, List.of(), tables, problemsBefore);
            }
            case "" -> {}
            default -> document.problem("kind", "is unknown", NearestName.hint(kind, KINDS, "it is one of"));
        }
    }

    private <T> void addIfWhole(
            YamlObject document,
            T definition,
            List<Optional<Schema>> columns,
            List<Located<T>> into,
            int problemsBefore) {
        document.finish();
        if (problems.count() == problemsBefore) {
            into.add(new Located<>(definition, document.location(), columns));
        }
    }

    /** The given name, or {@code {team}.{file}.{number}} (SEMANTICS.md §7). */
    private static String name(YamlObject document, MetaData metaData, String file, int number) {
        Optional<String> given = document.optionalString("name");
        if (given.isPresent()) {
            if (given.get().isBlank()) {
                document.problem("name", "is blank", "give a name");
            }
            return given.get();
        }
        if (metaData.team().isEmpty()) {
            document.missing("name", "give one, or metaData.team for the name {team}.{file}.{number in the file}");
            return "";
        }
        String fileName = Path.of(file).getFileName().toString();
        return metaData.team() + "." + fileName.replaceFirst("\\.ya?ml$", "") + "." + number;
    }
}
