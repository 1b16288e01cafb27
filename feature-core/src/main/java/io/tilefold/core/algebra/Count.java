package io.tilefold.core.algebra;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;

/**
 * Number of non-null inputs.
 *
 * <pre>
 *  +------------+
 *  | count long |
 *  +------------+
 * </pre>
 */
final class Count implements Operation {
    @Override
    public String name() {
        return "count";
    }

    @Override
    public boolean accepts(ValueType input) {
        return true;
    }

    @Override
    public String acceptedInputs() {
        return "any type";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return ValueType.Scalar.LONG;
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new State(mutable);
    }

    @Override
    public boolean isExact(ValueType input) {
        return true;
    }

    @Override
    public boolean takesBack() {
        return true;
    }

    @Override
    public boolean isBounded() {
        return true;
    }

    static final class State extends CountingAccumulator {
        State(boolean mutable) {
            super(mutable, true);
        }

        @Override
        public int fixedLength() {
            return bodyOffset;
        }

        @Override
        void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {}

        @Override
        void subtract(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {}

        @Override
        boolean mergesTorn() {
            return true;
        }

        @Override
        void mergeAll(TileBuffer into, int at, TileList tiles, int first, int offset) {
            addCounts(into, at, tiles, first, offset);
        }

        @Override
        void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {}

        @Override
        void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
            sink.longValue(count);
        }
    }
}
