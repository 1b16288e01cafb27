package io.tilefold.batch;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;

/**
 * How columns travel from Spark's expressions to flat rows and back, so that nothing is lost on the way: booleans and integers as long,
 * floats as double, strings as their bytes, whatever they are; lists and structs of such; maps as lists of (key, value), in their own order and
 * with what they repeat.
 */
public final class Carried {
    private static final String ENTRY_KEY = "key";
    private static final String ENTRY_VALUE = "value";

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
                            column(entry.getField(ENTRY_KEY), Scalar.STRING),
                            column(entry.getField(ENTRY_VALUE), map.value())));
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

    /** A carried column as the type it had. */
    public static Column restored(Column carried, ValueType type) {
        if (type instanceof Scalar) {
            return carried.cast(SparkTypes.toSpark(type));
        }
        if (type instanceof ListType list) {
            return functions.transform(carried, element -> restored(element, list.element()));
        }
        if (type instanceof MapType map) {
            return functions.map_from_entries(functions.transform(
                    carried,
                    entry -> functions.struct(
                            restored(entry.getField(ENTRY_KEY), Scalar.STRING).as(ENTRY_KEY),
                            restored(entry.getField(ENTRY_VALUE), map.value()).as(ENTRY_VALUE))));
        }
        List<Field> fields = ((StructType) type).fields();
        Column[] restored = new Column[fields.size()];
        for (int i = 0; i < restored.length; i++) {
            restored[i] = restored(carried.getField("f" + i), fields.get(i).type())
                    .as(fields.get(i).name());
        }
        return functions.when(carried.isNotNull(), functions.struct(restored));
    }

    /** The type in which a column is carried. */
    public static DataType type(ValueType type) {
        if (type instanceof Scalar) {
            return type.isBytes()
                    ? DataTypes.BinaryType
                    : type.isFloating() ? DataTypes.DoubleType : DataTypes.LongType;
        }
        if (type instanceof ListType list) {
            return DataTypes.createArrayType(type(list.element()), true);
        }
        if (type instanceof MapType map) {
            return DataTypes.createArrayType(
                    new org.apache.spark.sql.types.StructType()
                            .add(ENTRY_KEY, DataTypes.BinaryType, false)
                            .add(ENTRY_VALUE, type(map.value())),
                    true);
        }
        org.apache.spark.sql.types.StructType struct = new org.apache.spark.sql.types.StructType();
        List<Field> fields = ((StructType) type).fields();
        for (int i = 0; i < fields.size(); i++) {
            struct = struct.add("f" + i, type(fields.get(i).type()));
        }
        return struct;
    }

    /** A column of a flat row as it is carried; null if it is. */
    public static @Nullable Object get(FlatRow row, int column, ValueType type) {
        if (row.isNull(column)) {
            return null;
        }
        if (type instanceof Scalar) {
            return type.isBytes()
                    ? bytes(row, column)
                    : type.isFloating() ? (Object) row.getDouble(column) : (Object) row.getLong(column);
        }
        if (type instanceof ListType list) {
            FlatRow elements = row.wrapList(column, new FlatRow());
            @Nullable Object[] values = new @Nullable Object[elements.columns()];
            for (int i = 0; i < values.length; i++) {
                values[i] = get(elements, i, list.element());
            }
            return values;
        }
        if (type instanceof MapType map) {
            FlatRow entries = row.wrapMap(column, new FlatRow());
            Object[] values = new Object[entries.columns() / 2];
            for (int i = 0; i < values.length; i++) {
                values[i] = RowFactory.create(bytes(entries, 2 * i), get(entries, 2 * i + 1, map.value()));
            }
            return values;
        }
        List<Field> fields = ((StructType) type).fields();
        FlatRow struct = row.wrapStruct(column, fields.size(), new FlatRow());
        @Nullable Object[] values = new @Nullable Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = get(struct, i, fields.get(i).type());
        }
        return RowFactory.create(values);
    }

    private static byte[] bytes(FlatRow row, int column) {
        byte[] bytes = new byte[row.bytesLength(column)];
        row.buffer().getBytes(row.bytesOffset(column), bytes);
        return bytes;
    }

    /** Sets a column of the row being written to a carried value; a null leaves it null, and so do NaN and infinities. */
    public static void put(FlatRowWriter writer, int column, ValueType type, @Nullable Object value) {
        put(writer, column, type, value, false);
    }

    /** Sets a column of the row being written to a carried value as it is: NaN and infinities too. */
    public static void putVerbatim(FlatRowWriter writer, int column, ValueType type, @Nullable Object value) {
        put(writer, column, type, value, true);
    }

    private static void put(
            FlatRowWriter writer, int column, ValueType type, @Nullable Object value, boolean verbatim) {
        if (value == null) {
            return;
        }
        if (type instanceof Scalar scalar) {
            putScalar(writer, column, scalar, value, verbatim);
        } else if (type instanceof ListType list) {
            Seq<?> elements = (Seq<?>) value;
            writer.beginList(column, elements.length());
            for (int i = 0; i < elements.length(); i++) {
                put(writer, i, list.element(), elements.apply(i), verbatim);
            }
            writer.end();
        } else if (type instanceof MapType map) {
            Seq<?> entries = (Seq<?>) value;
            writer.beginMap(column, entries.length());
            for (int i = 0; i < entries.length(); i++) {
                Row entry = (Row) entries.apply(i);
                put(writer, 2 * i, Scalar.STRING, entry.get(0), verbatim);
                put(writer, 2 * i + 1, map.value(), entry.get(1), verbatim);
            }
            writer.end();
        } else {
            putStruct(writer, column, ((StructType) type).fields(), (Row) value, verbatim);
        }
    }

    private static void putStruct(
            FlatRowWriter writer, int column, List<Field> fields, Row struct, boolean verbatim) {
        writer.beginStruct(column, fields.size());
        for (int i = 0; i < fields.size(); i++) {
            put(writer, i, fields.get(i).type(), struct.get(i), verbatim);
        }
        writer.end();
    }

    private static void putScalar(
            FlatRowWriter writer, int column, Scalar type, Object value, boolean verbatim) {
        if (type.isBytes()) {
            byte[] bytes = (byte[]) value;
            writer.putBytes(column, bytes, 0, bytes.length);
        } else if (type.isFloating()) {
            double number = (Double) value;
            if (verbatim) {
                writer.putLong(column, Double.doubleToRawLongBits(number));
            } else {
                writer.putDouble(column, number);
            }
        } else {
            writer.putLong(column, (Long) value);
        }
    }
}
