package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Derivation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads one GroupBy. */
final class GroupByReader {
    private final YamlObject object;
    private final List<Optional<Schema>> columns = new ArrayList<>();

    GroupByReader(YamlObject object) {
        this.object = object;
    }

    /** The data models given with the sources; complete after {@link #read}. */
    List<Optional<Schema>> columns() {
        return columns;
    }

    GroupBy read(String name, MetaData metaData) {
        GroupBy.Builder builder = GroupBy.builder(name).metaData(metaData);
        if (!object.has("sources")) {
            object.missing("sources", "give at least one, for example sources: [{events: {table: ..}}]");
        }
        for (YamlObject source : object.objects("sources")) {
            SourceReader.read(source).ifPresent(read -> {
                builder.source(read.source());
                columns.add(read.columns());
            });
        }
        builder.keys(keys());
        object.objects("aggregations").forEach(aggregation -> builder.aggregate(AggregationReader.read(aggregation)));
        object.oneOf("accuracy", Accuracy.class).ifPresent(builder::accuracy);
        builder.online(object.bool("online", false)).production(object.bool("production", false));
        derivations(object).forEach(derivation -> builder.derive(derivation.name(), derivation.expression()));
        SourceReader.day(object, "backfillStartDate").ifPresent(builder::backfillStartDate);
        return builder.build();
    }

    private List<String> keys() {
        if (!object.has("keys")) {
            object.missing("keys", "give the columns that make the key, for example keys: [user_id]");
        }
        return object.strings("keys");
    }

    static List<Derivation> derivations(YamlObject object) {
        return object.objects("derivations").stream()
                .map(derivation -> {
                    Derivation read = new Derivation(
                            derivation.string("name", "the name of the derived column, or \"*\""),
                            derivation.string("expression", "a Spark SQL expression, or \"*\""));
                    derivation.finish();
                    return read;
                })
                .toList();
    }
}
