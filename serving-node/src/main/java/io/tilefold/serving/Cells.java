package io.tilefold.serving;

import io.tilefold.serving.WireBuffer.AnswerTooLargeException;
import java.util.Arrays;

/**
 * The memory of columns that are filled together. Each column has a stretch of slots, one per row, so that the columns of one row lie side by side:
 *
 * <pre>
 *           column 0              column 1
 *          +-------+-------+-----+-------+-------+-----
 *   slots  | row 0 | row 1 | ... | row 0 | row 1 | ...     8 bytes each: a number, or start and length of what lies elsewhere
 *          +-------+-------+-----+-------+-------+-----
 *   nulls    a bit per slot
 *          +--------------------------
 *   bytes  | strings in the order in which they came
 *          +--------------------------
 * </pre>
 *
 * Where the number of rows is known before, stretches are just as long; else they grow, by moving. Of what a large request needed some is kept, as by {@link WireBuffer}. Confined
 * to one thread.
 */
final class Cells {
    private static final int KEPT_SLOTS = WireBuffer.KEPT_LENGTH / Long.BYTES;
    private static final int MAX_SLOTS = Integer.MAX_VALUE - 8;
    private static final int FIRST_ROWS = 8;

    private final WireBuffer bytes = new WireBuffer(0);
    private long[] slots = {};
    private long[] nulls = {};
    private int columns;
    private int stretch;
    private int nullsEnd; // behind the last cell that is null; 0: none is

    /**
     * Begins anew: no cell is null, and none has a value.
     *
     * @param rows that will come; 0: not known
     */
    void begin(int columnCount, int rows) {
        clear();
        layOut(columnCount, rows > 0 || columnCount == 0 ? rows : slots.length / columnCount);
    }

    /** Forgets all cells. */
    void clear() {
        if (nullsEnd > 0) {
            Arrays.fill(nulls, 0, words(nullsEnd), 0);
            nullsEnd = 0;
        }
        if (bytes.length() > 0) {
            bytes.reset();
        }
        if (slots.length > KEPT_SLOTS) {
            slots = new long[KEPT_SLOTS];
            nulls = new long[words(KEPT_SLOTS)];
        }
    }

    private void layOut(int columnCount, int rows) {
        long needed = (long) columnCount * rows;
        if (needed > MAX_SLOTS) {
            throw new AnswerTooLargeException();
        }
        if (needed > slots.length) {
            slots = Arrays.copyOf(slots, (int) needed);
            nulls = Arrays.copyOf(nulls, words((int) needed));
        }
        columns = columnCount;
        stretch = rows;
    }

    private static int words(int bits) {
        return bits + Long.SIZE - 1 >>> 6;
    }

    /** Rows that there is room for. */
    int room() {
        return stretch;
    }

    /** Makes room for more rows. */
    void grow() {
        int before = stretch;
        layOut(columns, (int) Math.min(Math.max(FIRST_ROWS, 2L * before), MAX_SLOTS));
        for (int column = columns - 1; column > 0; column--) { // from the last on: each moves up
            System.arraycopy(slots, column * before, slots, column * stretch, before);
            for (int row = before - 1; row >= 0; row--) {
                moveNull(column * before + row, column * stretch + row);
            }
        }
    }

    private void moveNull(int from, int to) {
        if (isNull(from)) {
            nulls[from >>> 6] &= ~(1L << from);
            markNull(to);
        }
    }

    /** The slot of a column's row; the column's other rows lie before and behind it. */
    int cell(int column, int row) {
        return column * stretch + row;
    }

    long get(int cell) {
        return slots[cell];
    }

    void set(int cell, long value) {
        slots[cell] = value;
    }

    /** Makes a cell null, with 0 for a value. */
    void setNull(int cell) {
        slots[cell] = 0;
        markNull(cell);
    }

    private void markNull(int cell) {
        nulls[cell >>> 6] |= 1L << cell;
        nullsEnd = Math.max(nullsEnd, cell + 1);
    }

    boolean isNull(int cell) {
        return cell < nullsEnd && (nulls[cell >>> 6] >>> cell & 1) != 0;
    }

    /** The bits of up to 64 cells, the first the lowest. */
    long nulls(int from, int count) {
        int word = from >>> 6;
        long bits = nulls[word] >>> from;
        int there = Long.SIZE - (from & 63);
        if (count > there) {
            bits |= nulls[word + 1] << there;
        }
        return count < Long.SIZE ? bits & (1L << count) - 1 : bits;
    }

    /** How many of the cells are null. */
    int countNulls(int from, int count) {
        if (from >= nullsEnd) {
            return 0;
        }
        if (count <= Long.SIZE) {
            return Long.bitCount(nulls(from, count));
        }
        int found = 0;
        for (int i = 0; i < count && from + i < nullsEnd; i += Long.SIZE) {
            found += Long.bitCount(nulls(from + i, Math.min(Long.SIZE, count - i)));
        }
        return found;
    }

    /** The bytes that slots of strings tell the place of. */
    WireBuffer bytes() {
        return bytes;
    }

    /** What a slot says of things that lie elsewhere. */
    static long span(int start, int length) {
        return (long) start << Integer.SIZE | length;
    }

    static int start(long span) {
        return (int) (span >>> Integer.SIZE);
    }

    static int length(long span) {
        return (int) span;
    }
}
