package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * One row of input columns, reused: {@link #clear}, set what is there, evaluate. Columns not set are null. Setting a value of another
 * kind than the column's, or a number its type does not hold, throws {@link IllegalArgumentException} naming the column and leaves it as
 * it was. Not thread safe; belongs to the thread of its program.
 */
public final class InputRow {
    private final Schema schema;
    private final SpecificInternalRow row;

    InputRow(Schema schema) {
        this.schema = schema;
        this.row = new SpecificInternalRow(SparkTypes.toSpark(schema));
        clear();
    }

    public Schema schema() {
        return schema;
    }

    /** Makes all columns null. */
    public InputRow clear() {
        for (int i = 0; i < schema.size(); i++) {
            row.setNullAt(i);
        }
        return this;
    }

    public InputRow setNull(int column) {
        row.setNullAt(column);
        return this;
    }

    public InputRow setBoolean(int column, boolean value) {
        if (type(column) != Scalar.BOOLEAN) {
            throw mismatch(column, "boolean", value);
        }
        row.setBoolean(column, value);
        return this;
    }

    /** Sets an integer column, which must hold the value, or a floating one. */
    public InputRow setLong(int column, long value) {
        if (!(type(column) instanceof Scalar scalar)) {
            throw mismatch(column, "long", value);
        }
        switch (scalar) {
            case BYTE -> row.setByte(column, (byte) inRange(column, value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case SHORT -> row.setShort(column, (short) inRange(column, value, Short.MIN_VALUE, Short.MAX_VALUE));
            case INT -> row.setInt(column, (int) inRange(column, value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case LONG -> row.setLong(column, value);
            case FLOAT -> row.setFloat(column, (float) value);
            case DOUBLE -> row.setDouble(column, (double) value);
            default -> throw mismatch(column, "long", value);
        }
        return this;
    }

    /** Sets a double column, or a float one to the nearest float. */
    public InputRow setDouble(int column, double value) {
        if (type(column) == Scalar.DOUBLE) {
            row.setDouble(column, value);
        } else if (type(column) == Scalar.FLOAT) {
            row.setFloat(column, (float) value);
        } else {
            throw mismatch(column, "double", value);
        }
        return this;
    }

    /** Sets a string column to UTF-8 bytes. They are not copied: leave them alone until the row is evaluated. */
    public InputRow setUtf8(int column, byte[] bytes, int offset, int length) {
        UTF8String value = UTF8String.fromBytes(bytes, offset, length);
        if (type(column) != Scalar.STRING) {
            throw mismatch(column, "string", value);
        }
        row.update(column, value);
        return this;
    }

    public InputRow setString(int column, String value) {
        if (type(column) != Scalar.STRING) {
            throw mismatch(column, "string", value);
        }
        row.update(column, UTF8String.fromString(value));
        return this;
    }

    /** Sets a binary column. The bytes are not copied: leave them alone until the row is evaluated. */
    public InputRow setBinary(int column, byte[] value) {
        if (type(column) != Scalar.BINARY) {
            throw mismatch(column, "binary", value.length + " bytes");
        }
        row.update(column, value);
        return this;
    }

    /** Sets a list column from plain objects; see {@link #setObject}. */
    public InputRow setList(int column, List<?> values) {
        return setObject(column, values);
    }

    /** Sets a map or struct column from plain objects; see {@link #setObject}. */
    public InputRow setMap(int column, Map<String, ?> values) {
        return setObject(column, values);
    }

    /**
     * Sets a column of any type from a plain object: Boolean, any integer or floating Number, String, byte[], List, and Map for maps and
     * structs (a struct's missing fields are null). Allocates; for nested columns and tests.
     */
    public InputRow setObject(int column, @Nullable Object value) {
        if (value == null) {
            return setNull(column);
        }
        Field field = schema.field(column);
        row.update(column, SparkValues.toSpark(field.name(), field.type(), value));
        return this;
    }

    InternalRow spark() {
        return row;
    }

    private ValueType type(int column) {
        return schema.field(column).type();
    }

    private long inRange(int column, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException("column " + schema.field(column) + " does not hold " + value);
        }
        return value;
    }

    private IllegalArgumentException mismatch(int column, String kind, Object value) {
        return new IllegalArgumentException("column " + schema.field(column) + " takes no " + kind + ": " + value);
    }
}
