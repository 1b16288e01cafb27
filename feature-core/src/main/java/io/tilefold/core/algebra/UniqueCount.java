package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Number of distinct inputs, exact. The blob holds them: primitives as their sorted 8-byte slots (as signed longs), strings and binary as
 * {@link SortedEntries} without payload.
 *
 * <pre>
 *  +------------+-------------------+---------------+----------------+
 *  | count long | takenBack long *) | distinct long | blob reference |    *) see CountingAccumulator
 *  +------------+-------------------+---------------+----------------+
 * </pre>
 */
final class UniqueCount implements Operation {
    @Override
    public String name() {
        return "unique_count";
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
    public Accumulator accumulator(ValueType input, OperationArgs args, boolean mutable) {
        return input.isBytes() ? new OfBytes(args.blobBound(), mutable) : new OfPrimitives(args.blobBound(), mutable);
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
        return false;
    }

    private abstract static class SetState extends CountingAccumulator {
        final int distinctOffset;
        final int referenceOffset;
        private final int blobBound;

        SetState(int blobBound, boolean mutable) {
            super(mutable, false);
            this.blobBound = blobBound;
            distinctOffset = bodyOffset;
            referenceOffset = distinctOffset + Long.BYTES;
        }

        @Override
        public final int fixedLength() {
            return referenceOffset + TileLayout.REFERENCE_LENGTH;
        }

        @Override
        public final int blobReference() {
            return referenceOffset;
        }

        @Override
        public final int blobBound() {
            return blobBound;
        }

        @Override
        final void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
            int reference = at + referenceOffset;
            int fromBlob = from.getInt(fromAt + referenceOffset, LITTLE_ENDIAN);
            if (into.isOverflow(reference)) {
                return;
            }
            if (fromBlob == TileLayout.OVERFLOW) {
                overflow(into, at);
                return;
            }
            int fromLength = from.getInt(fromAt + referenceOffset + Integer.BYTES, LITTLE_ENDIAN);
            int union = into.allocate(into.blobLength(reference) + fromLength);
            long distinctAndLength = merge(into, reference, from, tile + fromBlob, fromLength, union);
            int length = (int) distinctAndLength;
            if (length > blobBound) {
                overflow(into, at);
                return;
            }
            into.setReference(reference, union, length);
            setDistinct(into, at, distinctAndLength >>> 32);
        }

        @Override
        final void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
            if (from.getInt(at + referenceOffset, LITTLE_ENDIAN) == TileLayout.OVERFLOW) {
                sink.stateLimit();
            } else {
                sink.longValue(from.getLong(at + distinctOffset, LITTLE_ENDIAN));
            }
        }

        final void setDistinct(TileBuffer tile, int at, long distinct) {
            tile.buffer().putLong(at + distinctOffset, distinct, LITTLE_ENDIAN);
        }

        final void countDistinct(TileBuffer tile, int at) {
            setDistinct(tile, at, tile.buffer().getLong(at + distinctOffset, LITTLE_ENDIAN) + 1);
        }

        @Override
        final void overflow(TileBuffer tile, int at) {
            super.overflow(tile, at);
            setDistinct(tile, at, 0);
        }

        @Override
        final void checkBody(DirectBuffer from, int tile, int at, long inputs) {
            long distinct = from.getLong(at + distinctOffset, LITTLE_ENDIAN);
            long found = 0;
            if (!isOverflow(from, at)) {
                int blob = tile + from.getInt(at + referenceOffset, LITTLE_ENDIAN);
                found = checkSet(
                        from, tile, blob, blob + from.getInt(at + referenceOffset + Integer.BYTES, LITTLE_ENDIAN));
            }
            require(distinct == found, tile, at + distinctOffset, "number of elements that are not there");
        }

        /** Checks the elements and returns their number. */
        abstract long checkSet(DirectBuffer from, int tile, int blob, int end);

