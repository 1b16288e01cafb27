package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads one join. */
final class JoinReader {
    private static final int LABEL_DAYS_MAX = 36_500;

    /** Stands for a left that could not be read, so that the other fields are. */
    private static final Source NO_LEFT = Source.events("", Query.builder().build());

    private final YamlObject object;
    private final List<Optional<Schema>> columns = new ArrayList<>();

    JoinReader(YamlObject object) {
        this.object = object;
    }

    /** The data model given with the left; complete after {@link #read}. */
    List<Optional<Schema>> columns() {
        return columns;
    }

    Join read(String name, MetaData metaData) {
        Optional<SourceReader.Read> left = object.object(
                        "left", "the source of the rows, for example left: {events: {table: ..}}")
                .flatMap(SourceReader::read);
        List<JoinPart> parts =
                object.objects("parts").stream().map(JoinReader::part).toList();
        List<Join.BootstrapPart> bootstrapParts = object.objects("bootstrapParts").stream()
                .map(JoinReader::bootstrapPart)
                .toList();
        List<Join.ExternalPart> externalParts = object.objects("externalParts").stream()
                .map(JoinReader::externalPart)
                .toList();
        Optional<Join.LabelPart> labelPart = object.optionalObject("labelPart").map(JoinReader::labelPart);
        Optional<YamlObject> skewKeys = object.optionalObject("skewKeys");
        Join.Builder builder = Join.builder(
                        name, left.map(SourceReader.Read::source).orElse(NO_LEFT))
                .rowIds(object.strings("rowIds"))
                .online(object.bool("online", false))
                .production(object.bool("production", false))
                .metaData(metaData);
        parts.forEach(builder::part);
        GroupByReader.derivations(object)
                .forEach(derivation -> builder.derive(derivation.name(), derivation.expression()));
        skewKeys.ifPresent(keys -> keys.names().forEach(column -> builder.skewKeys(column, keys.strings(column))));
        bootstrapParts.forEach(builder::bootstrapPart);
        externalParts.forEach(builder::externalPart);
        object.optionalObject("contextual").map(TypeReader::schema).ifPresent(builder::contextual);
        labelPart.ifPresent(builder::labelPart);
        object.wholeNumber("latencyBudgetMs", 1, 60_000).ifPresent(budget -> builder.latencyBudgetMs((int) budget));
        columns.add(left.flatMap(SourceReader.Read::columns));
        return builder.build();
    }

    private static JoinPart part(YamlObject part) {
        JoinPart read = new JoinPart(
                part.string("groupBy", "the name of the GroupBy that is joined"),
                part.stringMap("keyMapping"),
                part.optionalString("prefix"));
        part.finish();
        return read;
    }

    private static Join.BootstrapPart bootstrapPart(YamlObject part) {
        Join.BootstrapPart read = new Join.BootstrapPart(
                part.string("table", "the table whose columns are taken"),
                part.optionalObject("query")
                        .map(SourceReader::query)
                        .orElseGet(() -> Query.builder().build()),
                part.strings("keys"));
        part.finish();
        return read;
    }

    private static Join.ExternalPart externalPart(YamlObject part) {
        Join.ExternalPart read = new Join.ExternalPart(
                part.string("name", "the name of the external source"),
                schema(part, "keys"),
                schema(part, "values"),
                part.stringMap("keyMapping"),
                part.optionalString("prefix"),
                part.optionalString("offlineGroupBy"));
        part.finish();
        return read;
    }

    private static Schema schema(YamlObject part, String field) {
        return part.object(field, "columns and their types, for example {user: long}")
                .map(TypeReader::schema)
                .orElse(Schema.of());
    }

    private static Join.LabelPart labelPart(YamlObject part) {
        Join.LabelPart read = new Join.LabelPart(
                new JoinPart(
                        part.string("groupBy", "the name of the GroupBy that gives the labels"),
                        part.stringMap("keyMapping"),
                        part.optionalString("prefix")),
                days(part, "startDays"),
                days(part, "endDays"));
        part.finish();
        return read;
    }

    private static int days(YamlObject part, String field) {
        if (!part.has(field)) {
            part.missing(field, "days before the label's day");
        }
        return (int) part.wholeNumber(field, 1, LABEL_DAYS_MAX).orElse(1);
    }
}
