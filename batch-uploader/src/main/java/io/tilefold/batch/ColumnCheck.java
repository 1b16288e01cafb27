package io.tilefold.batch;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The first step of every job: are a table's columns and types what the catalog was compiled against? Names match as in SQL, whatever their case. */
public final class ColumnCheck {
    private ColumnCheck() {}

    /** Columns with types of their own: equal, or narrower than declared. */
    public static boolean typed(DataType found, ValueType declared) {
        return SparkTypes.fromSpark(found)
                .filter(type -> SparkTypes.widens(type, declared))
                .isPresent();
    }

    /** Columns of text: whatever a cast gives. */
    static boolean text(DataType found, ValueType declared) {
        return declared instanceof ValueType.Scalar;
    }

    /**
     * Columns whose types were inferred from JSON: the reader then parses them as declared, and what it cannot parse would be null in
     * every row.
     */
    static boolean json(DataType found, ValueType declared) {
        Optional<ValueType> type = SparkTypes.fromSpark(found);
        if (declared.isInteger()) {
            return type.filter(ValueType::isInteger).isPresent();
        }
        if (declared.isFloating()) {
            return type.filter(ValueType::isNumeric).isPresent();
        }
        if (declared == ValueType.Scalar.STRING) {
            return true;
        }
        if (declared == ValueType.Scalar.BINARY) {
            return type.equals(Optional.of(ValueType.Scalar.STRING));
        }
        if (declared instanceof ValueType.MapType) {
            return found instanceof StructType;
        }
        if (declared instanceof ValueType.ListType list) {
            return found instanceof org.apache.spark.sql.types.ArrayType array
                    && json(array.elementType(), list.element());
        }
        return declared instanceof ValueType.StructType
                ? found instanceof StructType
                : type.equals(Optional.of(declared));
    }

    /** @throws JobException naming table, columns, expected and found types */
    static void check(Table table, StructType found, Schema declared, BiPredicate<DataType, ValueType> fits) {
        List<String> problems = new ArrayList<>();
        for (Field field : declared.fields()) {
            Optional<StructField> column = find(found, field.name());
            if (column.isEmpty()) {
                problems.add("no column " + field.name() + " (expected " + field.type() + "; there are "
                        + String.join(", ", found.fieldNames()) + ")");
            } else if (!fits.test(column.get().dataType(), field.type())) {
                problems.add("column " + field.name() + ": expected " + field.type() + ", found "
                        + SparkTypes.describe(column.get().dataType()));
            }
        }
        if (!problems.isEmpty()) {
            throw new JobException(table.describe() + " is not what the catalog was compiled against: "
                    + String.join("; ", problems) + ". Compile again, or cast in the table");
        }
    }

    /** The declared columns as declared, then the partition column as text if it is not among them. */
    static Dataset<Row> conform(Dataset<Row> rows, Schema declared, String partitionColumn) {
        List<Column> columns = new ArrayList<>();
        for (Field field : declared.fields()) {
            columns.add(
                    column(field.name()).cast(SparkTypes.toSpark(field.type())).as(field.name()));
        }
        if (declared.fields().stream().noneMatch(field -> field.name().equalsIgnoreCase(partitionColumn))) {
            columns.add(column(partitionColumn).cast("string").as(partitionColumn));
        }
        return rows.select(columns.toArray(Column[]::new));
    }

    static Optional<StructField> find(StructType columns, String name) {
        return Arrays.stream(columns.fields())
                .filter(field -> field.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** The column of exactly this name, dots and all. */
    public static Column column(String name) {
        return functions.col("`" + name.replace("`", "``") + "`");
    }
}
