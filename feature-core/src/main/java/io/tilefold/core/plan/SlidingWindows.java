package io.tilefold.core.plan;

import io.tilefold.core.plan.KeyTiles.Scope;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
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
 * <p>Memory: {@link KeyTiles}, and as many suffixes per window; never a list of rows. Reused from key to key; confined to one thread.
 */
public final class SlidingWindows {
    private final GroupByPlan plan;
    private final KeyTiles tiles;
    private final @Nullable SlidingWindow[] bounded;
    private final WindowResults results;
    private long foldedQ;
    private boolean isFolded;

    public SlidingWindows(GroupByPlan plan) {
        this.plan = plan;
        this.tiles = new KeyTiles(plan);
        this.bounded = new SlidingWindow[plan.windows().size()];
        this.results = new WindowResults(plan);
        for (int i = 0; i < bounded.length; i++) {
            Window window = plan.windows().get(i);
            for (HopLevel level : tiles.levels()) {
                if (!window.isUnbounded() && window.hop() == level.hop()) {
                    SlidingWindow sliding = new SlidingWindow(window, level.tiles(), plan.tiles());
                    bounded[i] = sliding;
                    level.add(sliding);
                }
            }
        }
    }

    public GroupByPlan plan() {
        return plan;
    }

    /** See {@link KeyTiles#start}. */
    public void start(long leastMoment) {
        isFolded = false;
        tiles.start(leastMoment);
    }

    /** See {@link KeyTiles#apply}. */
    public void apply(FlatRow row, long timeMs, boolean isTakenBack, Scope scope) {
        isFolded = false;
        tiles.apply(row, timeMs, isTakenBack, scope);
    }

    /** See {@link KeyTiles#merge}. */
    public void merge(int code, int index, DirectBuffer tile) {
        isFolded = false;
        tiles.merge(code, index, tile);
    }

    /** Computes all windows at {@code q}; {@link #emit} then gives the values. */
    public void fold(long q) {
        if (isFolded && q == foldedQ) {
            return;
        }
        isFolded = true;
        foldedQ = q;
        tiles.advance(q);
        for (int i = 0; i < bounded.length; i++) {
            SlidingWindow window = bounded[i];
            results.set(i, (window == null ? tiles.history() : window.at(q)).encoded(), 0);
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

    /** Tiles in memory, those to be used again included. */
    int tileCount() {
        return tiles.capacity();
    }
}
