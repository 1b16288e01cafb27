package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of the row a {@link RowProgram} evaluated last, valid until its next evaluation. Scalars are read without boxing and strings
 * without a String. Not thread safe.
 */
public final class OutputRow {
    private final Schema schema;
    private final Scalar[] scalars;
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private UnsafeRow row = new UnsafeRow(0);

    OutputRow(Schema schema) {
        this.schema = schema;
        this.scalars = schema.fields().stream()
                .map(field -> field.type() instanceof Scalar scalar ? scalar : null)
                .toArray(Scalar[]::new);
    }

    void wrap(UnsafeRow outputs) {
        row = outputs;
    }

    public Schema schema() {
        return schema;
    }

    public boolean isNull(int column) {
        return row.isNullAt(column);
    }

    /** Value of a boolean (0, 1) or integer column that is not null. */
    public long getLong(int column) {
        return longAt(row, column, scalars[column]);
    }

    /** Value of a float or double column that is not null; may be NaN or infinite. */
    public double getDouble(int column) {
        return doubleAt(row, column, scalars[column]);
    }

    /** A string column's value, null if it is null. */
    public @Nullable String getString(int column) {
        return row.isNullAt(column) ? null : row.getUTF8String(column).toString();
    }

    /** The value as {@link ObjectSink} makes it: for tests and tools. */
    public @Nullable Object getObject(int column) {
        ObjectSink sink = new ObjectSink().next(schema.field(column).type());
        writeTo(column, sink);
        return sink.values().get(0);
    }

    /** Gives a column of any type to a sink; NaN and infinities become null, maps are sorted by key. */
    public void writeTo(int column, ValueSink sink) {
        write(row, column, schema.field(column).type(), sink, false);
    }

    /** As {@link #writeTo(int, ValueSink)}, but doubles come as Spark has them: NaN, infinities and -0.0 stay. */
    public void writeVerbatimTo(int column, ValueSink sink) {
        write(row, column, schema.field(column).type(), sink, true);
    }

    /** Sets all columns of a flat row that has this row's schema; resets the writer before, does not finish it. */
    public void writeTo(FlatRowWriter writer) {
        writer.reset();
        for (int i = 0; i < scalars.length; i++) {
            Scalar scalar = scalars[i];
            if (scalar == null) {
                NestedWriter.put(row, i, schema.field(i).type(), writer, i);
            } else if (!row.isNullAt(i)) {
                put(writer, i, scalar);
            }
        }
    }

    private void put(FlatRowWriter writer, int column, Scalar type) {
        if (type.isBytes()) {
            // UnsafeRow keeps (offset << 32 | length) of a value in its slot, relative to the row's start in its byte
            // array.
            long slot = row.getLong(column);
            int start = (int) (row.getBaseOffset() - Platform.BYTE_ARRAY_OFFSET) + (int) (slot >>> Integer.SIZE);
            writer.putBytes(column, (byte[]) row.getBaseObject(), start, (int) slot);
        } else if (type.isFloating()) {
            writer.putDouble(column, doubleAt(row, column, type));
        } else {
            writer.putLong(column, longAt(row, column, type));
        }
    }

    private void write(SpecializedGetters from, int index, ValueType type, ValueSink sink, boolean verbatim) {
        if (from.isNullAt(index)) {
            sink.nullValue();
        } else if (type instanceof Scalar scalar) {
            writeScalar(from, index, scalar, sink, verbatim);
        } else if (type instanceof ListType list) {
            ArrayData array = from.getArray(index);
            sink.listValue(array.numElements());
            for (int i = 0; i < array.numElements(); i++) {
                write(array, i, list.element(), sink, verbatim);
            }
        } else if (type instanceof MapType map) {
            writeMap(from.getMap(index), map.value(), sink, verbatim);
        } else {
            writeStruct(from, index, ((StructType) type).fields(), sink, verbatim);
        }
    }

    private void writeStruct(SpecializedGetters from, int index, List<Field> fields, ValueSink sink, boolean verbatim) {
        InternalRow struct = from.getStruct(index, fields.size());
        sink.structValue(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            write(struct, i, fields.get(i).type(), sink, verbatim);
        }
    }

    private void writeMap(MapData map, ValueType valueType, ValueSink sink, boolean verbatim) {
        ArrayData keys = map.keyArray();
        sink.mapValue(map.numElements());
        IntStream.range(0, map.numElements())
                .boxed()
                .sorted((a, b) -> keys.getUTF8String(a).binaryCompare(keys.getUTF8String(b)))
                .forEach(i -> {
                    write(keys, i, Scalar.STRING, sink, verbatim);
                    write(map.valueArray(), i, valueType, sink, verbatim);
                });
    }

    private void writeScalar(SpecializedGetters from, int index, Scalar type, ValueSink sink, boolean verbatim) {
        switch (type) {
            case BOOLEAN -> sink.booleanValue(from.getBoolean(index));
            case BYTE, SHORT, INT, LONG -> sink.longValue(longAt(from, index, type));
            case FLOAT, DOUBLE -> {
                double value = doubleAt(from, index, type);
                if (verbatim) {
                    sink.doubleValue(value);
                } else {
                    sink.finiteValue(value);
                }
            }
            case STRING -> {
                UTF8String text = from.getUTF8String(index);
                writeBytes(text.getBytes(), sink);
            }
            case BINARY -> writeBytes(from.getBinary(index), sink);
        }
    }

    private void writeBytes(byte[] value, ValueSink sink) {
        bytes.wrap(value);
        sink.bytesValue(bytes, 0, value.length);
    }

    static long longAt(SpecializedGetters from, int index, Scalar type) {
        return switch (type) {
            case BOOLEAN -> from.getBoolean(index) ? 1 : 0;
            case BYTE -> from.getByte(index);
            case SHORT -> from.getShort(index);
            case INT -> from.getInt(index);
            case LONG -> from.getLong(index);
            default -> throw new IllegalStateException("a " + type + " read as a long");
        };
    }

    static double doubleAt(SpecializedGetters from, int index, Scalar type) {
        return switch (type) {
            case FLOAT -> from.getFloat(index);
            case DOUBLE -> from.getDouble(index);
            default -> throw new IllegalStateException("a " + type + " read as a double");
        };
    }
}
