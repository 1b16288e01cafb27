package io.tilefold.core.algebra;

import java.util.List;
import org.agrona.BitUtil;

/**
 * Byte layout of a tile: the states of one GroupBy's accumulators for one key over one interval, little-endian, relocatable, a multiple of
 * 8 bytes.
 *
 * <pre>
 *   0         4         8                                F                               L
 *  +---------+---------+--------------------------------+-------------------------------+
 *  | length  | flags 0 | fixed part: one state after    | blobs of the states that have |
 *  | (= L)   |         | the other, in accumulator order| one, in accumulator order     |
 *  +---------+---------+--------------------------------+-------------------------------+
 *    int       int
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
    /** Version of every state layout reachable from here; stands in segment headers. Append only: 1 = first. */
    public static final int FORMAT_VERSION = 1;

    public static final int LENGTH_OFFSET = 0;
    public static final int FLAGS_OFFSET = LENGTH_OFFSET + Integer.BYTES;
    public static final int HEADER_LENGTH = FLAGS_OFFSET + Integer.BYTES;
    public static final int REFERENCE_LENGTH = 2 * Integer.BYTES;
    public static final int NO_BLOB = 0;
    public static final int OVERFLOW = -1;

    /** Largest blob of one state. Beyond it the state is OVERFLOW, which absorbs: SEMANTICS.md §5, Bounds. */
    public static final int MAX_BLOB_LENGTH = 1 << 20;

    private final Accumulator[] accumulators;
    private final int[] columns;
    private final int[] offsets;
    private final int[] blobReferences;
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
        int blobs = 0;
        int offset = HEADER_LENGTH;
        for (int i = 0; i < accumulators.length; i++) {
            offsets[i] = offset;
            int reference = accumulators[i].blobReference();
            if (reference >= 0) {
                references[blobs++] = offset + reference;
            }
            offset += BitUtil.align(accumulators[i].fixedLength(), Long.BYTES);
        }
        fixedEnd = offset;
        blobReferences = java.util.Arrays.copyOf(references, blobs);
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

    int[] blobReferences() {
        return blobReferences;
    }
}
