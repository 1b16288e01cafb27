package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** The tiles of one hop size of one key, as far as the longest window of that size reaches, and the windows that slide over them. Confined to one thread. */
final class HopLevel {
    private final HopTiles tiles;
    private final Window longest;
    private final List<SlidingWindow> windows = new ArrayList<>();

    HopLevel(HopTiles tiles, Window longest) {
        this.tiles = tiles;
        this.longest = longest;
    }

    HopTiles tiles() {
        return tiles;
    }

    Hop hop() {
        return tiles.hop();
    }

    /** A window that is to be told of changes. */
    void add(SlidingWindow window) {
        windows.add(window);
    }

    /** First hop that a moment reaches. */
    int reach(long q) {
        return tiles.hop().indexOf(longest.tail(q));
    }

    void clear() {
        tiles.clear();
        windows.forEach(SlidingWindow::clear);
    }

    /** Takes a row if a moment from {@code leastQ} on can reach it. */
    void apply(FlatRow row, long timeMs, boolean isTakenBack, long leastQ) {
        if (timeMs >= longest.tail(leastQ)) {
            KeyTiles.apply(changing(tiles.hop().indexOf(timeMs), leastQ), row, timeMs, isTakenBack);
        }
    }

    /** Takes the rows of a hop. */
    void merge(int index, DirectBuffer tile, long leastQ) {
        if (index >= reach(leastQ)) {
            changing(index, leastQ).merge(tile, 0);
        }
    }

    private TileBuffer changing(int index, long leastQ) {
        if (tiles.isFull()) {
            tiles.dropBefore(reach(leastQ));
        }
        for (int i = 0; i < windows.size(); i++) {
            windows.get(i).changes(index);
        }
        return tiles.at(index);
    }

    /** Tiles and suffixes in memory, those to be used again included. */
    int capacity() {
        return tiles.capacity()
                + windows.stream().mapToInt(SlidingWindow::capacity).sum();
    }
}
