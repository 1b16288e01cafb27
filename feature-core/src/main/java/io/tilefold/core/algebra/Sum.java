package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;

/** Sum: of integers and booleans as a wrapping long, of floats and doubles as a double. State: {@link SummingAccumulator}. */
final class Sum implements Operation {
    @Override
    public String name() {
        return "sum";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input.isPrimitive();
    }

    @Override
    public String acceptedInputs() {
        return "numeric or boolean";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return input.isFloating() ? ValueType.Scalar.DOUBLE : ValueType.Scalar.LONG;
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new SummingAccumulator(input.isFloating(), mutable) {
            @Override
            void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
                if (floating) {
                    sink.finiteValue(ExactSum.doubles(from, at + SUM_OFFSET));
                } else {
                    sink.longValue(ExactSum.wrapped(from, at + SUM_OFFSET));
                }
            }
        };
    }

    @Override
    public boolean isExact(ValueType input) {
        return !input.isFloating();
    }

    @Override
    public boolean takesBack() {
        return true;
    }

    @Override
    public boolean isBounded() {
        return true;
    }
}
