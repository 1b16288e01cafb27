package io.tilefold.store;

/**
 * Layout of a snapshot: what a store's writer knew at one position of its log, in blocks of at most 64 KiB. Little-endian. Two stores that
 * applied the same entries write the same bytes, also if one of them was restored from a snapshot in between.
 *
 * <pre>
 *  block                                                        0        8      12      16        24      28
 *  +--------------------------------------------------------+  +--------+------+-------+---------+-------+-------+
 *  | head, 32 bytes | payload, L bytes | CRC-32C of all     |  | magic  | for- | block | log po- | pay-  | flags |
 *  |                |                  | before in the block|  |        | mat  | no.   | sition  | load L|       |
 *  +--------------------------------------------------------+  +--------+------+-------+---------+-------+-------+
 *                                                                long     int    int     long      int     int
 *  the payloads of all blocks but the last, one behind the other:
 *  +-----------------------------------------------------------------------------------------------------+
 *  | shard group int | shard count int | tile format int | GroupBys G int | catalog length int | catalog |
 *  +-----------------------------------------------------------------------------------------------------+
 *  | G times: id 32 bytes | flags int | name length int | name, UTF-8                                    |
 *  |          current version long, B long | former version long, B long | live kept from long          |
 *  |          newest event long | events applied long | late long | refused long                         |
 *  |   if it has live tiles, for each shard:                                                             |
 *  |     for each key, by the lower half of its hash, then by its bytes, both unsigned:                  |
 *  |       length R int | its live record of capacity R, without the sequence: R - 8 bytes               |
 *  |     0 int                                                                                           |
 *  +-----------------------------------------------------------------------------------------------------+
 *  payload of the last block (flags 1):
 *  +-----------------------------------------------------------------------------------------------------+
 *  | bytes of the payloads before long | CRC-32C of the CRCs of the blocks before int | "TFSNAEND" long  |
 *  +-----------------------------------------------------------------------------------------------------+
 *   flags of a GroupBy: 1 has live tiles, 2 has a current version, 4 has a former version
 * </pre>
 *
 * <p>A record is as {@link LiveRecordDescriptor} draws it, with nothing free in it and nothing that has expired: what that holds follows from the
 * log alone, where it lies in a region does not. The head's layout is the same in all versions.
 */
final class SnapshotDescriptor {
    static final int FORMAT_VERSION = 1;
    static final long MAGIC = Magic.of("TFSNAPSH");
    static final long END_MAGIC = Magic.of("TFSNAEND");

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int NUMBER_OFFSET = FORMAT_OFFSET + Integer.BYTES;
    static final int POSITION_OFFSET = NUMBER_OFFSET + Integer.BYTES;
    static final int PAYLOAD_LENGTH_OFFSET = POSITION_OFFSET + Long.BYTES;
    static final int FLAGS_OFFSET = PAYLOAD_LENGTH_OFFSET + Integer.BYTES;
    static final int HEAD_LENGTH = FLAGS_OFFSET + Integer.BYTES;
    static final int CRC_LENGTH = Integer.BYTES;

    static final int FLAG_LAST = 1;
    static final int BLOCK_LENGTH_MAX = 64 << 10;
    static final int PAYLOAD_LENGTH_MAX = BLOCK_LENGTH_MAX - HEAD_LENGTH - CRC_LENGTH;
    static final int END_LENGTH = 2 * Long.BYTES + Integer.BYTES;

    private SnapshotDescriptor() {}

    static int blockLength(int payloadLength) {
        return HEAD_LENGTH + payloadLength + CRC_LENGTH;
    }
}
