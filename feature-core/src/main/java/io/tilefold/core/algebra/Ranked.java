package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueType;
import java.util.List;
import java.util.Optional;

/**
 * The eight operations that keep the best-ranked inputs: min, max, bottom_k, top_k rank by value; first, last, first_k, last_k by (time,
 * value), so equal times prefer the smaller value in first kinds and the larger in last kinds. min, max, first, last keep one.
 */
final class Ranked implements Operation {
    private final String name;
    private final boolean timed;
    private final boolean descending;
    private final boolean list;

    private Ranked(String name, boolean timed, boolean descending, boolean list) {
        this.name = name;
        this.timed = timed;
        this.descending = descending;
        this.list = list;
    }

    static List<Operation> operations() {
        return List.of(
                new Ranked("min", false, false, false),
                new Ranked("max", false, true, false),
                new Ranked("first", true, false, false),
                new Ranked("last", true, true, false),
                new Ranked("first_k", true, false, true),
                new Ranked("last_k", true, true, true),
                new Ranked("top_k", false, true, true),
                new Ranked("bottom_k", false, false, true));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String suffix(OperationArgs args) {
        return list
                ? name.substring(0, name.length() - "_k".length()) + args.k().orElseThrow()
                : name;
    }

    @Override
    public boolean accepts(ValueType input) {
        return timed || input.isNumeric() || input == ValueType.Scalar.STRING;
    }

    @Override
    public String acceptedInputs() {
        return timed ? "any type" : "numeric or string";
    }

    @Override
    public boolean takesWhole() {
        return timed;
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return list ? new ValueType.ListType(input) : input;
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        if (!list) {
            return Operation.super.problemWith(args);
        }
        if (args.k().isEmpty()) {
            return Optional.of("k is missing: how many values to keep, for example args: {k: 5}");
        }
        int k = args.k().getAsInt();
        if (k < 1 || k > RankedPrimitives.MAX_K) {
            return Optional.of("k is " + k + ": it must be from 1 to " + RankedPrimitives.MAX_K);
        }
        return args.percentiles().isEmpty() ? Optional.empty() : Optional.of("takes no percentiles");
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        int k = list ? args.k().orElseThrow() : 1;
        return input.isPrimitive()
                ? new RankedPrimitives(input, k, timed, descending, list, mutable)
                : new RankedBytes(input, k, timed, descending, list, args.blobBound(), mutable);
    }

    @Override
    public boolean isExact(ValueType input) {
        return true;
    }

    @Override
    public boolean takesBack() {
        return false;
    }

    @Override
    public boolean isBounded() {
        return true;
    }
}
