package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
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
 * <p>Aliasing: {@code update} and {@code merge} change the tile buffer given and nothing else; the source of a merge may be mapped memory
 * and is never the target's.
 */
public abstract class Accumulator {
    /** Every state starts with its number of inputs (long). 0: the identity. */
    protected static final int COUNT_OFFSET = 0;

    protected static final int BODY_OFFSET = COUNT_OFFSET + Long.BYTES;

    /** Bytes of the fixed part, a multiple of 8. */
    public abstract int fixedLength();

    /** Offset of the blob's reference in the fixed part; -1 if this state has no blob. */
    public int blobReference() {
        return -1;
    }

    /**
     * Takes one event.
     *
     * @param at offset of the fixed part in {@code tile}
     * @param timeMs event time, epoch milliseconds
     */
    public abstract void update(TileBuffer tile, int at, FlatRow row, long timeMs);

    /**
     * Takes another state of this accumulator.
     *
     * @param at offset of the fixed part in {@code into}
     * @param tile offset of the source tile in {@code from}; blob references count from it
     * @param fromAt offset of the source's fixed part in {@code from}
     */
    public abstract void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt);

    /** Gives exactly one value to the sink: null if the state had no input. */
    public abstract void finish(DirectBuffer from, int tile, int at, ValueSink sink);
}
