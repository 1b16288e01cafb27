package io.tilefold.core.algebra;

import java.util.Optional;

/**
 * What an operation takes as its k where it may be left out.
 *
 * @param missing k where none is given
 */
record KRange(int least, int most, int missing) {
    int of(OperationArgs args) {
        return args.k().orElse(missing);
    }

    /** What is wrong with the k, with a hint. */
    Optional<String> problemWithK(OperationArgs args) {
        int k = of(args);
        return k >= least && k <= most
                ? Optional.empty()
                : Optional.of(
                        "k is " + k + ": it must be from " + least + " to " + most + ", or left out for " + missing);
    }

    /** What is wrong with the arguments of an operation that takes this k and nothing else. */
    Optional<String> problemWith(OperationArgs args) {
        return args.percentiles().isEmpty() ? problemWithK(args) : Optional.of("takes no percentiles");
    }
}
