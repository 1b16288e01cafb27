package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;

/**
 * An operation over central moments. Integers are taken as doubles. Within 1e-9 relative where |mean| ≤ 1,000 standard deviations; a value
 * near 0, where terms cancel, within 1e-9 of 1.
 *
 * <pre>
 *  +------------+---------------------+-----------------------+
 *  | count long | takenBack long *)   | moments, see Moments  |    *) see CountingAccumulator
 *  +------------+---------------------+-----------------------+
 * </pre>
 */
abstract class MomentsOperation implements Operation {
    private final String name;
    private final int degree;

    /** @param degree of the highest moment needed, 2 to 4 */
    MomentsOperation(String name, int degree) {
        this.name = name;
        this.degree = degree;
    }

    /** The value, given n ≥ 1 inputs; not finite where there is none. */
    abstract double value(DirectBuffer buffer, int moments, long n);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final boolean accepts(ValueType input) {
        return input.isNumeric();
    }

    @Override
    public final String acceptedInputs() {
        return "numeric";
    }

    @Override
    public final ValueType outputType(ValueType input, OperationArgs args) {
        return ValueType.Scalar.DOUBLE;
    }

    @Override
    public final Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new State(input.isFloating(), mutable);
    }

    @Override
    public final boolean isExact(ValueType input) {
        return false;
    }

    @Override
    public final boolean takesBack() {
        return false;
    }

    @Override
    public final boolean isBounded() {
        return true;
    }

    private final class State extends CountingAccumulator {
        private final boolean floating;

        State(boolean floating, boolean mutable) {
            super(mutable, false);
            this.floating = floating;
        }

        /** Higher moments stand behind lower ones, which do not depend on them. */
        @Override
        boolean holdsStateOf(Accumulator other) {
            return other instanceof State moments
                    ? moments.floating == floating && moments.degree() <= degree
                    : super.holdsStateOf(other);
        }

        private int degree() {
            return degree;
        }

        @Override
        boolean mergesTorn() {
            return true;
        }

        @Override
        public int fixedLength() {
            return bodyOffset + Moments.length(degree);
        }

        @Override
        void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
            double input = floating ? row.getDouble(column) : row.getLong(column);
            Moments.add(tile.buffer(), at + bodyOffset, degree, inputsBefore + 1, input);
        }

        @Override
        void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
            Moments.merge(
                    into.buffer(),
                    at + bodyOffset,
                    degree,
                    inputsBefore,
                    from,
                    fromAt + bodyOffset,
                    inputs(from, fromAt));
        }

        @Override
        void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
            sink.finiteValue(MomentsOperation.this.value(from, at + bodyOffset, inputs(from, at)));
        }
    }
}
