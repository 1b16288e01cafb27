package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.proto.types.v1.Column;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * Collects the values of one output, one row after the other, as the wire bytes of a protobuf {@link Column}: no object per value. Reused from
 * request to request; confined to one thread.
 *
 * <p>A list, map or struct is several calls: {@link #isOpen} is true until its last element has come. {@link #measure} and then
 * {@link #writeTo} put the column of all rows since {@link #reset} into an answer.
 */
abstract class ColumnSink implements ValueSink {
    static final byte[] NO_NAME = {};

    private final String name;
    private final int valuesField;
    private byte[] nulls = new byte[16];
    private int rows;
    private int nullRows;
    private boolean limited;
    private boolean stale;
    private int measuredValues;
    private int replayed;

    /** @param valuesField number of the field of {@link Column} that takes the values */
    ColumnSink(String name, int valuesField) {
        this.name = name;
        this.valuesField = valuesField;
    }

    /** A column's name as a field of its message. */
    static byte[] nameField(String name) {
        WireBuffer field = new WireBuffer(name.length() + 8);
        field.putBytesField(Column.NAME_FIELD_NUMBER, name.getBytes(StandardCharsets.UTF_8));
        return field.toBytes();
    }

    static ColumnSink of(String name, ValueType type) {
        if (type instanceof Scalar scalar) {
            return ScalarSinks.of(name, scalar);
        }
        if (type instanceof ListType list) {
            return new ListSink(name, of("", list.element()));
        }
        if (type instanceof MapType map) {
            return new MapSink(name, of("", map.value()));
        }
        return new StructSink(name, ((StructType) type).fields());
    }

    /**
     * Bytes of the column as a message.
     *
     * @param nameField of {@link #nameField}, or {@link #NO_NAME}
     */
    final int measure(byte[] nameField) {
        int length = nameField.length;
        if (nullRows > 0) {
            length += WireBuffer.fieldLength(nullsLength());
        }
        if (nullRows < rows) {
            measuredValues = measureValues();
            length += WireBuffer.fieldLength(measuredValues);
        }
        return length;
    }

    /** Writes what was measured last: nothing may have come in between. */
    final void writeTo(WireBuffer out, byte[] nameField) {
        out.putBytes(nameField);
        if (nullRows > 0) {
            out.putHead(Column.NULLS_FIELD_NUMBER, nullsLength());
            out.putBytes(nulls, 0, nullsLength());
        }
        if (nullRows < rows) { // where all rows are null the values are left out
            out.putHead(valuesField, measuredValues);
            writeValues(out);
        }
    }

    /** Bytes of the mask: behind its end there are zeros. */
    private int nullsLength() {
        return Math.min(rows + 7 >>> 3, nulls.length);
    }

    /** The column of all rows as a message, for what is not a request's answer. */
    final Column toColumn() {
        byte[] nameField = nameField(name);
        WireBuffer bytes = new WireBuffer(measure(nameField));
        writeTo(bytes, nameField);
        try {
            return Column.parseFrom(bytes.toBytes());
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("a column that is none", impossible);
        }
    }

    /** Forgets all rows. */
    final void reset() {
        if (nullRows > 0) {
            Arrays.fill(nulls, 0, nullsLength(), (byte) 0);
        }
        rows = 0;
        nullRows = 0;
        limited = false;
        stale = false;
        clear();
    }

    /** Before {@link #replay}: back to the first row. */
    final void rewind() {
        replayed = 0;
        rewindValues();
    }

    /** Gives the next row's value to a sink; every row may be replayed once after {@link #rewind}. */
    final void replay(ValueSink sink) {
        int row = replayed++;
        assert row < rows : row;
        if (!isNull(row)) {
            replayValue(sink);
        } else {
            skipPlaceholder();
            sink.nullValue();
        }
    }

    /** Skips the next row, which is null, in a replay. */
    final void skipNull() {
        replayed++;
        skipPlaceholder();
    }

    private boolean isNull(int row) {
        return nullRows > 0 && row >>> 3 < nulls.length && (nulls[row >>> 3] >>> (row & 7) & 1) != 0;
    }

    /** True once if a value was left out since the last call because its state went beyond its bound. */
    final boolean takeLimited() {
        boolean was = limited;
        limited = false;
        return was;
    }

    /** True once if a value since the last call may hold what was taken back. */
    final boolean takeStale() {
        boolean was = stale;
        stale = false;
        return was;
    }

    /** True inside a list, map or struct. */
    boolean isOpen() {
        return false;
    }

    /** Bytes of the message that holds the values. */
    abstract int measureValues();

    /** Writes what was measured last. */
    abstract void writeValues(WireBuffer out);

    abstract void clear();

    /** Takes the place of a null in the values. */
    abstract void putPlaceholder();

    abstract void rewindValues();

    /** Gives the next value, which is not null, to a sink. */
    abstract void replayValue(ValueSink sink);

    /** Skips the place of a null. */
    abstract void skipPlaceholder();

    /** Counts a row with a value. */
    final void countRow() {
        rows++;
    }

    @Override
    public void nullValue() {
        int at = rows >>> 3;
        if (at >= nulls.length) {
            nulls = Arrays.copyOf(nulls, Math.max(2 * nulls.length, at + 1));
        }
        nulls[at] |= (byte) (1 << (rows & 7));
        nullRows++;
        rows++;
        putPlaceholder();
    }

    @Override
    public void stale() {
        stale = true;
    }

    @Override
    public void stateLimit() {
        limited = true;
        nullValue();
    }

    @Override
    public void booleanValue(boolean value) {
        throw unexpected("a boolean");
    }

    @Override
    public void longValue(long value) {
        throw unexpected("a long");
    }

    @Override
    public void doubleValue(double value) {
        throw unexpected("a double");
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        throw unexpected("bytes");
    }

    @Override
    public void listValue(int size) {
        throw unexpected("a list");
    }

    @Override
    public void mapValue(int size) {
        throw unexpected("a map");
    }

    @Override
    public void structValue(int fieldCount) {
        throw unexpected("a struct");
    }

    final IllegalStateException unexpected(String what) {
        return new IllegalStateException("output " + name + " gave " + what + " to a "
                + getClass().getSimpleName() + ": plan and type disagree");
    }
}
