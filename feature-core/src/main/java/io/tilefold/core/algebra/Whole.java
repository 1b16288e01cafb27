package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;

/** An operation that takes a list or a map as one value; an empty one is no input. */
final class Whole extends Delegating {
    Whole(Accumulator inner) {
        super(inner);
    }

    @Override
    long inputs(TileBuffer scratch, FlatRow row, int column) {
        return row.isNull(column) || row.size(column) == 0 ? 0 : 1;
    }

    @Override
    public void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (inputs(tile, row, column) > 0) {
            inner.update(tile, at, row, column, timeMs);
        }
    }

    @Override
    public void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (inputs(tile, row, column) > 0) {
            inner.takeBack(tile, at, row, column, timeMs);
        }
    }
}
