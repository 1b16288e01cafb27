package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;

/** Writes Spark's arrays, maps and structs into flat rows. */
final class NestedWriter {
    private NestedWriter() {}

    /**
     * Sets a column of the row being written to one of Spark's values; a null leaves it null.
     *
     * @param index of the value in {@code from}
     * @param column of the flat row
     */
    static void put(SpecializedGetters from, int index, ValueType type, FlatRowWriter writer, int column) {
        if (from.isNullAt(index)) {
            return;
        }
        if (type instanceof Scalar scalar) {
            putScalar(from, index, scalar, writer, column);
        } else if (type instanceof ListType list) {
            putList(from.getArray(index), list.element(), writer, column);
        } else if (type instanceof MapType map) {
            putMap(from.getMap(index), map.value(), writer, column);
        } else {
            List<Field> fields = ((StructType) type).fields();
            putStruct(from.getStruct(index, fields.size()), fields, writer, column);
        }
    }

    private static void putList(ArrayData array, ValueType element, FlatRowWriter writer, int column) {
        int size = array.numElements();
        writer.beginList(column, size);
        for (int i = 0; i < size; i++) {
            put(array, i, element, writer, i);
        }
        writer.end();
    }

    private static void putMap(MapData map, ValueType valueType, FlatRowWriter writer, int column) {
        int size = map.numElements();
        ArrayData keys = map.keyArray();
        ArrayData values = map.valueArray();
        writer.beginMap(column, size);
        for (int i = 0; i < size; i++) {
            put(keys, i, Scalar.STRING, writer, 2 * i);
            put(values, i, valueType, writer, 2 * i + 1);
        }
        writer.end();
    }

    private static void putStruct(InternalRow struct, List<Field> fields, FlatRowWriter writer, int column) {
        writer.beginStruct(column, fields.size());
        for (int i = 0; i < fields.size(); i++) {
            put(struct, i, fields.get(i).type(), writer, i);
        }
        writer.end();
    }

    private static void putScalar(SpecializedGetters from, int index, Scalar type, FlatRowWriter writer, int column) {
        if (type == Scalar.STRING) {
            putText(from.getUTF8String(index), writer, column);
        } else if (type == Scalar.BINARY) {
            byte[] bytes = from.getBinary(index);
            writer.putBytes(column, bytes, 0, bytes.length);
        } else if (type.isFloating()) {
            writer.putDouble(column, OutputRow.doubleAt(from, index, type));
        } else {
            writer.putLong(column, OutputRow.longAt(from, index, type));
        }
    }

    private static void putText(UTF8String text, FlatRowWriter writer, int column) {
        if (text.getBaseObject() instanceof byte[] bytes) {
            writer.putBytes(column, bytes, (int) (text.getBaseOffset() - Platform.BYTE_ARRAY_OFFSET), text.numBytes());
        } else {
            byte[] copy = text.getBytes();
            writer.putBytes(column, copy, 0, copy.length);
        }
    }
}
