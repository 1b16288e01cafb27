package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One bounded window that slides over the hop tiles of a key, as a queue of two stacks:
 *
 * <pre>
 *      tail = floor(q - W, H)             split                          newest        q
 *        │                                  │                              │           │
 *  ──────┼──────┬──────┬──────┬──────┬──────┼──────┬──────┬──────┬─────────┼───────────┤
 *        │ hop  │ hop  │ hop  │ hop  │ hop  │ hop  │ hop  │ hop  │ hop     │ the open  │
 *        ├──────────── suffix ──────────────┤──────────── later ───────────┤─── tile ──┤
 *               ├─────── suffix ────────────┤
 *                      ├── suffix ──────────┤        value at q = suffix(tail) + later + open tile
 *                       ...
 * </pre>
 *
 * A suffix is what base keeps for a batch end, with the split in its place. When the tail has passed the split, the hops that have come since become the
 * suffixes of a new one: each hop is merged once into a suffix and once into {@code later}, whatever the window's length, and a value costs two merges.
 */
final class SlidingWindow {
    private static final int NONE = Integer.MIN_VALUE;

    private final Window window;
    private final HopTiles tiles;
    private final TileBuffer later;
    private final TileBuffer result;
    private int[] suffixIndexes = new int[16];
    private @Nullable TileBuffer[] suffixes = new TileBuffer[16];
    private int suffixCount;
    private int split = NONE;
    private int laterEnd;

    SlidingWindow(Window window, HopTiles tiles, TileLayout layout) {
        this.window = window;
        this.tiles = tiles;
        this.later = new TileBuffer(layout);
        this.result = new TileBuffer(layout);
    }

    void clear() {
        split = NONE;
    }

    /** Suffixes that there is room for. */
    int capacity() {
        return suffixes.length;
    }

    /** A tile changes: what was merged of it is merged anew. */
    void changes(int index) {
        if (index < laterEnd) {
            split = NONE;
        }
    }

    /** The window's tile at {@code q}; valid until the next call. */
    TileBuffer at(long q) {
        int newest = tiles.size() - 1;
        result.reset();
        if (newest < 0) {
            return result;
        }
        int tail = tiles.hop().indexOf(window.tail(q));
        int open = tiles.index(newest);
        if (open < tail) {
            return result;
        }
        if (split == NONE || tail > split) {
            splitAt(tail, newest);
        } else {
            for (int i = tiles.position(laterEnd); i < newest; i++) {
                later.merge(tiles.tile(i));
            }
        }
        laterEnd = open;
        int suffix = firstSuffix(tail);
        if (suffix >= 0) {
            result.merge(suffix(suffix));
        }
        result.merge(later);
        result.merge(tiles.tile(newest));
        return result;
    }

    /** Makes suffixes of the tiles from {@code tail} to before the newest, newest first. */
    private void splitAt(int tail, int newest) {
        split = tiles.index(newest);
        later.reset();
        suffixCount = 0;
        for (int i = newest - 1; i >= 0 && tiles.index(i) >= tail; i--) {
            if (suffixCount == suffixes.length) {
                suffixIndexes = Arrays.copyOf(suffixIndexes, 2 * suffixCount);
                suffixes = Arrays.copyOf(suffixes, 2 * suffixCount);
            }
            TileBuffer suffix = suffixes[suffixCount];
            if (suffix == null) {
                suffix = new TileBuffer(result.layout());
                suffixes[suffixCount] = suffix;
            }
            suffix.load(tiles.tile(i));
            if (suffixCount > 0) {
                suffix.merge(suffix(suffixCount - 1));
            }
            suffixIndexes[suffixCount++] = tiles.index(i);
        }
    }

    /** Newest first in memory, so what lies behind the tail is at the end and is dropped from there. */
    private int firstSuffix(int tail) {
        while (suffixCount > 0 && suffixIndexes[suffixCount - 1] < tail) {
            suffixCount--;
        }
        return suffixCount - 1;
    }

    private TileBuffer suffix(int position) {
        TileBuffer suffix = suffixes[position];
        if (suffix == null) {
            throw new IndexOutOfBoundsException(position);
        }
        return suffix;
    }
}
