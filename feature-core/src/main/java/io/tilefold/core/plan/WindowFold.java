package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.ValueSink;
import org.jspecify.annotations.Nullable;

/**
 * Folds the base record and the live tiles of one key into the values of all windows at a moment: SEMANTICS.md §2 and §4. Scratch for one plan,
 * reused without allocation once grown; confined to one thread.
 *
 * <p>Windows are taken from short to long. A running tile holds live from the current tail to the head; it only ever grows, since tails move
 * back. A window that reaches behind the batch end adds one base suffix to it. Where there is no live event, the suffix is finished
 * straight from the base.
 *
 * <p>Of entities that mutations change, base and live hold rows at their own times, before the batch end and after it: live tiles count from the tail on, the base has tiles
 * ahead of the batch end, and all of history is a tile in each.
 */
public final class WindowFold {
    private final GroupByPlan plan;
    private final Window[] windows;
    private final @Nullable Hop[] hops;
    private final long[] tails;
    private final long[] tailNumbers;
    private final int tornLength;
    private final TileBuffer running;
    private final TileBuffer[] merged;
    private final WindowResults results;
    private long momentMs = Long.MIN_VALUE;
    private long headMs;

    public WindowFold(GroupByPlan plan) {
        this.plan = plan;
        this.windows = plan.windows().toArray(Window[]::new);
        this.tornLength = plan.tiles().mergesTorn() ? plan.tiles().fixedEnd() : 0;
        this.running = new TileBuffer(plan.tiles());
        this.merged = new TileBuffer[windows.length];
        this.results = new WindowResults(plan);
        this.hops = new Hop[windows.length];
        this.tails = new long[windows.length];
        this.tailNumbers = new long[windows.length];
        for (int i = 0; i < windows.length; i++) {
            merged[i] = new TileBuffer(plan.tiles());
            hops[i] = windows[i].isUnbounded() ? null : windows[i].hop();
        }
        at(0);
    }

    public GroupByPlan plan() {
        return plan;
    }

    /**
     * Computes all windows at {@code q >= batchEndMs}; {@link #emit} then gives the values. The base record's memory is read until then.
     *
     * @param base the key's record, or an empty one
     */
    public void fold(long q, long batchEndMs, BaseRecord base, LiveTiles live) {
        assert q >= batchEndMs : q + " < " + batchEndMs;
        if (q != momentMs) {
            at(q);
        }
        running.reset();
        if (plan.isMutable()) {
            foldRows(batchEndMs, base, live);
        } else {
            foldEvents(batchEndMs, base, live);
        }
    }

    private void foldEvents(long batchEndMs, BaseRecord base, LiveTiles live) {
        long runningFrom = headMs;
        for (int i = 0; i < windows.length; i++) {
            long tail = tails[i];
            long from = Math.max(tail, batchEndMs);
            if (from < runningFrom && !live.isEmpty()) {
                live.mergeRange(from, runningFrom, running);
                runningFrom = from;
            }
            setResult(i, base, tail < batchEndMs ? suffix(base, i) : -1);
        }
    }

    private void foldRows(long batchEndMs, BaseRecord base, LiveTiles live) {
        long runningFrom = headMs;
        for (int i = 0; i < windows.length; i++) {
            Hop hop = hops[i];
            if (hop == null) {
                running.reset();
                live.mergeAllRows(running);
                setResult(i, base, base.all());
                return; // all of history is the last window
            }
            long tail = tails[i];
            if (tail < runningFrom) {
                live.mergeRange(tail, runningFrom, running);
                mergeAhead(base, Math.max(tail, batchEndMs), runningFrom);
                runningFrom = tail;
            }
            setResult(i, base, tail < batchEndMs ? base.suffixBefore(hop, tailNumbers[i], batchEndMs) : -1);
        }
    }

    private void mergeAhead(BaseRecord base, long fromMs, long toMs) {
        for (int place = base.firstAhead(fromMs); base.isAhead(place, toMs); place++) {
            running.merge(base.buffer(), base.aheadTile(place));
        }
    }

    /** A window is what is running and a base suffix; -1: no suffix. */
    private void setResult(int i, BaseRecord base, int suffix) {
        if (suffix >= 0 && running.isEmpty()) {
            results.set(i, base.buffer(), suffix);
        } else {
            TileBuffer result = running;
            if (suffix >= 0) {
                result = merged[i].load(running);
                result.merge(base.buffer(), suffix);
            } else if (i < windows.length - 1) {
                result = merged[i].load(running);
            }
            results.set(i, result.encoded(), 0);
        }
    }

    /** What a moment makes of the windows. The rows of a request have one moment, so this is done once for all of them. */
    private void at(long q) {
        headMs = Hop.FIVE_MINUTES.ceil(q);
        for (int i = 0; i < windows.length; i++) {
            Hop hop = hops[i];
            tails[i] = windows[i].tail(q);
            tailNumbers[i] = hop == null ? Long.MIN_VALUE : hop.number(tails[i]);
        }
        momentMs = q;
    }

    private int suffix(BaseRecord base, int window) {
        Hop hop = hops[window];
        return hop == null ? base.all() : base.suffix(hop, tailNumbers[window]);
    }

    /** Length of the plan's tiles if a fold may read them while they are being written, so that its values count only if they were not; else 0. */
    public int tornLength() {
        return tornLength;
    }

    /** Events and rows before this time are in no window at {@code q}: where it is not before the batch end, {@link #fold} asks nothing of the base. */
    public long reachMs(long q) {
        if (plan.isMutable()) {
            return Long.MIN_VALUE; // a base has rows ahead of the batch end too
        }
        if (q != momentMs) {
            at(q);
        }
        return tails[tails.length - 1]; // of the longest window
    }

    /** Gives every output's value, in the plan's order. */
    public void emit(ValueSink sink) {
        results.emit(sink);
    }

    /** Gives one output's value. */
    public void emit(int index, ValueSink sink) {
        results.emit(index, sink);
    }
}
