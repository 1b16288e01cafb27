package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueType;
import java.util.Optional;

/**
 * Number of distinct inputs, exact below k, then k. States: {@link BoundedPrimitives}, {@link BoundedBytes}. They hold the distinct inputs while
 * there are fewer than k and nothing from then on, so a state is a function of the set of its inputs.
 */
final class BoundedUniqueCount implements Operation {
    private static final KRange K = new KRange(1, 1_000, 8);

    @Override
    public String name() {
        return "bounded_unique_count";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input instanceof ValueType.Scalar;
    }

    @Override
    public String acceptedInputs() {
        return "any scalar";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return ValueType.Scalar.LONG;
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        return K.problemWith(args);
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return input.isBytes()
                ? new BoundedBytes(K.of(args), args.blobBound(), mutable)
                : new BoundedPrimitives(K.of(args), mutable);
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
