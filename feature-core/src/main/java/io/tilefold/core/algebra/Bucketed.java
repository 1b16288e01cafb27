package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;

/** One state per value of a bucket column: a map from the bucket's strings to the inner operation's values. A null bucket does not count. */
final class Bucketed extends MapStates {
    private final int bucketColumn;

    /** @param bucketColumn index of the bucket, a string, in the row */
    Bucketed(Accumulator state, int bucketColumn, int blobBound) {
        super(state, blobBound);
        this.bucketColumn = bucketColumn;
    }

    @Override
    boolean isKeyedLike(KeyedStates other) {
        return other instanceof Bucketed bucketed && bucketed.bucketColumn == bucketColumn;
    }

    @Override
    void change(TileBuffer tile, int at, FlatRow row, int column, long timeMs, int sign) {
        if (!row.isNull(bucketColumn)) {
            changeKey(
                    tile,
                    at,
                    row.buffer(),
                    row.bytesOffset(bucketColumn),
                    row.bytesLength(bucketColumn),
                    row,
                    column,
                    timeMs,
                    sign);
        }
    }
}
