package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/** Reads of {@link RowLayout} that check what they read: a length or count that cannot be is an error, never a wild read. */
final class RowBytes {
    private RowBytes() {}

    /**
     * Length of the row at this offset.
     *
     * @throws IllegalArgumentException if it has not the room for its columns or not the bytes it claims
     */
    static int rowLength(DirectBuffer buffer, int row, int available, int columns) {
        if (columns < 0 || columns > RowLayout.MAX_COLUMNS) {
            throw new IllegalArgumentException(
                    "flat row of " + columns + " columns, 0 to " + RowLayout.MAX_COLUMNS + " are possible");
        }
        int variable = RowLayout.variableOffset(columns);
        int length = available < variable ? -1 : buffer.getInt(row + RowLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < variable || length > available || (length & 7) != 0) {
            throw new IllegalArgumentException(
                    "flat row of " + columns + " columns has length " + length + " in " + available + " bytes");
        }
        return length;
    }

    /** Number of elements or entries of the list or map that is these bytes; its row is still to be checked. */
    static int count(DirectBuffer buffer, int offset, int length) {
        int count =
                length < RowLayout.ELEMENTS_OFFSET ? -1 : buffer.getInt(offset + RowLayout.COUNT_OFFSET, LITTLE_ENDIAN);
        if (count < 0 || count > length / RowLayout.SLOT_LENGTH) {
            throw new IllegalArgumentException("list or map of " + count + " elements in " + length + " bytes");
        }
        return count;
    }

    static boolean isNull(DirectBuffer buffer, int row, int column) {
        return (buffer.getByte(row + RowLayout.NULLS_OFFSET + (column >>> 3)) & (1 << (column & 7))) != 0;
    }

    /** Checks that (offset, length) of a variable value lies in a row of this length. */
    static int checkedLength(int offset, int length, int rowLength) {
        if (offset < 0 || length < 0 || offset > rowLength - length) {
            throw new IllegalArgumentException(
                    "value of " + length + " bytes at " + offset + " in a flat row of " + rowLength + " bytes");
        }
        return length;
    }
}
