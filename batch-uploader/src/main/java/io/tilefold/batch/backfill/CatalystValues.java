package io.tilefold.batch.backfill;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Columns of flat rows as Spark keeps them inside. */
final class CatalystValues {
    private CatalystValues() {}

    /** A column's value; null if it is. */
    static @Nullable Object of(FlatRow row, int column, ValueType type) {
        if (row.isNull(column)) {
            return null;
        }
        if (type instanceof Scalar scalar) {
            return scalar(row, column, scalar);
        }
        if (type instanceof ListType list) {
            FlatRow elements = row.wrapList(column, new FlatRow());
            @Nullable Object[] values = new @Nullable Object[elements.columns()];
            for (int i = 0; i < values.length; i++) {
                values[i] = of(elements, i, list.element());
            }
            return new GenericArrayData(values);
        }
        if (type instanceof MapType map) {
            FlatRow entries = row.wrapMap(column, new FlatRow());
            Object[] keys = new Object[entries.columns() / 2];
            @Nullable Object[] values = new @Nullable Object[keys.length];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = UTF8String.fromBytes(bytes(entries, 2 * i));
                values[i] = of(entries, 2 * i + 1, map.value());
            }
            return new ArrayBasedMapData(new GenericArrayData(keys), new GenericArrayData(values));
        }
        List<Field> fields = ((StructType) type).fields();
        FlatRow struct = row.wrapStruct(column, fields.size(), new FlatRow());
        @Nullable Object[] values = new @Nullable Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = of(struct, i, fields.get(i).type());
        }
        return new GenericInternalRow(values);
    }

    private static Object scalar(FlatRow row, int column, Scalar type) {
        return switch (type) {
            case BOOLEAN -> row.getLong(column) != 0;
            case BYTE -> (byte) row.getLong(column);
            case SHORT -> (short) row.getLong(column);
            case INT -> (int) row.getLong(column);
            case LONG -> row.getLong(column);
            case FLOAT -> (float) row.getDouble(column);
            case DOUBLE -> row.getDouble(column);
            case STRING -> UTF8String.fromBytes(bytes(row, column));
            case BINARY -> bytes(row, column);
        };
    }

    private static byte[] bytes(FlatRow row, int column) {
        byte[] bytes = new byte[row.bytesLength(column)];
        row.buffer().getBytes(row.bytesOffset(column), bytes);
        return bytes;
    }
}
