package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Read-only flyweight over a flat row; see {@link RowLayout}. Not thread safe. */
public final class FlatRow {
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int columns;
    private int slots;

    /**
     * Wraps a row of this many columns.
     *
     * @throws IllegalArgumentException if the length field does not fit the given bytes
     */
    public FlatRow wrap(DirectBuffer source, int offset, int available, int columnCount) {
        int variable = RowLayout.variableOffset(columnCount);
        int length = available < variable ? -1 : source.getInt(offset + RowLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < variable || length > available || (length & 7) != 0) {
            throw new IllegalArgumentException(
                    "flat row of " + columnCount + " columns has length " + length + " in " + available + " bytes");
        }
        buffer.wrap(source, offset, length);
        columns = columnCount;
        slots = RowLayout.slotOffset(columnCount, 0);
        return this;
    }

    public int columns() {
        return columns;
    }

    /** Bytes of the row. */
    public int length() {
        return buffer.capacity();
    }

    /** The bytes of the row, from 0 to {@link #length()}. */
    public DirectBuffer buffer() {
        return buffer;
    }

    public boolean isNull(int column) {
        return (buffer.getByte(RowLayout.NULLS_OFFSET + (column >>> 3)) & (1 << (column & 7))) != 0;
    }

    /** Value of a boolean (0, 1) or integer column. */
    public long getLong(int column) {
        return buffer.getLong(slots + column * RowLayout.SLOT_LENGTH, LITTLE_ENDIAN);
    }

    /** Value of a float or double column. */
    public double getDouble(int column) {
        return Double.longBitsToDouble(getLong(column));
    }

    /** Offset of a string or binary value in {@link #buffer()}. */
    public int bytesOffset(int column) {
        return buffer.getInt(slots + column * RowLayout.SLOT_LENGTH, LITTLE_ENDIAN);
    }

    /** Length of a string or binary value in bytes. */
    public int bytesLength(int column) {
        return buffer.getInt(slots + column * RowLayout.SLOT_LENGTH + Integer.BYTES, LITTLE_ENDIAN);
    }
}
