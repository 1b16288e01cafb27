package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The k best-ranked primitives, best first; min(count, k) entries are in use, the rest are zeros.
 *
 * <pre>
 *   ranked by value                              ranked by time
 *  +------------+--------------+---              +------------+---------+--------------+---
 *  | count long | value 8      | ... k times     | count long | ts long | value 8      | ... k times
 *  +------------+--------------+---              +------------+---------+--------------+---
 * </pre>
 */
final class RankedPrimitives extends CountingAccumulator {
    static final int MAX_K = 10_000;

    private final ValueType type;
    private final boolean floating;
    private final int k;
    private final boolean timed;
    private final boolean descending;
    private final boolean list;
    private final int entryLength;

    RankedPrimitives(ValueType type, int k, boolean timed, boolean descending, boolean list, boolean mutable) {
        super(mutable, false);
        this.type = type;
        this.floating = type.isFloating();
        this.k = k;
        this.timed = timed;
        this.descending = descending;
        this.list = list;
        this.entryLength = timed ? 2 * Long.BYTES : Long.BYTES;
    }

    @Override
    public int fixedLength() {
        return bodyOffset + k * entryLength;
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        insert(tile.buffer(), at + bodyOffset, (int) Math.min(inputsBefore, k), timeMs, row.getLong(column));
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        int kept = (int) Math.min(inputsBefore, k);
        int added = (int) Math.min(inputs(from, fromAt), k);
        for (int i = 0; i < added; i++) {
            int entry = fromAt + bodyOffset + i * entryLength;
            long timeMs = timed ? from.getLong(entry, LITTLE_ENDIAN) : 0;
            if (!insert(into.buffer(), at + bodyOffset, kept, timeMs, value(from, entry))) {
                return; // the source's entries are sorted: what follows ranks no better
            }
            kept = Math.min(kept + 1, k);
        }
    }

    @Override
    void mergeAll(TileBuffer into, int at, TileList tiles, int first, int offset) {
        if (k == 1 && !keepsTakenBack) {
            mergeBest(into.buffer(), at, tiles, first, offset);
        } else {
            super.mergeAll(into, at, tiles, first, offset);
        }
    }

    /** The one best of many states, in registers. */
    private void mergeBest(UnsafeBuffer buffer, int at, TileList tiles, int first, int offset) {
        UnsafeBuffer from = tiles.buffer();
        long count = inputs(buffer, at);
        long bestMs = timed ? buffer.getLong(at + bodyOffset, LITTLE_ENDIAN) : 0;
        long best = value(buffer, at + bodyOffset);
        for (int i = first; i < tiles.size(); i++) {
            int state = tiles.tile(i) + offset;
            long added = inputs(from, state);
            if (added != 0) {
                long timeMs = timed ? from.getLong(state + bodyOffset, LITTLE_ENDIAN) : 0;
                long bits = value(from, state + bodyOffset);
                if (count == 0 || ranksBefore(timeMs, bits, bestMs, best)) {
                    bestMs = timeMs;
                    best = bits;
                }
                count += added;
            }
        }
        if (count != 0) {
            buffer.putLong(at + COUNT_OFFSET, count, LITTLE_ENDIAN);
            if (timed) {
                buffer.putLong(at + bodyOffset, bestMs, LITTLE_ENDIAN);
            }
            buffer.putLong(at + bodyOffset + entryLength - Long.BYTES, best, LITTLE_ENDIAN);
        }
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        int kept = (int) Math.min(inputs(from, at), k);
        if (list) {
            sink.listValue(kept);
        }
        for (int i = 0; i < kept; i++) {
            Slots.emit(type, value(from, at + bodyOffset + i * entryLength), sink);
        }
    }

    /** Returns false if the value ranks behind k others. */
    private boolean insert(MutableDirectBuffer buffer, int entries, int kept, long timeMs, long bits) {
        int place = kept;
        while (place > 0 && ranksBefore(timeMs, bits, buffer, entries + (place - 1) * entryLength)) {
            place--;
        }
        if (place == k) {
            return false;
        }
        int moved = Math.min(kept, k - 1) - place;
        int entry = entries + place * entryLength;
        if (moved > 0) {
            buffer.putBytes(entry + entryLength, buffer, entry, moved * entryLength);
        }
        if (timed) {
            buffer.putLong(entry, timeMs, LITTLE_ENDIAN);
        }
        buffer.putLong(entry + entryLength - Long.BYTES, bits, LITTLE_ENDIAN);
        return true;
    }

    private boolean ranksBefore(long timeMs, long bits, DirectBuffer buffer, int entry) {
        return ranksBefore(timeMs, bits, timed ? buffer.getLong(entry, LITTLE_ENDIAN) : 0, value(buffer, entry));
    }

    private boolean ranksBefore(long timeMs, long bits, long otherMs, long otherBits) {
        int order = timed ? Long.compare(timeMs, otherMs) : 0;
        if (order == 0) {
            order = Slots.compare(floating, bits, otherBits);
        }
        return descending ? order > 0 : order < 0;
    }

    private long value(DirectBuffer buffer, int entry) {
        return buffer.getLong(entry + entryLength - Long.BYTES, LITTLE_ENDIAN);
    }
}
