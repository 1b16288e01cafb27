package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

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
        int order = timed ? Long.compare(timeMs, buffer.getLong(entry, LITTLE_ENDIAN)) : 0;
        if (order == 0) {
            order = Slots.compare(floating, bits, value(buffer, entry));
        }
        return descending ? order > 0 : order < 0;
    }

    private long value(DirectBuffer buffer, int entry) {
        return buffer.getLong(entry + entryLength - Long.BYTES, LITTLE_ENDIAN);
    }
}
