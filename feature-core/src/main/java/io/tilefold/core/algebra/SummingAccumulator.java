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
    static final int SUM_OFFSET = BODY_OFFSET;

    final boolean floating;

    SummingAccumulator(int column, boolean floating) {
        super(column);
        this.floating = floating;
    }

    @Override
    public int fixedLength() {
        return SUM_OFFSET + ExactSum.LENGTH;
    }

    @Override
    void add(TileBuffer tile, int at, long countBefore, FlatRow row, long timeMs) {
        if (floating) {
            ExactSum.addDouble(tile.buffer(), at + SUM_OFFSET, row.getDouble(column));
        } else {
            ExactSum.addLong(tile.buffer(), at + SUM_OFFSET, row.getLong(column));
        }
    }

    @Override
    void addState(TileBuffer into, int at, long countBefore, DirectBuffer from, int tile, int fromAt) {
        if (floating) {
            ExactSum.mergeDoubles(into.buffer(), at + SUM_OFFSET, from, fromAt + SUM_OFFSET);
        } else {
            ExactSum.mergeLongs(into.buffer(), at + SUM_OFFSET, from, fromAt + SUM_OFFSET);
        }
    }
}
