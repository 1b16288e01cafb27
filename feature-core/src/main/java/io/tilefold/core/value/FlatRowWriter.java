package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes flat rows, one at a time, into a buffer of its own; see {@link RowLayout}. Columns not set stay null. Reused without
 * allocation. Not thread safe.
 */
public final class FlatRowWriter {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private final int columns;
    private final int slots;
    private int length;

    public FlatRowWriter(int columns) {
        this.columns = columns;
        this.slots = RowLayout.slotOffset(columns, 0);
        reset();
    }

    /** Starts the next row with all columns null. */
    public FlatRowWriter reset() {
        length = RowLayout.variableOffset(columns);
        buffer.checkLimit(length);
        buffer.setMemory(0, length, (byte) 0);
        for (int i = 0; i < columns; i++) {
            int at = RowLayout.NULLS_OFFSET + (i >>> 3);
            buffer.putByte(at, (byte) (buffer.getByte(at) | (1 << (i & 7))));
        }
        return this;
    }

    /** Sets a boolean (0, 1) or integer column. */
    public FlatRowWriter putLong(int column, long value) {
        present(column);
        buffer.putLong(slots + column * RowLayout.SLOT_LENGTH, value, LITTLE_ENDIAN);
        return this;
    }

    /** Sets a float or double column; NaN and infinities leave it null, -0.0 becomes 0.0. */
    public FlatRowWriter putDouble(int column, double value) {
        if (Double.isFinite(value)) {
            putLong(column, Double.doubleToRawLongBits(value + 0.0));
        }
        return this;
    }

    public FlatRowWriter putString(int column, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        return putBytes(column, utf8, 0, utf8.length);
    }

    public FlatRowWriter putBytes(int column, byte[] source, int offset, int count) {
        bytes.wrap(source, offset, count);
        return putBytes(column, bytes, 0, count);
    }

    /** Sets a string (UTF-8) or binary column. */
    public FlatRowWriter putBytes(int column, DirectBuffer source, int offset, int count) {
        present(column);
        int slot = slots + column * RowLayout.SLOT_LENGTH;
        buffer.putInt(slot, length, LITTLE_ENDIAN);
        buffer.putInt(slot + Integer.BYTES, count, LITTLE_ENDIAN);
        int end = length + RowLayout.align(count);
        buffer.checkLimit(end);
        if (count > 0) {
            buffer.putLong(end - Long.BYTES, 0);
            buffer.putBytes(length, source, offset, count);
        }
        length = end;
        return this;
    }

    /** Finishes the row: its bytes are {@link #buffer()} from 0 to the returned length. */
    public int finish() {
        buffer.putInt(RowLayout.LENGTH_OFFSET, length, LITTLE_ENDIAN);
        return length;
    }

    public DirectBuffer buffer() {
        return buffer;
    }

    private void present(int column) {
        int at = RowLayout.NULLS_OFFSET + (column >>> 3);
        buffer.putByte(at, (byte) (buffer.getByte(at) & ~(1 << (column & 7))));
    }
}
