package io.tilefold.core.algebra;

import java.util.List;
import java.util.OptionalInt;

/** Arguments of an operation: SEMANTICS.md §5. */
public record OperationArgs(OptionalInt k, List<Double> percentiles) {
    public static final OperationArgs NONE = new OperationArgs(OptionalInt.empty(), List.of());

    public OperationArgs {
        percentiles = List.copyOf(percentiles);
    }

    public static OperationArgs k(int k) {
        return new OperationArgs(OptionalInt.of(k), List.of());
    }
}
