package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;

/** An operation over a map column: one state per key, over the key's non-null values. */
final class OverMap extends MapStates {
    OverMap(Accumulator state, int blobBound) {
        super(state, blobBound);
    }

    @Override
    void change(TileBuffer tile, int at, FlatRow row, int column, long timeMs, int sign) {
        if (row.isNull(column)) {
            return;
        }
        FlatRow entries = row.wrapMap(column, tile.elements());
        for (int key = 0; key < entries.columns(); key += 2) {
            changeKey(
                    tile,
                    at,
                    entries.buffer(),
                    entries.bytesOffset(key),
                    entries.bytesLength(key),
                    entries,
                    key + 1,
                    timeMs,
                    sign);
        }
    }
}
