package io.tilefold.store;

import io.tilefold.core.time.Hop;
import io.tilefold.core.value.RowLayout;
import org.agrona.BitUtil;

/**
 * Layout of a live record: all live tiles of one key, in one block. Little-endian. The directory grows upwards, the tiles grow downwards
 * from the block's end, and what lies between is free.
 *
 * <pre>
 *   0          8          12     16     20      24      28     32      36      40
 *  +----------+----------+------+------+-------+-------+------+-------+-------+----------+
 *  | sequence | capacity | key  | days | hours | fives | heap | holes | refu- | key, pad |
 *  | long     | int      | len  | = D  | = H   | = F   | = P  | int   | sed   | to 8     |
 *  +----------+----------+------+------+-------+-------+------+-------+-------+----------+
 *  +-------------------------------+------- free -------+--------------------------------+
 *  | D + H + F entries of 16       |                    | tiles and holes                |
 *  +-------------------------------+--------------------+--------------------------------+
 *                                                       P                         capacity
 *
 *   entry:  hop index int | tile offset int | tile capacity int | newest event, ms after the hop's start, int
 * </pre>
 *
 * <ul>
 *   <li>sequence: odd while the record is being written or its block is free; every write of the shard takes the next even number, so no two
 *       states of a block ever have the same one
 *   <li>entries ascend by hop index within each hop size; offsets count from the record's start. Nothing here depends on a batch end
 *   <li>an event is in the tiles of its five minutes, its hour and its day, as far as the GroupBy keeps these sizes: five minutes always, hours
 *       and days if a window is long enough to use them whole. A record with any tile has one of every size kept
 *   <li>a coarse entry with capacity 0 <i>borrows</i>: its hop holds events of one finer hop alone, whose tile is its own too. The first event
 *       of another finer hop gives it a tile. So the tiles of a key with an event now and then are one each, not three
 *   <li>holes: bytes below P and capacity that no tile uses any more
 *   <li>refused: 0, or 2^30 + the day of the newest event refused, the record being at its bound
 *   <li>in a free block: sequence odd, next free block of its class in the key length's place
 * </ul>
 */
final class LiveRecordDescriptor {
    static final int SEQUENCE_OFFSET = 0;
    static final int CAPACITY_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    static final int KEY_LENGTH_OFFSET = CAPACITY_OFFSET + Integer.BYTES;
    static final int COUNTS_OFFSET = KEY_LENGTH_OFFSET + Integer.BYTES;
    static final int HEAP_OFFSET = COUNTS_OFFSET + Hop.values().length * Integer.BYTES;
    static final int HOLES_OFFSET = HEAP_OFFSET + Integer.BYTES;
    static final int REFUSED_OFFSET = HOLES_OFFSET + Integer.BYTES;
    static final int KEY_OFFSET = REFUSED_OFFSET + Integer.BYTES;
    static final int NEXT_FREE_OFFSET = KEY_LENGTH_OFFSET;

    private static final int REFUSED_DAY_BIAS = 1 << 30;

    static final int ENTRY_LENGTH = 4 * Integer.BYTES;
    static final int ENTRY_INDEX_OFFSET = 0;
    static final int ENTRY_TILE_OFFSET = ENTRY_INDEX_OFFSET + Integer.BYTES;
    static final int ENTRY_CAPACITY_OFFSET = ENTRY_TILE_OFFSET + Integer.BYTES;
    static final int ENTRY_NEWEST_OFFSET = ENTRY_CAPACITY_OFFSET + Integer.BYTES;

    /** Largest record. An event that does not fit into its key's any more is refused. */
    static final int MAX_LENGTH = LiveRegionDescriptor.MAX_BLOCK_LENGTH;

    private LiveRecordDescriptor() {}

    /** Counts and entries stand in the order of the hops: day, hour, five minutes. */
    static int countOffset(Hop hop) {
        return COUNTS_OFFSET + hop.ordinal() * Integer.BYTES;
    }

    /** What stands in the record if the newest event refused is of this time. */
    static int refused(long timeMs) {
        return REFUSED_DAY_BIAS + Hop.DAY.indexOf(timeMs);
    }

    /** True if an event at or after a day's beginning was refused. */
    static boolean isRefusedFrom(int refused, long dayMs) {
        return refused != 0 && Hop.DAY.startOf(refused - REFUSED_DAY_BIAS) >= dayMs;
    }

    static int directoryOffset(int keyLength) {
        return KEY_OFFSET + RowLayout.align(keyLength);
    }

    static int alignTile(int length) {
        return BitUtil.align(length, Long.BYTES);
    }
}
