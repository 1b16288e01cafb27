package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes flat rows, one at a time, into a buffer of its own; see {@link RowLayout}. Columns not set stay null. Reused without
 * allocation. Not thread safe.
 *
 * <p>A list, map or struct is written in place: after {@link #beginList}, {@link #beginMap} or {@link #beginStruct} the columns are its
 * elements, its keys and values in turn, or its fields, until {@link #end}. They nest.
 */
public final class FlatRowWriter {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private final MapEntries entries = new MapEntries();
    private final ExpandableArrayBuffer unsorted = new ExpandableArrayBuffer(256);
    private Frame[] frames = {new Frame(), new Frame()};
    private int depth;
    private Frame open = frames[0];
    private int length;

    /** A row being written: the whole one, or inside it a list's, map's or struct's. */
    private static final class Frame {
        int row; // offset of the flat row
        int slots; // offset of its first slot
        int columns;
        int value; // offset of the list, map or struct that the row is in
        int parentColumn;
        boolean isMap;
        boolean hasReferences; // a map's values are no primitives
    }

    public FlatRowWriter(int columns) {
        open.columns = columns;
        reset();
    }

    /** Starts the next row with all columns null. */
    public FlatRowWriter reset() {
        depth = 0;
        open = frames[0];
        length = 0;
        startRow();
        return this;
    }

    /** Sets a boolean (0, 1) or integer column. */
    public FlatRowWriter putLong(int column, long value) {
        present(column);
        buffer.putLong(slot(column), value, LITTLE_ENDIAN);
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

    /** Sets a string (UTF-8) or binary column; or a list, map or struct that is these bytes already. */
    public FlatRowWriter putBytes(int column, DirectBuffer source, int offset, int count) {
        reference(column, count);
        int end = length + RowLayout.align(count);
        buffer.checkLimit(end);
        if (count > 0) {
            buffer.putLong(end - Long.BYTES, 0);
            buffer.putBytes(length, source, offset, count);
        }
        length = end;
        return this;
    }

    /** Begins a list in a column: columns are its elements, 0 to {@code size} - 1, until {@link #end}. */
    public FlatRowWriter beginList(int column, int size) {
        begin(column, false);
        startElements(size, size);
        return this;
    }

    /**
     * Begins a map in a column: columns are its keys and values in turn, 0 to {@code 2 * size} - 1, in any order of keys, until
     * {@link #end}. Of entries with one key the last stays.
     */
    public FlatRowWriter beginMap(int column, int size) {
        begin(column, true);
        startElements(size, 2 * size);
        return this;
    }

    /** Begins a struct in a column: columns are its fields until {@link #end}. */
    public FlatRowWriter beginStruct(int column, int fieldCount) {
        begin(column, false);
        open.columns = fieldCount;
        startRow();
        return this;
    }

    /**
     * Ends the list, map or struct begun last.
     *
     * @throws IllegalArgumentException if a key of the map was not set
     */
    public FlatRowWriter end() {
        if (depth == 0) {
            throw new IllegalStateException("no list, map or struct is open");
        }
        if (open.isMap) {
            sortEntries();
        }
        buffer.putInt(open.row + RowLayout.LENGTH_OFFSET, length - open.row, LITTLE_ENDIAN);
        int column = open.parentColumn;
        int valueLength = length - open.value;
        open = frames[--depth];
        buffer.putInt(slot(column) + Integer.BYTES, valueLength, LITTLE_ENDIAN);
        return this;
    }

    /**
     * Finishes the row: its bytes are {@link #buffer()} from 0 to the returned length.
     *
     * @throws IllegalStateException if a list, map or struct is open
     */
    public int finish() {
        if (depth != 0) {
            throw new IllegalStateException("a list, map or struct is open");
        }
        buffer.putInt(RowLayout.LENGTH_OFFSET, length, LITTLE_ENDIAN);
        return length;
    }

    public DirectBuffer buffer() {
        return buffer;
    }

    private void begin(int column, boolean isMap) {
        reference(column, 0);
        if (++depth == frames.length) {
            frames = Arrays.copyOf(frames, depth + 1);
            frames[depth] = new Frame();
        }
        open = frames[depth];
        open.value = length;
        open.parentColumn = column;
        open.isMap = isMap;
        open.hasReferences = false;
    }

    private void startElements(int count, int columns) {
        if (count < 0 || columns < 0 || columns > RowLayout.MAX_COLUMNS) {
            throw new IllegalArgumentException(
                    "list or map of " + count + " elements, " + RowLayout.MAX_COLUMNS + " columns are possible");
        }
        buffer.checkLimit(length + RowLayout.ELEMENTS_OFFSET);
        buffer.putLong(length, count, LITTLE_ENDIAN);
        length += RowLayout.ELEMENTS_OFFSET;
        open.columns = columns;
        startRow();
    }

    /** Begins the open row at the end of what is written, all columns null. */
    private void startRow() {
        int columns = open.columns;
        int variable = RowLayout.variableOffset(columns);
        buffer.checkLimit(length + variable);
        buffer.setMemory(length, variable, (byte) 0);
        open.row = length;
        open.slots = length + RowLayout.slotOffset(columns, 0);
        int nulls = length + RowLayout.NULLS_OFFSET;
        buffer.setMemory(nulls, columns >>> 3, (byte) 0xFF);
        if ((columns & 7) != 0) {
            buffer.putByte(nulls + (columns >>> 3), (byte) ((1 << (columns & 7)) - 1));
        }
        length += variable;
    }

    private void sortEntries() {
        int count = open.columns / 2;
        if (entries.wrap(buffer, open.row, count).isAscending(count)) {
            return;
        }
        int rowLength = length - open.row;
        unsorted.putBytes(0, buffer, open.row, rowLength);
        int distinct = entries.wrap(unsorted, 0, count).sort(count);
        int slots = RowLayout.slotOffset(2 * count, 0);
        length = open.value;
        startElements(distinct, 2 * distinct);
        for (int i = 0; i < distinct; i++) {
            int key = 2 * entries.entry(i);
            copyReference(2 * i, slots + key * RowLayout.SLOT_LENGTH);
            int value = slots + (key + 1) * RowLayout.SLOT_LENGTH;
            if (RowBytes.isNull(unsorted, 0, key + 1)) {
                continue;
            }
            if (open.hasReferences) {
                copyReference(2 * i + 1, value);
            } else {
                putLong(2 * i + 1, unsorted.getLong(value, LITTLE_ENDIAN));
            }
        }
    }

    private void copyReference(int column, int slot) {
        putBytes(
                column,
                unsorted,
                unsorted.getInt(slot, LITTLE_ENDIAN),
                unsorted.getInt(slot + Integer.BYTES, LITTLE_ENDIAN));
    }

    /** Refers from a column to the end of what is written. */
    private void reference(int column, int count) {
        present(column);
        open.hasReferences |= (column & 1) != 0;
        int slot = slot(column);
        buffer.putInt(slot, length - open.row, LITTLE_ENDIAN);
        buffer.putInt(slot + Integer.BYTES, count, LITTLE_ENDIAN);
    }

    private int slot(int column) {
        return open.slots + column * RowLayout.SLOT_LENGTH;
    }

    private void present(int column) {
        if (column < 0 || column >= open.columns) {
            throw new IndexOutOfBoundsException("column " + column + " of " + open.columns);
        }
        int at = open.row + RowLayout.NULLS_OFFSET + (column >>> 3);
        buffer.putByte(at, (byte) (buffer.getByte(at) & ~(1 << (column & 7))));
    }
}
