package io.tilefold.serving;

import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.InputRow;
import org.agrona.DirectBuffer;

/**
 * Sets one column of an expression's input row. Numbers are set without an object; strings and binaries are copied; lists, maps and structs become
 * objects. Confined to one thread.
 */
final class InputSetter implements ValueSink {
    private final InputRow row;
    private final int column;
    private final ValueType type;

    InputSetter(InputRow row, int column) {
        this.row = row;
        this.column = column;
        this.type = row.schema().field(column).type();
    }

    /** Sets the column to the next value of its input. */
    void set(RowInput input, int requestRow) {
        if (type instanceof Scalar) {
            input.next(requestRow, this);
        } else {
            ObjectSink object = new ObjectSink().next(type);
            input.next(requestRow, object);
            row.setObject(column, object.values().get(0));
        }
    }

    @Override
    public void nullValue() {
        row.setNull(column);
    }

    @Override
    public void booleanValue(boolean value) {
        row.setBoolean(column, value);
    }

    @Override
    public void longValue(long value) {
        row.setLong(column, value);
    }

    @Override
    public void doubleValue(double value) {
        row.setDouble(column, value);
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        byte[] value = new byte[length];
        buffer.getBytes(offset, value);
        if (type == Scalar.BINARY) {
            row.setBinary(column, value);
        } else {
            row.setUtf8(column, value, 0, length);
        }
    }

    @Override
    public void listValue(int size) {
        throw new IllegalStateException("a list for column " + column + " of type " + type);
    }

    @Override
    public void mapValue(int size) {
        throw new IllegalStateException("a map for column " + column + " of type " + type);
    }

    @Override
    public void structValue(int fieldCount) {
        throw new IllegalStateException("a struct for column " + column + " of type " + type);
    }
}
