package io.tilefold.core.tile;

/**
 * Byte layout of a segment file: one version of one GroupBy in one shard, immutable, little-endian, below 2 GiB. It holds its own index, so that
 * installing it is mapping it.
 *
 * <pre>
 *   0                128            R                     I                    E
 *  +----------------+--------------+---------------------+--------------------+---------+
 *  | header         | base records | index: S slots of 8 | footer             |
 *  +----------------+--------------+---------------------+--------------------+
 *
 *  header                                                 footer, 64 bytes
 *    0  long  magic "TFSEGMNT"                              0  long  index offset I
 *    8  int   format version                                8  int   slots S, a power of two
 *   12  int   tile format version                          12  int   reserved 0
 *   16  int   shard                                        16  long  keys
 *   20  int   shard count                                  24  long  longest probe, slots
 *   24  long  batch end B, epoch ms                        32  int   CRC-32C of [0, I)
 *   32  long  version                                      36  int   CRC-32C of the index
 *   40  32 bytes definition id                             40  long  file length
 *   72  zeros                                              48  int   CRC-32C of the footer's first 48 bytes
 *  124  int   CRC-32C of the header's first 124 bytes      52  int   reserved 0
 *                                                          56  long  magic "TFSEGEND"
 *
 *  slot                                                   empty slot: zeros
 *    0  int   upper half of the key's hash
 *    4  int   record offset / 8
 * </pre>
 *
 * A key's slot is the lower half of its hash modulo S, or one of the next (linear probing, at most 3/4 full). Records ascend by key bytes.
 */
public final class SegmentDescriptor {
    /** 1: first. Append only; says in docs/formats what an older reader would get wrong. */
    public static final int FORMAT_VERSION = 1;

    static final long HEADER_MAGIC = magic("TFSEGMNT");
    static final long FOOTER_MAGIC = magic("TFSEGEND");

    static final int FORMAT_VERSION_OFFSET = Long.BYTES;
    static final int TILE_FORMAT_VERSION_OFFSET = FORMAT_VERSION_OFFSET + Integer.BYTES;
    static final int SHARD_OFFSET = TILE_FORMAT_VERSION_OFFSET + Integer.BYTES;
    static final int SHARD_COUNT_OFFSET = SHARD_OFFSET + Integer.BYTES;
    static final int BATCH_END_OFFSET = SHARD_COUNT_OFFSET + Integer.BYTES;
    static final int VERSION_OFFSET = BATCH_END_OFFSET + Long.BYTES;
    static final int DEFINITION_ID_OFFSET = VERSION_OFFSET + Long.BYTES;
    static final int DEFINITION_ID_LENGTH = 32;
    public static final int HEADER_LENGTH = 128;
    static final int HEADER_CRC_OFFSET = HEADER_LENGTH - Integer.BYTES;

    static final int INDEX_OFFSET_OFFSET = 0;
    static final int SLOTS_OFFSET = INDEX_OFFSET_OFFSET + Long.BYTES;
    static final int KEYS_OFFSET = SLOTS_OFFSET + 2 * Integer.BYTES;
    static final int LONGEST_PROBE_OFFSET = KEYS_OFFSET + Long.BYTES;
    static final int BODY_CRC_OFFSET = LONGEST_PROBE_OFFSET + Long.BYTES;
    static final int INDEX_CRC_OFFSET = BODY_CRC_OFFSET + Integer.BYTES;
    static final int FILE_LENGTH_OFFSET = INDEX_CRC_OFFSET + Integer.BYTES;
    static final int FOOTER_CRC_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    static final int FOOTER_RESERVED_OFFSET = FOOTER_CRC_OFFSET + Integer.BYTES;
    static final int FOOTER_MAGIC_OFFSET = FOOTER_RESERVED_OFFSET + Integer.BYTES;
    public static final int FOOTER_LENGTH = FOOTER_MAGIC_OFFSET + Long.BYTES;

    static final int SLOT_LENGTH = Long.BYTES;

    /** Largest file: what one mapping can hold. */
    public static final long MAX_FILE_LENGTH = Integer.MAX_VALUE - 4095L;

    private SegmentDescriptor() {}

    static int slotOf(long hash, int slots) {
        return (int) hash & (slots - 1);
    }

    static int fingerprint(long hash) {
        return (int) (hash >>> 32);
    }

    /** Slots for this many keys: the power of two that they fill to at most 3/4. */
    static int slotsFor(long keys) {
        long slots = Long.highestOneBit(Math.max(1, keys * 4 / 3)) << 1;
        return Math.toIntExact(slots);
    }

    private static long magic(String text) {
        long value = 0;
        for (int i = 7; i >= 0; i--) {
            value = (value << 8) | text.charAt(i);
        }
        return value;
    }
}
