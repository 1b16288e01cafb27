package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.value.FlatRow;
import org.agrona.DirectBuffer;

/**
 * A tile that takes very many rows. A row that goes into a sorted set or map moves what lies behind it; so that a key with millions of rows does not move a
 * large state for each, rows are taken by a tile of the most recent ones, which is merged into the whole when it has grown. Memory: the tile and {@link
 * #RECENT_LENGTH}. Reused; confined to one thread.
 */
final class GrowingTile {
    /** Length of the recent tile's blobs at which it is merged. */
    private static final int RECENT_LENGTH = 1 << 14;

    private final TileBuffer whole;
    private final TileBuffer recent;

    GrowingTile(TileLayout layout) {
        this.whole = new TileBuffer(layout);
        this.recent = layout.isFixed() ? whole : new TileBuffer(layout);
    }

    void reset() {
        whole.reset();
        recent.reset();
    }

    void update(FlatRow row, long timeMs) {
        recent.update(row, timeMs);
        mergeIfGrown();
    }

    /** Takes a row, or takes one back that was or will be taken. */
    void apply(FlatRow row, long timeMs, boolean isTakenBack) {
        KeyTiles.apply(recent, row, timeMs, isTakenBack);
        mergeIfGrown();
    }

    void merge(DirectBuffer buffer, int tile) {
        recent.merge(buffer, tile);
        mergeIfGrown();
    }

    void merge(TileBuffer tile) {
        recent.merge(tile);
        mergeIfGrown();
    }

    /** All that was taken; good until more is. */
    TileBuffer tile() {
        mergeRecent();
        return whole;
    }

    private void mergeIfGrown() {
        if (recent.blobsLength() > RECENT_LENGTH) {
            mergeRecent();
        }
    }

    private void mergeRecent() {
        if (recent != whole) {
            whole.merge(recent);
            recent.reset();
        }
    }
}
