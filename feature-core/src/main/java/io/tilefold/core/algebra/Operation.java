package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueType;
import java.util.Optional;

/**
 * A named operation of SEMANTICS.md §5: its types, its arguments, its laws, and its accumulators. One small class each, registered once in
 * {@link Operations}.
 */
public interface Operation {
    /** As written in definitions: {@code last_k}. */
    String name();

    /** As it stands in output names: {@code last5}. */
    default String suffix(OperationArgs args) {
        return name();
    }

    /** Whether it takes an input of this type; of a list or map that {@link #takesWhole} does not mean, of its elements' or values' type. */
    boolean accepts(ValueType input);

    /** True if lists and maps are one input to it; else it takes each of their elements. */
    default boolean takesWhole() {
        return false;
    }

    /** What it accepts, for people: {@code "numeric or string"}. */
    String acceptedInputs();

    ValueType outputType(ValueType input, OperationArgs args);

    /** What is wrong with the arguments, with a hint; empty if nothing is. */
    default Optional<String> problemWith(OperationArgs args) {
        if (args.k().isPresent()) {
            return Optional.of("takes no k");
        }
        return args.percentiles().isEmpty() ? Optional.empty() : Optional.of("takes no percentiles");
    }

    /** @param mutable events may be taken back: the state keeps what {@link Accumulator#takeBack} needs */
    Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable);

    /** Equal inputs give equal bytes, whatever order and grouping; else equal within the stated tolerance. */
    boolean isExact(ValueType input);

    /**
     * The same inputs in the same order and grouping give equal bytes every time. What is exact is; of what is not, all but operations that draw random numbers.
     */
    default boolean isRepeatable() {
        return true;
    }

    /** Takes an event back exactly. */
    boolean takesBack();

    /** The state's size does not grow with the number of distinct inputs. */
    boolean isBounded();
}
