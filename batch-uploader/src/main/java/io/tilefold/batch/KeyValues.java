package io.tilefold.batch;

import io.tilefold.core.value.ValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;

/**
 * Values that columns must have for a row to be needed: few enough to be a condition that Spark hands to the files' reader, which then passes over what cannot hold them. A
 * column that is not here may have any. Rows that have none of the values may still come.
 *
 * @param byColumn by selected column: whole numbers as {@link Long}, text as {@link String}
 */
public record KeyValues(Map<String, List<Object>> byColumn) {
    public static final KeyValues ANY = new KeyValues(Map.of());

    /** The condition on a selected column; empty if it may have any value. */
    Optional<Column> condition(String name, ValueType type, DataType found) {
        Collection<Object> values = byColumn.get(name);
        if (values == null) {
            return Optional.empty();
        }
        Column column = ColumnCheck.column(name);
        if (type.isInteger()) {
            return Optional.of(column.cast("bigint").isin(new ArrayList<>(values).toArray()));
        }
        return type == ValueType.Scalar.STRING && found instanceof StringType
                ? Optional.of(column.isin(new ArrayList<>(values).toArray()))
                : Optional.empty();
    }
}
