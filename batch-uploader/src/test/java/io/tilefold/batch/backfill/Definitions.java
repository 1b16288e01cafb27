package io.tilefold.batch.backfill;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelAggregation;
import java.util.ArrayList;
import java.util.List;

/** Definitions as the compiler would compile them. */
final class Definitions {
    static final String[] WINDOWS = {"1h", "13h", "2d", "12d"};
    static final String[] DAYS = {"1d", "2d", "12d"};

    private Definitions() {}

    /** An aggregation and the name of its output without the window. */
    record Feature(String output, ModelAggregation asked) {
        static Feature of(String operation, String input) {
            return new Feature(input + "_" + operation, ModelAggregation.of(operation, input));
        }

        static Feature of(String operation, String input, int k) {
            return new Feature(
                    input + "_" + operation.replace("_k", "") + k,
                    ModelAggregation.of(operation, input).withK(k));
        }

        /** Output name with its window, {@code ""} for all of history. */
        String name(String window) {
            return window.isEmpty() ? output : output + "_" + window;
        }
    }

    static void aggregate(GroupBy.Builder groupBy, List<Feature> features, String... windows) {
        for (Feature feature : features) {
            for (String[] of : new String[][] {windows, {}}) {
                Aggregation.Builder aggregation = Aggregation.of(
                        feature.asked().operation(), feature.asked().input());
                if (feature.asked().k() > 0) {
                    aggregation.k(feature.asked().k());
                }
                groupBy.aggregate(aggregation.windows(of));
            }
        }
    }

    static Schema schema(Object... namesAndTypes) {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < namesAndTypes.length; i += 2) {
            fields.add(new Field((String) namesAndTypes[i], (ValueType) namesAndTypes[i + 1]));
        }
        return new Schema(fields);
    }

    /** Every source reads the same columns. */
    static CompiledGroupBy compiled(GroupBy definition, Schema read, Schema selected) {
        List<Schema> sources = definition.sources().stream().map(source -> read).toList();
        return new CompiledGroupBy(DefinitionIds.of(definition, sources, selected), definition, sources, selected);
    }

    static CompiledJoin compiled(Join join, Schema read, Schema left, List<CompiledGroupBy> parts) {
        return new CompiledJoin(
                DefinitionIds.of(
                        join, left, parts.stream().map(CompiledGroupBy::id).toList()),
                join,
                read,
                left);
    }

    static final Schema VIEW = schema(
            "who", Scalar.STRING, "item", Scalar.INT, "price", Scalar.DOUBLE, "tag", Scalar.STRING, "ts", Scalar.LONG);
    static final Schema RATING = schema(
            "who",
            Scalar.STRING,
            "item",
            Scalar.LONG,
            "stars",
            Scalar.INT,
            "tag",
            Scalar.STRING,
            "rated_ts",
            Scalar.LONG);
    static final Schema PROFILE = schema("who", Scalar.STRING, "city", Scalar.STRING, "age", Scalar.INT);
    static final Schema ASK = schema(
            "id", Scalar.LONG, "visitor", Scalar.STRING, "item", Scalar.INT, "score", Scalar.DOUBLE, "at", Scalar.LONG);
}
