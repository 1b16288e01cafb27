package io.tilefold.core.value;

import org.agrona.BitUtil;

/**
 * Byte layout of a flat row: one event's (or one key's) column values, little-endian, relocatable.
 *
 * <pre>
 *   0                       8                8+M               8+M+8n
 *  +-----------+-----------+-----------------+-----------------+-------------------+
 *  | length    | reserved 0| null bits       | n slots, 8 each | variable part     |
 *  +-----------+-----------+-----------------+-----------------+-------------------+
 *    int         int         M = 8*ceil(n/64)
 * </pre>
 *
 * <ul>
 *   <li>length: of the whole row in bytes, a multiple of 8
 *   <li>null bits: bit i of the little-endian bit string is set if column i is null
 *   <li>slot: boolean 0/1; integers sign-extended to long; float and double as double bits; string, binary, list, map and struct as
 *       (int offset from the row's start, int length) into the variable part
 *   <li>variable part: values in column order, each padded with zeros to 8
 * </ul>
 *
 * A list, map or struct is a flat row again, its offsets counted from its own start: it may be copied elsewhere as it is.
 *
 * <pre>
 *                0           4            8
 *               +-----------+------------+------------------------------------------------+
 *   list        | n, int    | reserved 0 | flat row of n columns, the elements            |
 *               +-----------+------------+------------------------------------------------+
 *   map         | n, int    | reserved 0 | flat row of 2n columns: key, value, key, value |
 *               +-----------+------------+------------------------------------------------+
 *                0
 *               +-------------------------------------------------------------------------+
 *   struct      | flat row of its fields                                                  |
 *               +-------------------------------------------------------------------------+
 * </pre>
 *
 * A map's keys are strings, ascending by their unsigned bytes; of entries with one key the one written last stays. So equal values have equal
 * bytes.
 *
 * <p>A row is what Spark rows and Kafka events become before any aggregation sees them, so all paths feed the algebra the same bytes.
 * Aggregation inputs obey SEMANTICS.md §5, elements, entries and fields too: NaN and infinities are null, -0.0 is 0.0; {@link FlatRowWriter} sees to it.
 */
public final class RowLayout {
    public static final int LENGTH_OFFSET = 0;
    public static final int RESERVED_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int NULLS_OFFSET = RESERVED_OFFSET + Integer.BYTES;
    public static final int SLOT_LENGTH = Long.BYTES;

    /** Number of elements or entries, in a list or map. */
    public static final int COUNT_OFFSET = 0;

    /** Where the flat row of a list's elements or a map's entries starts. */
    public static final int ELEMENTS_OFFSET = COUNT_OFFSET + 2 * Integer.BYTES;

    /** Columns of a row, elements of a list, twice the entries of a map. */
    public static final int MAX_COLUMNS = 1 << 24;

    private RowLayout() {}

    public static int nullsLength(int columns) {
        return ((columns + 63) >>> 6) << 3;
    }

    public static int slotOffset(int columns, int column) {
        return NULLS_OFFSET + nullsLength(columns) + column * SLOT_LENGTH;
    }

    public static int variableOffset(int columns) {
        return slotOffset(columns, columns);
    }

    public static int align(int length) {
        return BitUtil.align(length, Long.BYTES);
    }
}
