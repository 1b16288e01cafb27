package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;

/** An operation over a list column that takes each non-null element as an input. */
final class Exploded extends Delegating {
    Exploded(Accumulator inner) {
        super(inner);
    }

    @Override
    long inputs(TileBuffer scratch, FlatRow row, int column) {
        long inputs = 0;
        if (!row.isNull(column)) {
            FlatRow elements = row.wrapList(column, scratch.elements());
            for (int i = 0; i < elements.columns(); i++) {
                inputs += elements.isNull(i) ? 0 : 1;
            }
        }
        return inputs;
    }

    @Override
    public void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (!row.isNull(column)) {
            FlatRow elements = row.wrapList(column, tile.elements());
            for (int i = 0; i < elements.columns(); i++) {
                inner.update(tile, at, elements, i, timeMs);
            }
        }
    }

    @Override
    public void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        if (!row.isNull(column)) {
            FlatRow elements = row.wrapList(column, tile.elements());
            for (int i = 0; i < elements.columns(); i++) {
                inner.takeBack(tile, at, elements, i, timeMs);
            }
        }
    }
}
