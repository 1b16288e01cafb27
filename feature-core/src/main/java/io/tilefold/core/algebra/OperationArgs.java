package io.tilefold.core.algebra;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Arguments of an operation: SEMANTICS.md §5.
 *
 * @param maxStateBytes bound of the part of a state that grows with its inputs, its blob; beyond it the state is OVERFLOW. Empty: {@link
 *     TileLayout#DEFAULT_BLOB_BOUND}
 */
public record OperationArgs(OptionalInt k, List<Double> percentiles, OptionalInt maxStateBytes) {
    public static final OperationArgs NONE = new OperationArgs(OptionalInt.empty(), List.of(), OptionalInt.empty());

    public OperationArgs {
        percentiles = List.copyOf(percentiles);
    }

    public static OperationArgs k(int k) {
        return new OperationArgs(OptionalInt.of(k), List.of(), OptionalInt.empty());
    }

    public OperationArgs withMaxStateBytes(int bytes) {
        return new OperationArgs(k, percentiles, OptionalInt.of(bytes));
    }

    /** Bound of a state's blob in bytes. */
    public int blobBound() {
        return maxStateBytes.orElse(TileLayout.DEFAULT_BLOB_BOUND);
    }

    /** What is wrong with the bound, whatever the operation; empty if nothing is. */
    public Optional<String> problemWithBound() {
        int bound = blobBound();
        return bound >= TileLayout.LEAST_BLOB_BOUND && bound <= TileLayout.LARGEST_BLOB_BOUND
                ? Optional.empty()
                : Optional.of("maxStateBytes is " + bound + ": it must be from " + TileLayout.LEAST_BLOB_BOUND + " to "
                        + TileLayout.LARGEST_BLOB_BOUND);
    }
}
