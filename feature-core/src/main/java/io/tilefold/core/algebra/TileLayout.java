package io.tilefold.core.algebra;

import java.util.Arrays;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

/**
 * Byte layout of a tile: the states of one GroupBy's accumulators for one key over one interval, little-endian, relocatable, a multiple of
 * 8 bytes.
 *
 * <pre>
 *   0         4         8                                F                               L
 *  +---------+---------+--------------------------------+-------------------------------+
 *  | length  | flags   | fixed part: one state after    | blobs of the states that have |
 *  | (= L)   |         | the other, in accumulator order| one, in accumulator order     |
 *  +---------+---------+--------------------------------+-------------------------------+
 *    int       int
 *
 *  flags: 1: some state is OVERFLOW
 *
 *  reference to a blob, inside a state's fixed part:
 *  +---------+---------+
 *  | offset  | length  |   offset from the tile's start; (0, 0): no blob; (-1, 0): OVERFLOW, the state went beyond its bound
 *  +---------+---------+
 * </pre>
 *
 * A tile of zeros behind its header is the identity: what no event has touched. A tile is <i>compact</i> if its blobs lie as drawn, each
 * padded with zeros to 8: equal states then are equal bytes. Tiles at rest are compact; {@link TileBuffer}s are not.
 */
public final class TileLayout {
    /** Version of every state layout reachable from here; stands in segment headers. Append only; docs/formats says what changed. */
    public static final int FORMAT_VERSION = 3;

    public static final int LENGTH_OFFSET = 0;
    public static final int FLAGS_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int HEADER_LENGTH = FLAGS_OFFSET + Integer.BYTES;
    public static final int REFERENCE_LENGTH = 2 * Integer.BYTES;
    public static final int NO_BLOB = 0;
    public static final int OVERFLOW = -1;

    /** Flag: some state is OVERFLOW. */
    public static final int OVERFLOW_FLAG = 1;

    /** Bytes a blob may have if its definition does not say. Beyond them the state is OVERFLOW, which absorbs: SEMANTICS.md §5, Bounds. */
    public static final int DEFAULT_BLOB_BOUND = 1 << 20;

    /** The bounds a definition may give a blob. */
    public static final int LEAST_BLOB_BOUND = 1 << 10;

    public static final int LARGEST_BLOB_BOUND = 1 << 24;

    /** Longest tile a GroupBy may have with all blobs at their bounds. */
    public static final int MAX_LENGTH = 1 << 25;

    private final Accumulator[] accumulators;
    private final int[] columns;
    private final int[] offsets;
    private final int[] blobReferences;
    private final int[] blobBounds;
    private final int leastBound;
    private final int fixedEnd;

    /** The layout of one state inside another. */
    TileLayout(Accumulator state) {
        this(List.of(state), List.of(0));
    }

    /** @param inputs index of each state's input in the row */
    public TileLayout(List<Accumulator> states, List<Integer> inputs) {
        if (states.size() != inputs.size()) {
            throw new IllegalArgumentException(states.size() + " states of " + inputs.size() + " inputs");
        }
        accumulators = states.toArray(Accumulator[]::new);
        columns = inputs.stream().mapToInt(Integer::intValue).toArray();
        offsets = new int[accumulators.length];
        int[] references = new int[accumulators.length];
        int[] bounds = new int[accumulators.length];
        int blobs = 0;
        int offset = HEADER_LENGTH;
        for (int i = 0; i < accumulators.length; i++) {
            offsets[i] = offset;
            int reference = accumulators[i].blobReference();
            if (reference >= 0) {
                references[blobs] = offset + reference;
                bounds[blobs++] = accumulators[i].blobBound();
            }
            offset += BitUtil.align(accumulators[i].fixedLength(), Long.BYTES);
        }
        fixedEnd = offset;
        blobReferences = Arrays.copyOf(references, blobs);
        blobBounds = Arrays.copyOf(bounds, blobs);
        leastBound = Arrays.stream(blobBounds).min().orElse(0);
    }

    public int accumulatorCount() {
        return accumulators.length;
    }

    public Accumulator accumulator(int index) {
        return accumulators[index];
    }

    /** Index of a state's input in the row. */
    public int column(int index) {
        return columns[index];
    }

    /** Offset of a state's fixed part from the tile's start. */
    public int offset(int index) {
        return offsets[index];
    }

    /** End of the fixed part; the length of a tile without blobs. */
    public int fixedEnd() {
        return fixedEnd;
    }

    /** True if no state has a blob: every tile has the same length and may be updated in place. */
    public boolean isFixed() {
        return blobReferences.length == 0;
    }

    /** True if tiles of this layout may be merged where they are being written: see {@link Accumulator#mergesTorn}. What comes out counts only if they were not. */
    public boolean mergesTorn() {
        return isFixed() && Arrays.stream(accumulators).allMatch(Accumulator::mergesTorn);
    }

    int[] blobReferences() {
        return blobReferences;
    }

    /** Bytes that the blob behind this reference may have. */
    int blobBound(int reference) {
        return blobBounds[Arrays.binarySearch(blobReferences, reference)];
    }

    /** The least bound of any blob: what stays within it is within its own. */
    int leastBound() {
        return leastBound;
    }

    /** Length of the longest tile, all blobs at their bounds. */
    public long maxLength() {
        long length = fixedEnd;
        for (int bound : blobBounds) {
            length += BitUtil.align((long) bound, Long.BYTES);
        }
        return length;
    }

    /**
     * Checks that bytes are a compact tile of this layout, states and all: after it nothing that reads the tile fails or reads outside it. About the
     * speed of a merge.
     *
     * @param available bytes from {@code tile} on that belong to it or to what follows it
     * @return the tile's length
     * @throws CorruptStateException naming the offset from the tile's start and what is wrong
     */
    public int verify(DirectBuffer buffer, int tile, int available) {
        return TileVerifier.verify(this, buffer, tile, available);
    }
}
