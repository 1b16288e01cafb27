package io.tilefold.core.plan;

import io.tilefold.core.algebra.Accumulator;
import io.tilefold.core.algebra.TileLayout;
import java.util.List;

/** Refuses a GroupBy whose tile, all states at their bounds, could be longer than a store holds. */
final class StateBounds {
    private StateBounds() {}

    /**
     * Where a state comes from.
     *
     * @param field of the definition, {@code "aggregations[2]"}
     * @param aggregation for people, {@code "unique_count of user"}
     */
    record Origin(String field, String aggregation) {}

    /** @param origins per state */
    static void check(String groupBy, TileLayout tiles, List<Origin> origins) {
        if (tiles.maxLength() <= TileLayout.MAX_LENGTH) {
            return;
        }
        int largest = 0;
        long bounds = 0;
        for (int i = 0; i < tiles.accumulatorCount(); i++) {
            bounds += tiles.accumulator(i).blobBound();
            if (length(tiles.accumulator(i)) > length(tiles.accumulator(largest))) {
                largest = i;
            }
        }
        long fixed = tiles.maxLength() - bounds;
        throw new DefinitionException(
                "GroupBy " + groupBy,
                origins.get(largest).field() + ".args",
                "the " + tiles.accumulatorCount() + " states of a key may take " + tiles.maxLength()
                        + " bytes, more than " + TileLayout.MAX_LENGTH + "; "
                        + origins.get(largest).aggregation() + " alone "
                        + length(tiles.accumulator(largest)),
                fixed > TileLayout.MAX_LENGTH / 2
                        ? "write a smaller k, or divide the aggregations among GroupBys"
                        : "write a smaller maxStateBytes (" + (TileLayout.MAX_LENGTH - fixed) / blobs(tiles) / 8 * 8
                                + " for each of " + blobs(tiles)
                                + " that grow with their inputs would do), or divide the aggregations among GroupBys");
    }

    private static long length(Accumulator state) {
        return (long) state.fixedLength() + state.blobBound();
    }

    private static long blobs(TileLayout tiles) {
        long blobs = 0;
        for (int i = 0; i < tiles.accumulatorCount(); i++) {
            blobs += tiles.accumulator(i).blobBound() > 0 ? 1 : 0;
        }
        return blobs;
    }
}
