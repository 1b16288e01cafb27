package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The rows of one key as tiles: for each hop size one per non-empty hop, as far as the longest window of that size reaches, and one of all of history. Never a list
 * of rows. Reused from key to key; confined to one thread.
 */
public final class KeyTiles {
    /** Stands for all of history where a hop's {@link Hop#code} stands for its tiles. */
    public static final int HISTORY = 0;

    private final List<HopLevel> levels = new ArrayList<>();
    private final GrowingTile history;
    private final boolean hasHistory;
    private long leastQ;

    /** Which windows a row counts in. */
    public enum Scope {
        ALL,
        /** Those with a length. */
        BOUNDED,
        /** All of history. */
        HISTORY
    }

    /** Takes tiles. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param code of the hop size, or {@link #HISTORY}
         * @param index of the hop; 0 of all of history
         */
        void tile(int code, int index, TileBuffer tile);
    }

    public KeyTiles(GroupByPlan plan) {
        this.history = new GrowingTile(plan.tiles());
        this.hasHistory = plan.hasUnbounded();
        for (Hop hop : Hop.values()) {
            plan.windows().stream()
                    .filter(window -> !window.isUnbounded() && window.hop() == hop)
                    .max(Window.BY_LENGTH)
                    .ifPresent(longest -> levels.add(new HopLevel(new HopTiles(hop, plan.tiles()), longest)));
        }
    }

    List<HopLevel> levels() {
        return levels;
    }

    /** Starts the next key: no row yet. No moment before {@code leastMoment} will be asked; rows that only such moments would need are left out. */
    public void start(long leastMoment) {
        leastQ = leastMoment;
        history.reset();
        levels.forEach(HopLevel::clear);
    }

    /** No moment before this one will be asked. */
    void advance(long moment) {
        leastQ = Math.max(leastQ, moment);
    }

    /** Takes a row, or takes one back that was or will be taken. No moment at or before the time of a row of bounded scope will be asked. */
    public void apply(FlatRow row, long timeMs, boolean isTakenBack, Scope scope) {
        if (hasHistory && scope != Scope.BOUNDED) {
            history.apply(row, timeMs, isTakenBack);
        }
        if (scope != Scope.HISTORY) {
            advance(timeMs);
            for (int i = 0; i < levels.size(); i++) {
                levels.get(i).apply(row, timeMs, isTakenBack, leastQ);
            }
        }
    }

    static void apply(TileBuffer tile, FlatRow row, long timeMs, boolean isTakenBack) {
        if (isTakenBack) {
            tile.takeBack(row, timeMs);
        } else {
            tile.update(row, timeMs);
        }
    }

    /** Takes the rows of a tile that {@link #forEach} gave. */
    public void merge(int code, int index, DirectBuffer tile) {
        if (code == HISTORY) {
            history.merge(tile, 0);
            return;
        }
        for (HopLevel level : levels) {
            if (level.hop().code() == code) {
                level.merge(index, tile, leastQ);
            }
        }
    }

    /** Gives the tiles that moments from {@code leastMoment} on can reach. */
    public void forEach(long leastMoment, Visitor visitor) {
        for (HopLevel level : levels) {
            HopTiles tiles = level.tiles();
            for (int i = tiles.position(level.reach(leastMoment)); i < tiles.size(); i++) {
                visitor.tile(level.hop().code(), tiles.index(i), tiles.tile(i));
            }
        }
        TileBuffer all = history();
        if (hasHistory && !all.isEmpty()) {
            visitor.tile(HISTORY, 0, all);
        }
    }

    /** The tile of all of history. */
    TileBuffer history() {
        return history.tile();
    }

    /** Tiles in memory, those to be used again and suffixes included. */
    int capacity() {
        return levels.stream().mapToInt(HopLevel::capacity).sum();
    }
}
