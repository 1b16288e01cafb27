package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import org.agrona.DirectBuffer;

/**
 * Number and sum of the inputs.
 *
 * <pre>
 *  +------------+---------------------+
 *  | count long | sum, see ExactSum   |
 *  +------------+---------------------+
 * </pre>
 */
abstract class SummingAccumulator extends CountingAccumulator {
    static final int SUM_OFFSET = COUNT_OFFSET + Long.BYTES;

    final boolean floating;

    SummingAccumulator(boolean floating, boolean mutable) {
        super(mutable, true);
        this.floating = floating;
    }

    @Override
    final boolean holdsStateOf(Accumulator other) {
        return other instanceof SummingAccumulator sum ? sum.floating == floating : super.holdsStateOf(other);
    }

    @Override
    final boolean mergesTorn() {
        return true;
    }

    @Override
    public int fixedLength() {
        return SUM_OFFSET + ExactSum.LENGTH;
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        if (floating) {
            ExactSum.addDouble(tile.buffer(), at + SUM_OFFSET, row.getDouble(column));
        } else {
            ExactSum.addLong(tile.buffer(), at + SUM_OFFSET, row.getLong(column));
        }
    }

    @Override
    void subtract(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (floating) {
            ExactSum.addDouble(tile.buffer(), at + SUM_OFFSET, -row.getDouble(column));
        } else {
            ExactSum.subtractLong(tile.buffer(), at + SUM_OFFSET, row.getLong(column));
        }
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        if (floating) {
            ExactSum.mergeDoubles(into.buffer(), at + SUM_OFFSET, from, fromAt + SUM_OFFSET);
        } else {
            ExactSum.mergeLongs(into.buffer(), at + SUM_OFFSET, from, fromAt + SUM_OFFSET);
        }
    }

    @Override
    final void mergeAll(TileBuffer into, int at, TileList tiles, int first, int offset) {
        addCounts(into, at, tiles, first, offset);
        if (floating) {
            ExactSum.mergeAllDoubles(into.buffer(), at + SUM_OFFSET, tiles, first, offset + SUM_OFFSET);
        } else {
            ExactSum.mergeAllLongs(into.buffer(), at + SUM_OFFSET, tiles, first, offset + SUM_OFFSET);
        }
    }
}
