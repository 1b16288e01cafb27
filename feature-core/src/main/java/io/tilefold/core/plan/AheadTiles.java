package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import java.util.Arrays;

/**
 * The rows of one key that lie at or after the batch end, newest first: a tile of those of the same five minutes, then of the five minutes before, and one of all of them
 * if some window is all of history. Memory: two tiles. Reused from key to key; confined to one thread.
 */
final class AheadTiles {
    private final GrowingTile hop;
    private final GrowingTile all;
    private final boolean hasHistory;
    private final boolean[] overflows;
    private long lastTimeMs;
    private long newestMs;
    private boolean isOpen;

    AheadTiles(GroupByPlan plan) {
        this.hop = new GrowingTile(plan.tiles());
        this.all = new GrowingTile(plan.tiles());
        this.hasHistory = plan.hasUnbounded();
        this.overflows = new boolean[plan.tiles().accumulatorCount()];
        reset();
    }

    void reset() {
        hop.reset();
        all.reset();
        Arrays.fill(overflows, false);
        lastTimeMs = Long.MAX_VALUE;
        isOpen = false;
    }

    boolean hasRows() {
        return lastTimeMs != Long.MAX_VALUE;
    }

    /** True if a row of this time is of earlier five minutes than those before it: their tile is to be closed. */
    boolean endsAt(long timeMs) {
        return isOpen && Hop.FIVE_MINUTES.number(timeMs) != Hop.FIVE_MINUTES.number(lastTimeMs);
    }

    /**
     * Takes the next older row, or one of equal time.
     *
     * @throws IllegalArgumentException if the row is newer than the one before it
     */
    void add(FlatRow row, long timeMs) {
        if (timeMs > lastTimeMs) {
            throw new IllegalArgumentException(
                    "row at " + timeMs + " ms after one at " + lastTimeMs + " ms: rows come newest first");
        }
        if (!isOpen) {
            newestMs = timeMs;
        }
        hop.update(row, timeMs);
        lastTimeMs = timeMs;
        isOpen = true;
    }

    boolean isOpen() {
        return isOpen;
    }

    /** Index of the five minutes of the open tile. */
    int index() {
        return Hop.FIVE_MINUTES.indexOf(lastTimeMs);
    }

    /** Time of the newest row in the open tile. */
    long newestMs() {
        return newestMs;
    }

    /** The open tile, all rows of its five minutes in it; good until {@link #close}. */
    TileBuffer openTile() {
        return hop.tile();
    }

    /** Takes the open tile into that of all rows. To be called before it is written, which may make it overflow for want of room in the record. */
    void merge() {
        if (hasHistory) {
            all.merge(hop.tile());
        }
    }

    /** Makes room for the five minutes before. */
    void close() {
        for (int state = 0; state < overflows.length; state++) {
            overflows[state] |= hop.tile().hasOverflow(state);
        }
        hop.reset();
        isOpen = false;
    }

    /** All rows but those of the open tile; only if a window is all of history. */
    TileBuffer all() {
        return all.tile();
    }

    /** True if some state of a tile of five minutes went beyond its bound. */
    boolean hasOverflow() {
        for (boolean overflow : overflows) {
            if (overflow) {
                return true;
            }
        }
        return false;
    }

    /** True if this state, by its index in the tile, did. */
    boolean hasOverflow(int state) {
        return overflows[state];
    }
}
