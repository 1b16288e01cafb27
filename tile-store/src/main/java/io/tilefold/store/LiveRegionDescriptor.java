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
 * <p>Blocks have the lengths 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, ... 32 MiB, four to a doubling, and begin at
 * multiples of 64. A free block may be split but is never joined with another: its first long is a record's sequence for as long as the file
 * exists, which is what readers without locks stand on.
 *
 * <p>A <i>reference</i> to a block: {@code region << 20 | offset / 64}, an unsigned int. 0 is none, since a region's first bytes are its header.
 * A region's length is a power of two; so a shard holds at most 4,096 regions of at most 64 MiB: 256 GiB.
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

    /** Block lengths up to here are all multiples of the alignment. */
    private static final int LINEAR_LENGTH = 8 * BLOCK_ALIGNMENT;

    private static final int LINEAR_CLASSES = LINEAR_LENGTH / BLOCK_ALIGNMENT - 1;
    private static final int CLASSES_PER_DOUBLING = 4;

    /** Number of block lengths. */
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

    /** The smallest class whose blocks hold this many bytes, which are at most {@link #MAX_BLOCK_LENGTH}. */
    static int sizeClass(int length) {
        if (length <= LINEAR_LENGTH) {
            return Math.max(0, (length - 1) / BLOCK_ALIGNMENT - 1);
        }
        int doubling = Integer.SIZE
                - Integer.numberOfLeadingZeros(length - 1)
                - 1; // lengths in (2^doubling, 2^(doubling + 1)]
        int step = (1 << doubling) / CLASSES_PER_DOUBLING;
        int doublings = doubling - Integer.numberOfTrailingZeros(LINEAR_LENGTH);
        return LINEAR_CLASSES + doublings * CLASSES_PER_DOUBLING + (length - 1 - (1 << doubling)) / step;
    }

    static int blockLength(int sizeClass) {
        if (sizeClass < LINEAR_CLASSES) {
            return (sizeClass + 2) * BLOCK_ALIGNMENT;
        }
        int beyond = sizeClass - LINEAR_CLASSES;
        int from = LINEAR_LENGTH << (beyond / CLASSES_PER_DOUBLING);
        return from + (beyond % CLASSES_PER_DOUBLING + 1) * (from / CLASSES_PER_DOUBLING);
    }
}
