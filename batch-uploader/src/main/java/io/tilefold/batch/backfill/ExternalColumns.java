package io.tilefold.batch.backfill;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.JobException;
import io.tilefold.batch.SparkTypes;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Join.ExternalPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.value.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;

/**
 * What a training set has of an external part: the values of the GroupBy that stands for it offline, or nulls.
 *
 * @param offline that GroupBy, found by the external part's keys
 */
record ExternalColumns(ExternalPart part, Optional<PartPlan> offline) {
    /** @throws JobException if the offline GroupBy is found by other keys than the external part */
    static ExternalColumns of(String join, ExternalPart part, Optional<CompiledGroupBy> offline) {
        offline.ifPresent(groupBy -> {
            if (!Set.copyOf(groupBy.definition().keys())
                    .equals(Set.copyOf(part.keys().names()))) {
                throw new JobException("join " + join + ", external part " + part.name() + ": its keys are "
                        + String.join(", ", part.keys().names()) + ", those of its offlineGroupBy " + groupBy.name()
                        + " are " + String.join(", ", groupBy.definition().keys())
                        + ". Give a GroupBy with keys of the same names");
            }
        });
        return new ExternalColumns(part, offline.map(groupBy -> new PartPlan(part, groupBy)));
    }

    /**
     * Rows with the part's columns added.
     *
     * @param values outputs of the offline GroupBy by name, to columns of {@code rows}
     * @param outputs takes the names of the part's outputs in the join, to columns of the result
     * @throws JobException naming a value that the offline GroupBy does not give
     */
    Dataset<Row> added(String join, Dataset<Row> rows, Map<String, String> values, Map<String, String> outputs) {
        String source = Names.external(part.prefix().orElse(null), part.name());
        List<Column> columns = new ArrayList<>();
        for (String name : rows.columns()) {
            columns.add(functions.col(name));
        }
        for (Field field : part.values().fields()) {
            String output = Names.joinOutput(source, field.name());
            String column = "__tilefold_" + output;
            DataType type = SparkTypes.toSpark(field.type());
            columns.add(value(join, field, rows, values).cast(type).as(column));
            outputs.put(output, column);
        }
        return rows.select(columns.toArray(Column[]::new));
    }

    private Column value(String join, Field field, Dataset<Row> rows, Map<String, String> values) {
        if (offline.isEmpty()) {
            return functions.lit(null);
        }
        String column = values.get(field.name());
        String groupBy = offline.get().groupBy().name();
        String owner = "join " + join + ", external part " + part.name() + ", value " + field.name() + ": ";
        if (column == null) {
            throw new JobException(owner + "its offlineGroupBy " + groupBy + " has no such output; it has "
                    + String.join(", ", values.keySet()) + ". Derive one of that name");
        }
        DataType found = rows.schema().apply(column).dataType();
        if (!ColumnCheck.typed(found, field.type())) {
            throw new JobException(owner + "is declared " + field.type() + ", but its offlineGroupBy " + groupBy
                    + " gives " + SparkTypes.describe(found) + ". Declare that type, or derive a cast");
        }
        return functions.col(column);
    }
}
