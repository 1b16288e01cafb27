package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;

/** Reads a source: {@code events}, {@code entities} or {@code join}, its query, and its {@code columns} if they are given. */
final class SourceReader {
    private static final List<String> KINDS = List.of("events", "entities", "join");

    /** @param columns the data model, where the file gives it */
    record Read(Source source, Optional<Schema> columns) {}

    private SourceReader() {}

    /** Empty after a problem. */
    static Optional<Read> read(YamlObject object) {
        List<String> kinds = KINDS.stream().filter(object::has).toList();
        object.finish();
        if (kinds.isEmpty()) {
            object.missing("events", "a source is one of events, entities, join");
            return Optional.empty();
        }
        if (kinds.size() > 1) {
            object.problem(kinds.get(1), "stands beside " + kinds.get(0), "write each source as an item of its own");
            return Optional.empty();
        }
        return object.optionalObject(kinds.get(0)).map(body -> {
            Source source = switch (kinds.get(0)) {
                case "events" -> events(body);
                case "entities" -> entities(body);
                default -> joinOutput(body);
            };
            Optional<Schema> columns = body.optionalObject("columns").map(TypeReader::schema);
            body.finish();
            return new Read(source, columns);
        });
    }

    private static Source events(YamlObject body) {
        return new Source.Events(
                body.string("table", "the table that holds the events"),
                body.optionalString("topic"),
                queryOf(body),
                body.bool("cumulative", false));
    }

    private static Source entities(YamlObject body) {
        return new Source.Entities(
                body.string("snapshotTable", "the table of daily snapshots"),
                body.optionalString("mutationTable"),
                body.optionalString("mutationTopic"),
                queryOf(body));
    }

    private static Source joinOutput(YamlObject body) {
        return new Source.JoinOutput(body.string("join", "the name of the parent join"), queryOf(body));
    }

    private static Query queryOf(YamlObject body) {
        return body.optionalObject("query")
                .map(SourceReader::query)
                .orElseGet(() -> Query.builder().build());
    }

    static Query query(YamlObject object) {
        Query query = new Query(
                object.stringMap("selects"),
                object.strings("wheres"),
                object.optionalString("timeColumn"),
                object.strings("setups"),
                object.optionalString("partitionColumn").orElse(Query.DEFAULT_PARTITION_COLUMN),
                day(object, "startPartition"),
                day(object, "endPartition"),
                object.optionalString("mutationTimeColumn"),
                object.optionalString("reversalColumn"));
        object.finish();
        return query;
    }

    /** A day as {@code yyyy-MM-dd}. */
    static Optional<String> day(YamlObject object, String field) {
        return object.optionalString(field).filter(text -> {
            try {
                LocalDate.parse(text);
                return true;
            } catch (DateTimeParseException e) {
                object.problem(field, "is no day", "write it as 2001-02-28");
                return false;
            }
        });
    }
}
