package io.tilefold.store;

import org.agrona.BitUtil;

/**
 * Layout of the roots of one GroupBy's live tiles: one cache line for the GroupBy, one for each shard. Little-endian, mapped.
 *
 * <pre>
 *   head                                        root of a shard
 *    0  long  magic "TFLROOTS", written last     0  long  number of its index file; 0: no key yet
 *    8  int   format version                     8  long  keys
 *   12  int   shard count                       16  long  region files
 *   16  long  newest event time, epoch ms       24  zeros
 *   24  long  consumer lag + 1; 0: not known
 *   32  int   1: of mutations, see {@link MutationKey}
 *   36  zeros
 * </pre>
 */
final class LiveRootsDescriptor {
    static final int FORMAT_VERSION = 2;
    static final long MAGIC = Magic.of("TFLROOTS");

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int SHARD_COUNT_OFFSET = FORMAT_OFFSET + Integer.BYTES;
    static final int NEWEST_OFFSET = SHARD_COUNT_OFFSET + Integer.BYTES;
    static final int LAG_OFFSET = NEWEST_OFFSET + Long.BYTES;
    static final int MUTATIONS_OFFSET = LAG_OFFSET + Long.BYTES;

    private static final int KEYS = Long.BYTES;
    private static final int REGIONS = KEYS + Long.BYTES;

    /** Newest event time while there is none. */
    static final long NO_EVENT = Long.MIN_VALUE;

    private LiveRootsDescriptor() {}

    static int length(int shardCount) {
        return (1 + shardCount) * BitUtil.CACHE_LINE_LENGTH;
    }

    static int indexNumberOffset(int shard) {
        return (1 + shard) * BitUtil.CACHE_LINE_LENGTH;
    }

    static int keysOffset(int shard) {
        return indexNumberOffset(shard) + KEYS;
    }

    static int regionsOffset(int shard) {
        return indexNumberOffset(shard) + REGIONS;
    }
}
