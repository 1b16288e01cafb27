package io.tilefold.ingest.log;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a MUTATION effect: what a key had before a mutation, and what it has after it; at least one of them. Little-endian.
 *
 * <pre>
 *    0                 8                 16                24
 *   +-----------------+-----------------+--------+--------+------------------+------------------+
 *   | before time, ms | after time, ms  | before | after  | before           | after            |
 *   | NO_TIME: none   | NO_TIME: none   | length | length | flat row         | flat row         |
 *   +-----------------+-----------------+--------+--------+------------------+------------------+
 *                                         -1: there is none
 * </pre>
 *
 * Times are those of the rows, not the mutation's. A flyweight: confined to one thread.
 */
public final class MutationRows {
    /** In place of a time: the row has none. */
    public static final long NO_TIME = Long.MIN_VALUE;

    static final int BEFORE_TIME_OFFSET = 0;
    static final int AFTER_TIME_OFFSET = BEFORE_TIME_OFFSET + Long.BYTES;
    static final int BEFORE_LENGTH_OFFSET = AFTER_TIME_OFFSET + Long.BYTES;
    static final int AFTER_LENGTH_OFFSET = BEFORE_LENGTH_OFFSET + Integer.BYTES;
    static final int ROWS_OFFSET = AFTER_LENGTH_OFFSET + Integer.BYTES;

    private static final int NO_ROW = -1;

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    /** Writes the rows; a time without its row is not kept. Returns the length. */
    static int put(
            MutableDirectBuffer into,
            int offset,
            @Nullable FlatRow before,
            long beforeTimeMs,
            @Nullable FlatRow after,
            long afterTimeMs) {
        into.putLong(offset + BEFORE_TIME_OFFSET, before == null ? NO_TIME : beforeTimeMs, LITTLE_ENDIAN);
        into.putLong(offset + AFTER_TIME_OFFSET, after == null ? NO_TIME : afterTimeMs, LITTLE_ENDIAN);
        into.putInt(offset + BEFORE_LENGTH_OFFSET, before == null ? NO_ROW : before.length(), LITTLE_ENDIAN);
        into.putInt(offset + AFTER_LENGTH_OFFSET, after == null ? NO_ROW : after.length(), LITTLE_ENDIAN);
        int afterOffset = putRow(into, offset + ROWS_OFFSET, before);
        return putRow(into, afterOffset, after) - offset;
    }

    private static int putRow(MutableDirectBuffer into, int offset, @Nullable FlatRow row) {
        if (row == null) {
            return offset;
        }
        into.putBytes(offset, row.buffer(), 0, row.length());
        return offset + row.length();
    }

    /**
     * Wraps what {@link #put} wrote.
     *
     * @throws IllegalArgumentException if the lengths are not those of the bytes
     */
    public MutationRows wrap(DirectBuffer source, int offset, int length) {
        buffer.wrap(source, offset, length);
        if (length < ROWS_OFFSET || ROWS_OFFSET + room(BEFORE_LENGTH_OFFSET) + room(AFTER_LENGTH_OFFSET) != length) {
            throw new IllegalArgumentException("rows of a mutation in " + length + " bytes: they do not fit");
        }
        return this;
    }

    /** The row before, in the flyweight given; null: there was none. */
    public @Nullable FlatRow before(int columns, FlatRow into) {
        return row(ROWS_OFFSET, BEFORE_LENGTH_OFFSET, columns, into);
    }

    /** Time of the row before, epoch milliseconds, or {@link #NO_TIME}. */
    public long beforeTimeMs() {
        return buffer.getLong(BEFORE_TIME_OFFSET, LITTLE_ENDIAN);
    }

    /** The row after, in the flyweight given; null: there is none any more. */
    public @Nullable FlatRow after(int columns, FlatRow into) {
        return row(ROWS_OFFSET + (int) room(BEFORE_LENGTH_OFFSET), AFTER_LENGTH_OFFSET, columns, into);
    }

    /** Time of the row after, epoch milliseconds, or {@link #NO_TIME}. */
    public long afterTimeMs() {
        return buffer.getLong(AFTER_TIME_OFFSET, LITTLE_ENDIAN);
    }

    private @Nullable FlatRow row(int offset, int lengthOffset, int columns, FlatRow into) {
        int length = buffer.getInt(lengthOffset, LITTLE_ENDIAN);
        return length == NO_ROW ? null : into.wrap(buffer, offset, length, columns);
    }

    /** Bytes that a row takes; a long, so that damaged lengths do not add up to a good one. */
    private long room(int lengthOffset) {
        int length = buffer.getInt(lengthOffset, LITTLE_ENDIAN);
        return length == NO_ROW ? 0 : Integer.toUnsignedLong(length);
    }
}
