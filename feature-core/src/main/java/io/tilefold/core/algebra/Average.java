package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;

/** Sum / count, as a double. State: {@link SummingAccumulator}. */
final class Average implements Operation {
    @Override
    public String name() {
        return "average";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input.isNumeric();
    }

    @Override
    public String acceptedInputs() {
        return "numeric";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return ValueType.Scalar.DOUBLE;
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new SummingAccumulator(input.isFloating(), mutable) {
            @Override
            void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
                sink.finiteValue(
                        floating
                                ? ExactSum.meanOfDoubles(from, at + SUM_OFFSET, count)
                                : ExactSum.longsAsDouble(from, at + SUM_OFFSET) / count);
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
