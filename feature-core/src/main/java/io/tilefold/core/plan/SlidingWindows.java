package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of one key at many moments in one pass over its rows: SEMANTICS.md §2 and §3, by the tiles and states that serving folds. Rows are given when
 * they begin to count, moments in ascending order between them; a row counts at every moment after it was given whose window holds its time.
 *
 * <pre>{@code
 * windows.start(leastQ);
 * windows.apply(row, timeMs, false, Scope.ALL);   // rows in any order of time
 * windows.fold(q);                                // q > every time given with a bounded scope, never less than before
 * windows.emit(sink);
 * }</pre>
 *
 * <p>Memory: one tile per non-empty hop of the longest window of each hop size, and as many suffixes per window; never a list of rows. Reused from key to key;
 * confined to one thread.
 */
public final class SlidingWindows {
    /** Length of the recent tile's blobs at which it is merged into all of history. */
    private static final int RECENT_LENGTH = 1 << 14;

    private final GroupByPlan plan;
    private final List<Level> levels = new ArrayList<>();
    private final @Nullable SlidingWindow[] bounded;
    private final TileBuffer history;
    private final TileBuffer recent;
    private final boolean hasHistory;
    private final WindowResults results;
    private long leastQ;
    private long foldedQ;
    private boolean isFolded;

    /** Which windows a row counts in. */
    public enum Scope {
        ALL,
        /** Those with a length. */
        BOUNDED,
        /** All of history. */
        HISTORY
    }

    /** The windows of one hop size and the tiles they share. */
    private record Level(HopTiles tiles, Window longest, List<SlidingWindow> windows) {
        void apply(FlatRow row, long timeMs, boolean isTakenBack, long leastQ) {
            long reachMs = longest.tail(leastQ);
            if (timeMs < reachMs) {
                return;
            }
            if (tiles.isFull()) {
                tiles.dropBefore(tiles.hop().indexOf(reachMs));
            }
            int index = tiles.hop().indexOf(timeMs);
            for (SlidingWindow window : windows) {
                window.changes(index);
            }
            SlidingWindows.apply(tiles.at(index), row, timeMs, isTakenBack);
        }
    }

    public SlidingWindows(GroupByPlan plan) {
        this.plan = plan;
        this.bounded = new SlidingWindow[plan.windows().size()];
        this.history = new TileBuffer(plan.tiles());
        this.recent = plan.tiles().isFixed() ? history : new TileBuffer(plan.tiles());
        this.hasHistory = plan.hasUnbounded();
        this.results = new WindowResults(plan);
        for (Hop hop : Hop.values()) {
            addLevel(hop);
        }
    }

    private void addLevel(Hop hop) {
        HopTiles tiles = new HopTiles(hop, plan.tiles());
        List<SlidingWindow> windows = new ArrayList<>();
        Window longest = null;
        for (int i = 0; i < bounded.length; i++) {
            Window window = plan.windows().get(i);
            if (!window.isUnbounded() && window.hop() == hop) {
                SlidingWindow sliding = new SlidingWindow(window, tiles, plan.tiles());
                bounded[i] = sliding;
                windows.add(sliding);
                longest = window;
            }
        }
        if (longest != null) {
            levels.add(new Level(tiles, longest, windows));
        }
    }

    public GroupByPlan plan() {
        return plan;
    }

    /** Starts the next key: no row yet. No moment before {@code leastMoment} will be asked; rows that only such moments would need are left out. */
    public void start(long leastMoment) {
        leastQ = leastMoment;
        isFolded = false;
        history.reset();
        recent.reset();
        for (Level level : levels) {
            level.tiles.clear();
            for (SlidingWindow window : level.windows) {
                window.clear();
            }
        }
    }

    /** Takes a row, or takes one back that was or will be taken. */
    public void apply(FlatRow row, long timeMs, boolean isTakenBack, Scope scope) {
        isFolded = false;
        if (hasHistory && scope != Scope.BOUNDED) {
            apply(recent, row, timeMs, isTakenBack);
            if (recent != history && recent.blobsLength() > RECENT_LENGTH) {
                mergeRecent();
            }
        }
        if (scope == Scope.HISTORY) {
            return;
        }
        leastQ = Math.max(leastQ, timeMs);
        for (Level level : levels) {
            level.apply(row, timeMs, isTakenBack, leastQ);
        }
    }

    private static void apply(TileBuffer tile, FlatRow row, long timeMs, boolean isTakenBack) {
        if (isTakenBack) {
            tile.takeBack(row, timeMs);
        } else {
            tile.update(row, timeMs);
        }
    }

    private void mergeRecent() {
        if (recent != history) {
            history.merge(recent);
            recent.reset();
        }
    }

    /** Computes all windows at {@code q}; {@link #emit} then gives the values. */
    public void fold(long q) {
        assert q >= leastQ : q + " < " + leastQ;
        if (isFolded && q == foldedQ) {
            return;
        }
        isFolded = true;
        foldedQ = q;
        leastQ = q;
        for (int i = 0; i < bounded.length; i++) {
            SlidingWindow window = bounded[i];
            if (window != null) {
                results.set(i, window.at(q).encoded(), 0);
            } else {
                mergeRecent();
                results.set(i, history.encoded(), 0);
            }
        }
    }

    /** Gives every output's value, in the plan's order. */
    public void emit(ValueSink sink) {
        results.emit(sink);
    }

    /** Gives one output's value. */
    public void emit(int output, ValueSink sink) {
        results.emit(output, sink);
    }

    /** Tiles in memory, those to be used again and suffixes included. */
    int tileCount() {
        int count = 0;
        for (Level level : levels) {
            count += level.tiles.capacity();
            for (SlidingWindow window : level.windows) {
                count += window.capacity();
            }
        }
        return count;
    }
}
