package io.tilefold.store;

import io.tilefold.core.time.Hop;
import io.tilefold.core.value.RowLayout;
import org.agrona.BitUtil;

/**
 * Layout of a live record: all live tiles of one key, or what mutations of one day did to it, in one block. Little-endian. The directory grows upwards, the tiles grow downwards
 * from the block's end, and what lies between is free.
 *
 * <pre>
 *   0          8          12     16     20      24      28     32      36      40
 *  +----------+----------+------+------+-------+-------+------+-------+-------+----------+
 *  | sequence | capacity | key  | days | hours | fives | heap | holes | marks | key, pad |
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
 *   <li>entries ascend by hop index within each hop size; offsets count from the record's start. Nothing here depends on a batch end
 *   <li>an event is in the tiles of its five minutes, its hour and its day, as far as the GroupBy keeps these sizes: five minutes always, hours
 *       and days if a window is long enough to use them whole. A record with any tile has one of every size kept
 *   <li>a coarse entry with capacity 0 <i>borrows</i>: its hop holds events of one finer hop alone, whose tile is its own too. The first event
 *       of another finer hop gives it a tile. So the tiles of a key with an event now and then are one each, not three
 *   <li>holes: bytes below P and capacity that no tile uses any more
 *   <li>marks, of a record of events: 0, or 2^30 + the day of the newest event refused, the record being at its bound
 *   <li>marks, of a record of mutations: bit 31 set; bit 30: a mutation was refused, the record being at its bound; bit 29: a mutation came without the row before
 *       it; bits 0 to 26: time of the newest mutation, ms after the day's start. Its key is a {@link MutationKey}; a five-minute entry of index {@link #ALL_ROWS}
 *       has all rows whatever their time, if a window is all of history
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
    static final int MARKS_OFFSET = HOLES_OFFSET + Integer.BYTES;
    static final int KEY_OFFSET = MARKS_OFFSET + Integer.BYTES;
    static final int NEXT_FREE_OFFSET = KEY_LENGTH_OFFSET;

    /** Index, before all others, of the five-minute entry that has the rows of a mutation day whatever their time. */
    static final int ALL_ROWS = Integer.MIN_VALUE;

    /** Marks of a record of mutations that has none yet. */
    static final int MUTATIONS = 1 << 31;

    private static final int MUTATION_REFUSED = 1 << 30;
    private static final int BEFORE_MISSING = 1 << 29;
    private static final int NEWEST_MUTATION = (1 << 27) - 1;
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

    static boolean isOfMutations(int marks) {
        return marks < 0;
    }

    /** Marks of a record that has to refuse an event of this time, or a mutation. */
    static int refused(int marks, long timeMs) {
        return isOfMutations(marks)
                ? marks | MUTATION_REFUSED
                : Math.max(marks, REFUSED_DAY_BIAS + Hop.DAY.indexOf(timeMs));
    }

    /** True if a mutation, or an event at or after a day's beginning, was refused. */
    static boolean isRefusedFrom(int marks, long dayMs) {
        return isOfMutations(marks)
                ? (marks & MUTATION_REFUSED) != 0
                : marks != 0 && Hop.DAY.startOf(marks - REFUSED_DAY_BIAS) >= dayMs;
    }

    static int beforeMissing(int marks) {
        return marks | BEFORE_MISSING;
    }

    static boolean isBeforeMissing(int marks) {
        return isOfMutations(marks) && (marks & BEFORE_MISSING) != 0;
    }

    /** Marks of a record of mutations that has seen one so long after its day's start. */
    static int mutated(int marks, int sinceDayMs) {
        return (marks & ~NEWEST_MUTATION) | Math.max(marks & NEWEST_MUTATION, sinceDayMs);
    }

    /** Time of the newest mutation after its day's start, ms. */
    static int newestMutation(int marks) {
        return marks & NEWEST_MUTATION;
    }

    static int directoryOffset(int keyLength) {
        return KEY_OFFSET + RowLayout.align(keyLength);
    }

    static int alignTile(int length) {
        return BitUtil.align(length, Long.BYTES);
    }
}
