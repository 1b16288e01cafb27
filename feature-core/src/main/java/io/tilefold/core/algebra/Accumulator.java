package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.ValueSink;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * One aggregation without its window: how its state, a few flat bytes inside a tile, takes an event, takes another state, and becomes a
 * value. Immutable and shared by threads; all that changes is in the tile.
 *
 * <p>A state is a fixed part of {@link #fixedLength} bytes and at most one blob, referred to from the fixed part (see {@link TileLayout}). A
 * fixed part of zeros without a blob is the identity. The laws every accumulator keeps (the law suite runs them over each):
 *
 * <ol>
 *   <li>merging the identity, on either side, changes nothing;
 *   <li>update and merge in any order and grouping give equal compact bytes where {@link Operation#isExact}, else values within the
 *       operation's stated tolerance;
 *   <li>a null input changes nothing; no input finishes as null.
 * </ol>
 *
 * <p>Where events are taken back ({@link Operation#accumulator}, {@code mutable}), an operation that {@link Operation#takesBack} inverts exactly; any
 * other keeps its inputs, counts what was taken back, and says {@link ValueSink#stale} before a value that may hold some of it.
 *
 * <p>Aliasing: {@code update}, {@code takeBack} and {@code merge} change the tile buffer given and nothing else; the source of a merge may be mapped memory
 * and is never the target's.
 */
public abstract class Accumulator {
    /** Every state starts with its number of inputs, those taken back subtracted (long). */
    protected static final int COUNT_OFFSET = 0;

    /** {@link #weight} of a state beyond its bound: beyond every bound. */
    static final long OVERFLOW_WEIGHT = Integer.MAX_VALUE;

    /** Bytes of the fixed part, a multiple of 8. */
    public abstract int fixedLength();

    /** Offset of the blob's reference in the fixed part; -1 if this state has no blob. */
    public int blobReference() {
        return -1;
    }

    /** Bytes that the blob may have; beyond them the state is OVERFLOW. 0 if this state has no blob. */
    public int blobBound() {
        return blobReference() < 0 ? 0 : TileLayout.DEFAULT_BLOB_BOUND;
    }

    /**
     * What the state counts for in the bound of a state that it is part of: never less than the bytes it takes, the same for equal inputs whatever
     * their order, never falling as inputs are added or states merged, though the bytes may.
     */
    public long weight(DirectBuffer from, int tile, int at) {
        if (blobReference() < 0) {
            return fixedLength();
        }
        return isOverflow(from, at)
                ? OVERFLOW_WEIGHT
                : fixedLength() + RowLayout.align(from.getInt(at + blobReference() + Integer.BYTES, LITTLE_ENDIAN));
    }

    /** True if the state went beyond its bound. */
    final boolean isOverflow(DirectBuffer from, int at) {
        return from.getInt(at + blobReference(), LITTLE_ENDIAN) == TileLayout.OVERFLOW;
    }

    /** Makes a state with a blob OVERFLOW: nothing of it stays but counts, so that equal inputs stay equal bytes. */
    void overflow(TileBuffer tile, int at) {
        tile.overflow(at + blobReference());
    }

    /**
     * True if a merge of bytes that are no state, such as a reader without locks sees while a state is being written, does no harm: it ends as soon as any, neither fails nor reads outside the state's place, and writes
     * nothing but the target. What comes out means nothing.
     */
    boolean mergesTorn() {
        return false;
    }

    /** True if the state is that of no event. */
    final boolean isIdentity(DirectBuffer from, int at) {
        for (int i = 0; i < fixedLength(); i += Long.BYTES) {
            if (from.getLong(at + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Checks a state whose fixed part and blob lie inside its tile: after it {@link #finish} and {@link #merge} neither fail nor read outside.
     *
     * @throws CorruptStateException naming the offset and what is wrong
     */
    void check(DirectBuffer from, int tile, int at) {}

    static void require(boolean condition, int tile, int at, String otherwise) {
        if (!condition) {
            throw new CorruptStateException(at - tile, otherwise);
        }
    }

    /**
     * Takes one event.
     *
     * @param at offset of the fixed part in {@code tile}
     * @param column index of the input in the row
     * @param timeMs event time, epoch milliseconds
     */
    public abstract void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs);

    /** {@link #update} with an input that is known not to be null. */
    void take(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        update(tile, at, row, column, timeMs);
    }

    /**
     * Number of inputs that {@link #update} would take from this row.
     *
     * @param scratch of a tile with this state; not changed
     */
    long inputs(TileBuffer scratch, FlatRow row, int column) {
        return row.isNull(column) ? 0 : 1;
    }

    /**
     * Takes one event back: the one {@link #update} took, or will take, with these arguments.
     *
     * @throws IllegalStateException if the accumulator was not made for it
     */
    public abstract void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs);

    /**
     * Takes another state of this accumulator.
     *
     * @param at offset of the fixed part in {@code into}
     * @param tile offset of the source tile in {@code from}; blob references count from it
     * @param fromAt offset of the source's fixed part in {@code from}
     */
    public abstract void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt);

    /**
     * Takes the states of many tiles, as {@link #merge} would one after the other. An accumulator of numbers does it in a loop of its own, its sums in
     * registers: one call per fold instead of one per tile.
     *
     * @param first index of the first tile taken
     * @param offset of the source's fixed part from each tile's start
     */
    void mergeAll(TileBuffer into, int at, TileList tiles, int first, int offset) {
        for (int i = first; i < tiles.size(); i++) {
            merge(into, at, tiles.buffer(), tiles.tile(i), tiles.tile(i) + offset);
        }
    }

    /**
     * True if a state of this accumulator begins with the very bytes that the other's would have after the same inputs, so that the other finishes it and
     * needs no state of its own. Holds for itself; where it holds both ways the states are the same.
     */
    boolean holdsStateOf(Accumulator other) {
        return other == this;
    }

    /**
     * For each of some accumulators the one among them whose state it is finished from: its own index, or that of one that {@link #holdsStateOf} it over
     * the same input, whose own state is kept.
     *
     * @param inputs index of each one's input
     */
    public static int[] sharedStates(List<Accumulator> accumulators, List<Integer> inputs) {
        int[] holders = new int[accumulators.size()];
        for (int i = 0; i < holders.length; i++) {
            holders[i] = i;
            for (int j = 0; j < holders.length && holders[i] == i; j++) {
                Accumulator candidate = accumulators.get(j);
                boolean both = accumulators.get(i).holdsStateOf(candidate);
                if (inputs.get(i).equals(inputs.get(j))
                        && candidate.holdsStateOf(accumulators.get(i))
                        && (!both || j < i)) {
                    holders[i] = j;
                }
            }
        }
        for (int i = 0; i < holders.length; i++) {
            while (holders[holders[i]] != holders[i]) {
                holders[i] = holders[holders[i]];
            }
        }
        return holders;
    }

    /** Gives exactly one value to the sink: null if the state had no input. */
    public abstract void finish(DirectBuffer from, int tile, int at, ValueSink sink);
}
