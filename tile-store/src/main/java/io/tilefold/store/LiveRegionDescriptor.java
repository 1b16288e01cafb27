package io.tilefold.store;

import org.agrona.BitUtil;

/**
 * Layout of a region: a mapped file of blocks, each of which holds one record or is free. Little-endian.
 *
 * <pre>
 *   0                                                      64
 *  +------------------+------------+-----------+------------+---------+---------+---------
 *  | magic "TFLREGIO" | format int | shard int | region int | block   | block   | ...
 *  +------------------+------------+-----------+------------+---------+---------+---------
 * </pre>
 *
 * <p>Blocks have the lengths 128, 192, 256, 384, 512, ... 32 MiB and begin at multiples of 64. A block once carved is never split or
 * joined: its first long is a record's sequence for as long as the file exists, which is what readers without locks stand on.
 *
 * <p>A <i>reference</i> to a block: {@code region << 20 | offset / 64}, an unsigned int. 0 is none, since a region's first bytes are its header.
 * So a shard holds at most 4,096 regions of at most 64 MiB: 256 GiB.
 */
final class LiveRegionDescriptor {
    static final int FORMAT_VERSION = 1;
    static final long MAGIC = Magic.of("TFLREGIO");

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int SHARD_OFFSET = FORMAT_OFFSET + Integer.BYTES;
    static final int REGION_OFFSET = SHARD_OFFSET + Integer.BYTES;
    static final int HEADER_LENGTH = BitUtil.CACHE_LINE_LENGTH;

    static final int BLOCK_ALIGNMENT = 64;
    static final int MIN_BLOCK_LENGTH = 2 * BLOCK_ALIGNMENT;
    static final int MAX_BLOCK_LENGTH = 32 << 20;
    static final int MIN_REGION_LENGTH = 64 << 10;
    static final int MAX_REGION_LENGTH = 64 << 20;

    private static final int OFFSET_BITS = 20;
    static final int MAX_REGIONS = 1 << (Integer.SIZE - OFFSET_BITS);

    /** Number of block lengths: two for each doubling. */
    static final int SIZE_CLASSES = sizeClass(MAX_BLOCK_LENGTH) + 1;

    private LiveRegionDescriptor() {}

    static int reference(int region, int offset) {
        return (region << OFFSET_BITS) | (offset / BLOCK_ALIGNMENT);
    }

    static int region(int reference) {
        return reference >>> OFFSET_BITS;
    }

    static int offset(int reference) {
        return (reference & ((1 << OFFSET_BITS) - 1)) * BLOCK_ALIGNMENT;
    }

    /** The smallest class whose blocks hold this many bytes. */
    static int sizeClass(int length) {
        int sizeClass = 0;
        while (blockLength(sizeClass) < length) {
            sizeClass++;
        }
        return sizeClass;
    }

    static int blockLength(int sizeClass) {
        int doublings = sizeClass / 2;
        return (sizeClass & 1) == 0
                ? MIN_BLOCK_LENGTH << doublings
                : (MIN_BLOCK_LENGTH + MIN_BLOCK_LENGTH / 2) << doublings;
    }
}
