package io.tilefold.batch;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;

/**
 * How columns travel from Spark's expressions to flat rows, so that nothing is lost on the way: booleans and integers as long,
 * floats as double, strings as their bytes, whatever they are; lists and structs of such; maps as lists of (key, value), in their own order and
 * with what they repeat.
 */
public final class Carried {
    private Carried() {}

    /** The column as it is carried. */
    static Column column(Column column, ValueType type) {
        if (type instanceof Scalar) {
            return column.cast(type.isBytes() ? "binary" : type.isFloating() ? "double" : "bigint");
        }
        if (type instanceof ListType list) {
            return functions.transform(column, element -> column(element, list.element()));
        }
        if (type instanceof MapType map) {
            return functions.transform(
                    functions.map_entries(column),
                    entry -> functions.struct(
                            column(entry.getField("key"), Scalar.STRING),
                            column(entry.getField("value"), map.value())));
        }
        List<Field> fields = ((StructType) type).fields();
        Column[] carried = new Column[fields.size()];
        for (int i = 0; i < carried.length; i++) {
            carried[i] = column(
                            column.getField(fields.get(i).name()), fields.get(i).type())
                    .as("f" + i);
        }
        return functions.when(column.isNotNull(), functions.struct(carried));
    }

    /** Sets a column of the row being written to a carried value; a null leaves it null, and so do NaN and infinities. */
    public static void put(FlatRowWriter writer, int column, ValueType type, SpecializedGetters values, int index) {
        put(writer, column, type, values, index, false);
    }

    /** Sets a column of the row being written to a carried value as it is: NaN and infinities too. */
    public static void putVerbatim(
            FlatRowWriter writer, int column, ValueType type, SpecializedGetters values, int index) {
        put(writer, column, type, values, index, true);
    }

    private static void put(
            FlatRowWriter writer, int column, ValueType type, SpecializedGetters values, int index, boolean verbatim) {
        if (values.isNullAt(index)) {
            return;
        }
        if (type instanceof Scalar scalar) {
            putScalar(writer, column, scalar, values, index, verbatim);
        } else if (type instanceof ListType list) {
            ArrayData elements = values.getArray(index);
            writer.beginList(column, elements.numElements());
            for (int i = 0; i < elements.numElements(); i++) {
                put(writer, i, list.element(), elements, i, verbatim);
            }
            writer.end();
        } else if (type instanceof MapType map) {
            ArrayData entries = values.getArray(index);
            writer.beginMap(column, entries.numElements());
            for (int i = 0; i < entries.numElements(); i++) {
                InternalRow entry = entries.getStruct(i, 2);
                put(writer, 2 * i, Scalar.STRING, entry, 0, verbatim);
                put(writer, 2 * i + 1, map.value(), entry, 1, verbatim);
            }
            writer.end();
        } else {
            List<Field> fields = ((StructType) type).fields();
            InternalRow struct = values.getStruct(index, fields.size());
            writer.beginStruct(column, fields.size());
            for (int i = 0; i < fields.size(); i++) {
                put(writer, i, fields.get(i).type(), struct, i, verbatim);
            }
            writer.end();
        }
    }

    private static void putScalar(
            FlatRowWriter writer, int column, Scalar type, SpecializedGetters values, int index, boolean verbatim) {
        if (type.isBytes()) {
            byte[] bytes = values.getBinary(index);
            writer.putBytes(column, bytes, 0, bytes.length);
        } else if (!type.isFloating()) {
            writer.putLong(column, values.getLong(index));
        } else if (verbatim) {
            writer.putLong(column, Double.doubleToRawLongBits(values.getDouble(index)));
        } else {
            writer.putDouble(column, values.getDouble(index));
        }
    }
}
