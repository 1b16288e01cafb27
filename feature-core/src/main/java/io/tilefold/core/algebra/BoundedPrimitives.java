package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Up to k distinct primitives: their 8-byte slots, ascending as signed longs.
 *
 * <pre>
 *  +------------+-------------------+---------------+---------------------+
 *  | count long | takenBack long *) | distinct long | k − 1 slots, 8 each |    *) see CountingAccumulator
 *  +------------+-------------------+---------------+---------------------+
 * </pre>
 *
 * As many slots are in use as there are distinct inputs, the rest are zeros; at k distinct inputs all are zeros.
 */
final class BoundedPrimitives extends CountingAccumulator {
    private final int k;
    private final int slotsOffset;

    BoundedPrimitives(int k, boolean mutable) {
        super(mutable, false);
        this.k = k;
        this.slotsOffset = bodyOffset + Long.BYTES;
    }

    @Override
    public int fixedLength() {
        return slotsOffset + (k - 1) * Long.BYTES;
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        insert(tile.buffer(), at, distinct(tile.buffer(), at), row.getLong(column));
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        MutableDirectBuffer buffer = into.buffer();
        int added = distinct(from, fromAt);
        int distinct = distinct(buffer, at);
        if (added == k && distinct < k) {
            saturate(buffer, at);
            return;
        }
        for (int i = 0; i < added && distinct < k; i++) {
            distinct = insert(buffer, at, distinct, from.getLong(fromAt + slotsOffset + i * Long.BYTES, LITTLE_ENDIAN));
        }
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        sink.longValue(distinct(from, at));
    }

    @Override
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {
        long distinct = from.getLong(at + bodyOffset, LITTLE_ENDIAN);
        require(distinct >= 0 && distinct <= k, tile, at + bodyOffset, "impossible number of distinct inputs");
        for (int i = 1; i < distinct && distinct < k; i++) {
            int slot = at + slotsOffset + i * Long.BYTES;
            boolean ascends = from.getLong(slot - Long.BYTES, LITTLE_ENDIAN) < from.getLong(slot, LITTLE_ENDIAN);
            require(ascends, tile, slot, "an element not above the one before it");
        }
    }

    /** Returns the number of distinct inputs after it. */
    private int insert(MutableDirectBuffer buffer, int at, int distinct, long bits) {
        if (distinct == k) {
            return k;
        }
        int slots = at + slotsOffset;
        int low = 0;
        int high = distinct;
        while (low < high) {
            int middle = (low + high) >>> 1;
            long candidate = buffer.getLong(slots + middle * Long.BYTES, LITTLE_ENDIAN);
            if (candidate == bits) {
                return distinct;
            }
            if (candidate < bits) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (distinct == k - 1) {
            saturate(buffer, at);
            return k;
        }
        int place = slots + low * Long.BYTES;
        buffer.putBytes(place + Long.BYTES, buffer, place, (distinct - low) * Long.BYTES);
        buffer.putLong(place, bits, LITTLE_ENDIAN);
        buffer.putLong(at + bodyOffset, distinct + 1, LITTLE_ENDIAN);
        return distinct + 1;
    }

    private void saturate(MutableDirectBuffer buffer, int at) {
        buffer.putLong(at + bodyOffset, k, LITTLE_ENDIAN);
        buffer.setMemory(at + slotsOffset, (k - 1) * Long.BYTES, (byte) 0);
    }

    private int distinct(DirectBuffer buffer, int at) {
        return (int) buffer.getLong(at + bodyOffset, LITTLE_ENDIAN);
    }
}
