package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * How often each string occurs, exactly; shown are the k largest counts, the smaller key where counts are equal. The blob is {@link SortedCounts}; it
 * is never cut to k.
 *
 * <pre>
 *  +------------+----------------+
 *  | count long | blob reference |
 *  +------------+----------------+
 * </pre>
 *
 * An entry below 0 (taken back here, taken elsewhere) stays until it meets its counterpart; a value with one is stale, and does not show it.
 */
final class Histogram implements Operation {
    private static final KRange K = new KRange(0, 10_000, 0);

    @Override
    public String name() {
        return "histogram";
    }

    @Override
    public boolean accepts(ValueType input) {
        return input == ValueType.Scalar.STRING;
    }

    @Override
    public String acceptedInputs() {
        return "string";
    }

    @Override
    public ValueType outputType(ValueType input, OperationArgs args) {
        return new ValueType.MapType(ValueType.Scalar.LONG);
    }

    @Override
    public Optional<String> problemWith(OperationArgs args) {
        return K.problemWith(args);
    }

    @Override
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return new State(K.of(args), args.blobBound(), mutable);
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
        return false;
    }

    private static final class State extends CountingAccumulator {
        private final int k;
        private final int blobBound;

        State(int k, int blobBound, boolean mutable) {
            super(mutable, true);
            this.k = k;
            this.blobBound = blobBound;
        }

        @Override
        public int fixedLength() {
            return bodyOffset + TileLayout.REFERENCE_LENGTH;
        }

        @Override
        public int blobReference() {
            return bodyOffset;
        }

        @Override
        public int blobBound() {
            return blobBound;
        }

        @Override
        void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
            change(tile, at, row, column, 1);
        }

        @Override
        void subtract(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
            change(tile, at, row, column, -1);
        }

        private void change(TileBuffer tile, int at, FlatRow row, int column, long change) {
            SortedCounts.add(
                    tile, at + bodyOffset, row.buffer(), row.bytesOffset(column), row.bytesLength(column), change);
        }

        @Override
        void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
            int reference = at + bodyOffset;
            int fromBlob = from.getInt(fromAt + bodyOffset, LITTLE_ENDIAN);
            if (fromBlob == TileLayout.OVERFLOW) {
                into.overflow(reference);
            } else if (!into.isOverflow(reference)) {
                int fromLength = from.getInt(fromAt + bodyOffset + Integer.BYTES, LITTLE_ENDIAN);
                SortedCounts.merge(into, reference, from, tile + fromBlob, fromLength, blobBound);
            }
        }

        @Override
        void checkBody(DirectBuffer from, int tile, int at, long inputs) {
            if (!isOverflow(from, at)) {
                int blob = tile + from.getInt(at + bodyOffset, LITTLE_ENDIAN);
                SortedCounts.check(
                        from, tile, blob, blob + from.getInt(at + bodyOffset + Integer.BYTES, LITTLE_ENDIAN));
            }
        }

        @Override
        void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
            int blob = from.getInt(at + bodyOffset, LITTLE_ENDIAN);
            if (blob == TileLayout.OVERFLOW) {
                sink.stateLimit();
            } else {
                int length = from.getInt(at + bodyOffset + Integer.BYTES, LITTLE_ENDIAN);
                LargestCounts.emit(from, tile + blob, length, k, sink);
            }
        }
    }
}
