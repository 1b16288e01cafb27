package io.tilefold.store;

import org.agrona.BitUtil;

/**
 * Layout of a shard's live index: a hash table of slots, open addressing with linear probing, at most 3/4 of them not empty. Little-endian,
 * mapped. A key stays in its slot until it is removed; a rebuilt index, larger or smaller, is another file with the next number.
 *
 * <pre>
 *   0                  8            12          16          20          24            32      64
 *  +------------------+------------+-----------+-----------+-----------+-------------+-------+------------+
 *  | magic "TFLINDEX" | format int | slots int | shard int | zeros int | number long | zeros | slots of 8 |
 *  +------------------+------------+-----------+-----------+-----------+-------------+-------+------------+
 *
 *   slot, written as one long                empty: zeros           of a removed key: low int -1, high int 0
 *    low int   lower half of the key's hash
 *    high int  the record's reference, never 0: see LiveRegionDescriptor
 * </pre>
 *
 * <p>The slot alone holds all that decides its place, so growing the table reads no record. The upper half of the hash chose the shard.
 */
final class LiveIndexDescriptor {
    /** 2: shard and number in the header. 1 had neither; it was never released. */
    static final int FORMAT_VERSION = 2;

    static final long MAGIC = Magic.of("TFLINDEX");

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int SLOTS_OFFSET = FORMAT_OFFSET + Integer.BYTES;
    static final int SHARD_OFFSET = SLOTS_OFFSET + Integer.BYTES;
    static final int NUMBER_OFFSET = SHARD_OFFSET + 2 * Integer.BYTES;
    static final int HEADER_LENGTH = BitUtil.CACHE_LINE_LENGTH;
    static final int SLOT_LENGTH = Long.BYTES;

    static final int INITIAL_SLOTS = 512;
    static final int MAX_SLOTS = 1 << 27;

    static final long EMPTY = 0;

    /** A slot whose key was removed: searches go on behind it, and the next new key that comes by takes it. */
    static final long REMOVED = 0xFFFF_FFFFL;

    private LiveIndexDescriptor() {}

    static int length(int slots) {
        return HEADER_LENGTH + slots * SLOT_LENGTH;
    }

    static int slots(int length) {
        return (length - HEADER_LENGTH) / SLOT_LENGTH;
    }

    static int slotOffset(int slot) {
        return HEADER_LENGTH + slot * SLOT_LENGTH;
    }

    static int firstSlot(long hash, int slots) {
        return (int) hash & (slots - 1);
    }

    static int nextSlot(int slot, int slots) {
        return (slot + 1) & (slots - 1);
    }

    /** @param hash of the key, or another entry of it */
    static long entry(long hash, int reference) {
        return ((long) reference << Integer.SIZE) | (hash & 0xFFFF_FFFFL);
    }

    static int reference(long entry) {
        return (int) (entry >>> Integer.SIZE);
    }

    static boolean isKey(long entry) {
        return reference(entry) != 0;
    }

    /** True if the slot holds a key with this hash's lower half. */
    static boolean isOf(long entry, long hash) {
        return (int) entry == (int) hash && isKey(entry);
    }

    /** Slots that are not empty, at which the table is rebuilt. */
    static int capacity(int slots) {
        return slots / 4 * 3;
    }
}
