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
 *  | sequence | capacity | key  | days | hours | fives | heap | holes | flags | key, pad |
 *  | long     | int      | len  | = D  | = H   | = F   | = P  | int   | int   | to 8     |
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
 *   <li>entries ascend by hop index within each hop size; offsets count from the record's start
 *   <li>a tile is in three places: its five minutes, its hour, its day. Nothing here depends on a batch end
 *   <li>holes: bytes below P and capacity that no tile uses any more
 *   <li>flags: 1 = an event was refused, the record being at its bound
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
    static final int FLAGS_OFFSET = HOLES_OFFSET + Integer.BYTES;
    static final int KEY_OFFSET = FLAGS_OFFSET + Integer.BYTES;
    static final int NEXT_FREE_OFFSET = KEY_LENGTH_OFFSET;

    static final int FLAG_REFUSED = 1;

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

    static int directoryOffset(int keyLength) {
        return KEY_OFFSET + RowLayout.align(keyLength);
    }

    static int alignTile(int length) {
        return BitUtil.align(length, Long.BYTES);
    }
}
