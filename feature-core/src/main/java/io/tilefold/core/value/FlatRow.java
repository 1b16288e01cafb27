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
        buffer.wrap(source, offset, RowBytes.rowLength(source, offset, available, columnCount));
        columns = columnCount;
        slots = RowLayout.slotOffset(columnCount, 0);
        return this;
    }

    /** Wraps the elements of the list that is these bytes: columns 0 to {@link #columns()} - 1. */
    public FlatRow wrapListValue(DirectBuffer source, int offset, int length) {
        int count = RowBytes.count(source, offset, length);
        return wrap(source, offset + RowLayout.ELEMENTS_OFFSET, length - RowLayout.ELEMENTS_OFFSET, count);
    }

    /** Wraps the entries of the map that is these bytes: key i is column 2i, its value column 2i + 1, keys ascending. */
    public FlatRow wrapMapValue(DirectBuffer source, int offset, int length) {
        int count = RowBytes.count(source, offset, length);
        return wrap(source, offset + RowLayout.ELEMENTS_OFFSET, length - RowLayout.ELEMENTS_OFFSET, 2 * count);
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

    /** Offset of a string, binary, list, map or struct in {@link #buffer()}. */
    public int bytesOffset(int column) {
        return buffer.getInt(slots + column * RowLayout.SLOT_LENGTH, LITTLE_ENDIAN);
    }

    /**
     * Length of a string, binary, list, map or struct in bytes.
     *
     * @throws IllegalArgumentException if the value does not lie in the row
     */
    public int bytesLength(int column) {
        int slot = slots + column * RowLayout.SLOT_LENGTH;
        return RowBytes.checkedLength(
                buffer.getInt(slot, LITTLE_ENDIAN),
                buffer.getInt(slot + Integer.BYTES, LITTLE_ENDIAN),
                buffer.capacity());
    }

    /** Number of elements of a list, or of entries of a map. */
    public int size(int column) {
        return RowBytes.count(buffer, bytesOffset(column), bytesLength(column));
    }

    /** Wraps a list's elements into another flyweight, valid as long as this one's bytes. */
    public FlatRow wrapList(int column, FlatRow into) {
        return into.wrapListValue(buffer, bytesOffset(column), bytesLength(column));
    }

    /** Wraps a map's keys and values, in turn, into another flyweight, valid as long as this one's bytes. */
    public FlatRow wrapMap(int column, FlatRow into) {
        return into.wrapMapValue(buffer, bytesOffset(column), bytesLength(column));
    }

    /** Wraps a struct's fields into another flyweight, valid as long as this one's bytes. */
    public FlatRow wrapStruct(int column, int fieldCount, FlatRow into) {
        return into.wrap(buffer, bytesOffset(column), bytesLength(column), fieldCount);
    }
}
