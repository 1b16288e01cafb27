package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Plain objects as the objects Spark's rows hold. */
final class SparkValues {
    private SparkValues() {}

    /**
     * Converts one value.
     *
     * @throws IllegalArgumentException if the value is not of the type or not in its range, naming the column
     */
    static Object toSpark(String column, ValueType type, Object value) {
        @Nullable Object converted = null;
        if (type instanceof Scalar scalar) {
            converted = scalar(scalar, value);
        } else if (type instanceof ListType list && value instanceof List<?> items) {
            converted = array(column, list.element(), items.toArray());
        } else if (type instanceof MapType map && value instanceof Map<?, ?> entries) {
            converted = new ArrayBasedMapData(
                    array(column, Scalar.STRING, entries.keySet().toArray()),
                    array(column, map.value(), entries.values().toArray()));
        } else if (type instanceof StructType struct && value instanceof Map<?, ?> fields) {
            converted = struct(column, struct, fields);
        }
        if (converted == null) {
            throw new IllegalArgumentException(
                    "column " + column + ": " + value + " (" + value.getClass().getSimpleName() + ") is no " + type);
        }
        return converted;
    }

    private static @Nullable Object scalar(Scalar type, Object value) {
        return switch (type) {
            case BOOLEAN -> value instanceof Boolean ? value : null;
            case BYTE ->
                isInteger(value) && (byte) asLong(value) == asLong(value) ? (Object) (byte) asLong(value) : null;
            case SHORT ->
                isInteger(value) && (short) asLong(value) == asLong(value) ? (Object) (short) asLong(value) : null;
            case INT -> isInteger(value) && (int) asLong(value) == asLong(value) ? (Object) (int) asLong(value) : null;
            case LONG -> isInteger(value) ? (Object) asLong(value) : null;
            case FLOAT -> value instanceof Number number ? (Object) number.floatValue() : null;
            case DOUBLE -> value instanceof Number number ? (Object) number.doubleValue() : null;
            case STRING -> value instanceof String text ? UTF8String.fromString(text) : null;
            case BINARY -> value instanceof byte[] ? value : null;
        };
    }

    private static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    }

    private static long asLong(Object value) {
        return ((Number) value).longValue();
    }

    private static GenericArrayData array(String column, ValueType element, @Nullable Object[] items) {
        @Nullable Object[] converted = new @Nullable Object[items.length];
        for (int i = 0; i < items.length; i++) {
            Object item = items[i];
            converted[i] = item == null ? null : toSpark(column, element, item);
        }
        return new GenericArrayData(converted);
    }

    private static GenericInternalRow struct(String column, StructType type, Map<?, ?> values) {
        List<Field> fields = type.fields();
        @Nullable Object[] converted = new @Nullable Object[fields.size()];
        for (int i = 0; i < converted.length; i++) {
            Field field = fields.get(i);
            Object value = values.get(field.name());
            converted[i] = value == null ? null : toSpark(column + "." + field.name(), field.type(), value);
        }
        return new GenericInternalRow(converted);
    }
}