        /** Writes the union of the blob and the source's to {@code union}; returns {@code distinct << 32 | length}. */
        abstract long merge(TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int union);
    }

    private static final class OfPrimitives extends SetState {
        OfPrimitives(int blobBound, boolean mutable) {
            super(blobBound, mutable);
        }

        @Override
        void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
            int reference = at + referenceOffset;
            if (tile.isOverflow(reference)) {
                return;
            }
            long bits = row.getLong(column);
            int size = tile.blobLength(reference) / Long.BYTES;
            int low = search(tile.buffer(), tile.blobOffset(reference), size, bits);
            if (low < 0) {
                return;
            }
            int blob = tile.resizeBlob(reference, (size + 1) * Long.BYTES);
            if (blob == TileLayout.OVERFLOW) {
                overflow(tile, at);
                return;
            }
            MutableDirectBuffer buffer = tile.buffer();
            int place = blob + low * Long.BYTES;
            if (size > low) {
                buffer.putBytes(place + Long.BYTES, buffer, place, (size - low) * Long.BYTES);
            }
            buffer.putLong(place, bits, LITTLE_ENDIAN);
            countDistinct(tile, at);
        }

        @Override
        long checkSet(DirectBuffer from, int tile, int blob, int end) {
            require((end - blob) % Long.BYTES == 0, tile, blob, "a set of no whole number of elements");
            for (int element = blob + Long.BYTES; element < end; element += Long.BYTES) {
                boolean ascends =
                        from.getLong(element - Long.BYTES, LITTLE_ENDIAN) < from.getLong(element, LITTLE_ENDIAN);
                require(ascends, tile, element, "an element not above the one before it");
            }
            return (long) (end - blob) / Long.BYTES;
        }

        /** Index where the value belongs, or -1 if it is there. */
        private static int search(DirectBuffer buffer, int blob, int size, long bits) {
            int low = 0;
            int high = size;
            while (low < high) {
                int middle = (low + high) >>> 1;
                long candidate = buffer.getLong(blob + middle * Long.BYTES, LITTLE_ENDIAN);
                if (candidate == bits) {
                    return -1;
                }
                if (candidate < bits) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        @Override
        long merge(TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int union) {
            MutableDirectBuffer buffer = into.buffer();
            int a = into.blobOffset(reference);
            int aEnd = a + into.blobLength(reference);
            int b = fromBlob;
            int bEnd = b + fromLength;
            int at = union;
            while (a < aEnd || b < bEnd) {
                long next;
                if (b >= bEnd) {
                    next = buffer.getLong(a, LITTLE_ENDIAN);
                    a += Long.BYTES;
                } else if (a >= aEnd) {
                    next = from.getLong(b, LITTLE_ENDIAN);
                    b += Long.BYTES;
                } else {
                    long left = buffer.getLong(a, LITTLE_ENDIAN);
                    long right = from.getLong(b, LITTLE_ENDIAN);
                    next = Math.min(left, right);
                    a += left <= right ? Long.BYTES : 0;
                    b += right <= left ? Long.BYTES : 0;
                }
                buffer.putLong(at, next, LITTLE_ENDIAN);
                at += Long.BYTES;
            }
            int length = at - union;
            return ((long) (length / Long.BYTES) << 32) | length;
        }
    }

    private static final class OfBytes extends SetState {
        OfBytes(int blobBound, boolean mutable) {
            super(blobBound, mutable);
        }

        @Override
        void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
            int reference = at + referenceOffset;
            if (tile.isOverflow(reference)) {
                return;
            }
            int offset = row.bytesOffset(column);
            int length = row.bytesLength(column);
            int place = SortedEntries.find(
                    tile.buffer(),
                    tile.blobOffset(reference),
                    tile.blobLength(reference),
                    row.buffer(),
                    offset,
                    length);
            if (place >= 0) {
                return;
            }
            if (SortedEntries.insert(tile, reference, -place - 1, row.buffer(), offset, length, 0)
                    == TileLayout.OVERFLOW) {
                overflow(tile, at);
            } else {
                countDistinct(tile, at);
            }
        }

        @Override
        long checkSet(DirectBuffer from, int tile, int blob, int end) {
            long distinct = 0;
            int entry = blob;
            for (int previous = -1; entry < end; distinct++) {
                int payload = SortedEntries.checkEntry(from, tile, previous, entry, end);
                previous = entry;
                entry += SortedEntries.entryLength(from, entry);
                require(payload == entry, tile, payload, "an element of a set has a payload");
            }
            return distinct;
        }

        @Override
        long merge(TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int union) {
            MutableDirectBuffer buffer = into.buffer();
            int a = into.blobOffset(reference);
            int aEnd = a + into.blobLength(reference);
            int b = fromBlob;
            int bEnd = b + fromLength;
            int at = union;
            long distinct = 0;
            while (b < bEnd) {
                int run = b; // source entries before the next of ours are copied in one go
                int order = 1;
                while (b < bEnd) {
                    order = a < aEnd ? SortedEntries.compareKeys(buffer, a, from, b) : 1;
                    if (order <= 0) {
                        break;
                    }
                    b += SortedEntries.entryLength(from, b);
                    distinct++;
                }
                buffer.putBytes(at, from, run, b - run);
                at += b - run;
                if (b < bEnd) {
                    int length = SortedEntries.entryLength(buffer, a);
                    buffer.putBytes(at, buffer, a, length);
                    at += length;
                    a += length;
                    b += order == 0 ? SortedEntries.entryLength(from, b) : 0;
                    distinct++;
                }
            }
            for (int entry = a; entry < aEnd; entry += SortedEntries.entryLength(buffer, entry)) {
                distinct++;
            }
            buffer.putBytes(at, buffer, a, aEnd - a);
            at += aEnd - a;
            return (distinct << 32) | (at - union);
        }
    }
}
