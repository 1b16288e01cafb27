package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What every accumulator over one input does: passes nulls by, keeps the number of inputs, finishes 0 inputs as null.
 *
 * <pre>
 *  +------------+-------------------+------
 *  | count long | takenBack long *) | body      *) where events may be taken back and the operation has no inverse
 *  +------------+-------------------+------
 * </pre>
 *
 * <ul>
 *   <li>count: inputs taken less inputs taken back
 *   <li>takenBack: inputs taken back; what the body holds still includes them, so the inputs it has seen are count + takenBack
 * </ul>
 */
abstract class CountingAccumulator extends Accumulator {
    private static final int TAKEN_BACK_OFFSET = COUNT_OFFSET + Long.BYTES;

    /** More inputs than any state has: sums of such counts do not wrap. */
    private static final long MAX_COUNT = 1L << 48;

    /** Offset of what the operation keeps for itself, in the fixed part. */
    final int bodyOffset;

    /** True if inputs taken back stay in the body and are counted apart. */
    final boolean keepsTakenBack;

    private final boolean mutable;

    /**
     * @param mutable events may be taken back
     * @param hasInverse {@link #subtract} takes one back exactly
     */
    CountingAccumulator(boolean mutable, boolean hasInverse) {
        this.mutable = mutable;
        this.keepsTakenBack = mutable && !hasInverse;
        this.bodyOffset = keepsTakenBack ? TAKEN_BACK_OFFSET + Long.BYTES : TAKEN_BACK_OFFSET;
    }

    /** Every state without a blob that counts its inputs is the state of a count, and more. */
    @Override
    boolean holdsStateOf(Accumulator other) {
        return other == this
                || other instanceof Count.State count
                        && blobReference() < 0
                        && ((CountingAccumulator) count).mutable == mutable;
    }

    @Override
    public final void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (!row.isNull(column)) {
            take(tile, at, row, column, timeMs);
        }
    }

    @Override
    final void take(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        UnsafeBuffer buffer = tile.buffer();
        long count = buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        buffer.putLong(at + COUNT_OFFSET, count + 1, LITTLE_ENDIAN);
        add(tile, at, count + takenBack(buffer, at), row, column, timeMs);
    }

    @Override
    public final void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (!mutable) {
            throw new IllegalStateException("an event is taken back from a state of events that never are");
        }
        if (row.isNull(column)) {
            return;
        }
        addLong(tile.buffer(), at + COUNT_OFFSET, -1);
        if (keepsTakenBack) {
            long before = takenBack(tile.buffer(), at);
            addLong(tile.buffer(), at + TAKEN_BACK_OFFSET, 1);
            remember(tile, at, before, row, column, timeMs);
        } else {
            subtract(tile, at, row, column, timeMs);
        }
    }

    @Override
    public final void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt) {
        long added = from.getLong(fromAt + COUNT_OFFSET, LITTLE_ENDIAN);
        if (added == 0 && !mutable && !isOverflow(from, fromAt)) {
            return;
        }
        UnsafeBuffer buffer = into.buffer();
        long count = buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        long inputs = count + takenBack(buffer, at);
        buffer.putLong(at + COUNT_OFFSET, count + added, LITTLE_ENDIAN);
        if (keepsTakenBack) {
            long before = takenBack(buffer, at);
            long takenBack = takenBack(from, fromAt);
            addLong(buffer, at + TAKEN_BACK_OFFSET, takenBack);
            if (takenBack != 0) {
                rememberState(into, at, before, from, tile, fromAt);
            }
            if (added + takenBack == 0 && !isOverflow(from, fromAt)) {
                return;
            }
        }
        addState(into, at, inputs, from, tile, fromAt);
    }

    @Override
    public final void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        long count = from.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        if (count < 0 || (count > 0 && takenBack(from, at) != 0 && isStale(from, tile, at))) {
            sink.stale();
        }
        if (count <= 0) {
            sink.nullValue();
        } else {
            value(from, tile, at, count, sink);
        }
    }

    @Override
    final void check(DirectBuffer from, int tile, int at) {
        long count = from.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        require(
                count >= (mutable ? -MAX_COUNT : 0) && count <= MAX_COUNT,
                tile,
                at + COUNT_OFFSET,
                "impossible number of inputs");
        long takenBack = takenBack(from, at);
        require(
                takenBack >= 0 && takenBack <= MAX_COUNT && (!keepsTakenBack || count + takenBack >= 0),
                tile,
                at + TAKEN_BACK_OFFSET,
                "impossible number of inputs taken back");
        checkBody(from, tile, at, count + takenBack);
    }

    /** Inputs the body has seen: those taken back later too, if it keeps them. */
    final long inputs(DirectBuffer buffer, int at) {
        return buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN) + takenBack(buffer, at);
    }

    /** Inputs taken back that the body still holds. */
    final long takenBack(DirectBuffer buffer, int at) {
        return keepsTakenBack ? buffer.getLong(at + TAKEN_BACK_OFFSET, LITTLE_ENDIAN) : 0;
    }

    /** Adds up the counts of many states. */
    static void addCounts(TileBuffer into, int at, TileList tiles, int first, int offset) {
        UnsafeBuffer from = tiles.buffer();
        long count = 0;
        for (int i = first; i < tiles.size(); i++) {
            count += from.getLong(tiles.tile(i) + offset + COUNT_OFFSET, LITTLE_ENDIAN);
        }
        addLong(into.buffer(), at + COUNT_OFFSET, count);
    }

    private static void addLong(UnsafeBuffer buffer, int at, long term) {
        buffer.putLong(at, buffer.getLong(at, LITTLE_ENDIAN) + term, LITTLE_ENDIAN);
    }

    /** Adds a non-null input; the count is kept already. */
    abstract void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs);

    /** Adds a state with inputs; the count is kept already. */
    abstract void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt);

    /** Gives the value of a state with inputs. */
    abstract void value(DirectBuffer from, int tile, int at, long count, ValueSink sink);

    /** Takes a non-null input back, where the operation has an inverse; the count is kept already. */
    void subtract(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        throw new AssertionError(getClass() + " has no inverse");
    }

    /** Keeps what {@link #isStale} needs to know of an input taken back; the counts are kept already. */
    void remember(TileBuffer tile, int at, long takenBackBefore, FlatRow row, int column, long timeMs) {}

    /** Keeps what {@link #isStale} needs to know of the inputs that a state had taken back. */
    void rememberState(TileBuffer into, int at, long takenBackBefore, DirectBuffer from, int tile, int fromAt) {}

    /** Throws {@link CorruptStateException} if the body cannot be one of so many inputs; bounds and order of the blob are checked already. */
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {}

    /** True if the value of a state with inputs, some of them taken back, may be another than without those. */
    boolean isStale(DirectBuffer from, int tile, int at) {
        return true;
    }
}
