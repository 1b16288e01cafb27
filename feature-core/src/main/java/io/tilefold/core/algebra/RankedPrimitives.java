package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The k best-ranked primitives, best first; min(inputs, k) entries are in use, the rest are zeros.
 *
 * <pre>
 *   body                                             entry by value     entry by time
 *  +------------------------+-------------------+   +-----------+      +---------+-----------+
 *  | taken back: entry *)   | k entries         |   | value 8   |      | ts long | value 8   |
 *  +------------------------+-------------------+   +-----------+      +---------+-----------+
 *                                                   *) where events may be taken back: the best-ranked of those that were, else zeros
 * </pre>
 *
 * A full answer that the best of what was taken back ranks behind does not hold any of it: it is not stale.
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
    private final int entriesOffset;

    RankedPrimitives(ValueType type, int k, boolean timed, boolean descending, boolean list, boolean mutable) {
        super(mutable, false);
        this.type = type;
        this.floating = type.isFloating();
        this.k = k;
        this.timed = timed;
        this.descending = descending;
        this.list = list;
        this.entryLength = timed ? 2 * Long.BYTES : Long.BYTES;
        this.entriesOffset = bodyOffset + (keepsTakenBack ? entryLength : 0);
    }

    @Override
    public int fixedLength() {
        return entriesOffset + k * entryLength;
    }

    /** Several entries are merged as far as the counts say. */
    @Override
    boolean mergesTorn() {
        return k == 1;
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        insert(tile.buffer(), at + entriesOffset, kept(inputsBefore), timeMs, row.getLong(column));
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        if (k == 1) {
            takeBetter(into.buffer(), at + entriesOffset, kept(inputsBefore), from, fromAt + entriesOffset);
            return;
        }
        mergeEntries(
                into.buffer(),
                at + entriesOffset,
                kept(inputsBefore),
                from,
                fromAt + entriesOffset,
                kept(inputs(from, fromAt)));
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
            put(buffer, at + bodyOffset, bestMs, best);
        }
    }

    @Override
    void remember(TileBuffer tile, int at, long takenBackBefore, FlatRow row, int column, long timeMs) {
        int entry = at + bodyOffset;
        long bits = row.getLong(column);
        if (takenBackBefore == 0 || ranksBefore(timeMs, bits, tile.buffer(), entry)) {
            put(tile.buffer(), entry, timeMs, bits);
        }
    }

    @Override
    void rememberState(TileBuffer into, int at, long takenBackBefore, DirectBuffer from, int tile, int fromAt) {
        int entry = at + bodyOffset;
        int other = fromAt + bodyOffset;
        if (takenBackBefore == 0 || ranksBefore(from, other, into.buffer(), entry)) {
            into.buffer().putBytes(entry, from, other, entryLength);
        }
    }

    @Override
    boolean isStale(DirectBuffer from, int tile, int at) {
        int last = at + entriesOffset + (k - 1) * entryLength;
        return inputs(from, at) < k || !ranksBefore(from, last, from, at + bodyOffset);
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        int kept = kept(inputs(from, at));
        if (list) {
            sink.listValue(kept);
        }
        for (int i = 0; i < kept; i++) {
            Slots.emit(type, value(from, at + entriesOffset + i * entryLength), sink);
        }
    }

    @Override
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {
        int entries = at + entriesOffset;
        for (int i = 1; i < kept(inputs); i++) {
            int entry = entries + i * entryLength;
            if (ranksBefore(from, entry, from, entry - entryLength)) {
                throw new CorruptStateException(entry - tile, "an entry ranks before the one in front of it");
            }
        }
    }

    private int kept(long inputs) {
        return (int) Math.min(inputs, k);
    }

    private void insert(MutableDirectBuffer buffer, int entries, int kept, long timeMs, long bits) {
        int place = kept;
        while (place > 0 && ranksBefore(timeMs, bits, buffer, entries + (place - 1) * entryLength)) {
            place--;
        }
        if (place == k) {
            return;
        }
        int moved = Math.min(kept, k - 1) - place;
        int entry = entries + place * entryLength;
        if (moved > 0) {
            buffer.putBytes(entry + entryLength, buffer, entry, moved * entryLength);
        }
        put(buffer, entry, timeMs, bits);
    }

    /** {@link #mergeEntries} of at most one entry and one. */
    private void takeBetter(MutableDirectBuffer buffer, int ours, int ourCount, DirectBuffer from, int theirs) {
        long timeMs = timed ? from.getLong(theirs, LITTLE_ENDIAN) : 0;
        long bits = value(from, theirs);
        if (ourCount == 0 || ranksBefore(timeMs, bits, buffer, ours)) {
            put(buffer, ours, timeMs, bits);
        }
    }

    /** Counts what survives of either list from the front, then fills ours from the back: linear and in place. */
    private void mergeEntries(
            MutableDirectBuffer buffer, int ours, int ourCount, DirectBuffer from, int theirs, int theirCount) {
        int a = 0;
        int b = 0;
        while (a + b < k && b < theirCount) {
            if (a < ourCount && !ranksBefore(from, theirs + b * entryLength, buffer, ours + a * entryLength)) {
                a++;
            } else {
                b++;
            }
        }
        a = Math.min(ourCount, k - b);
        while (b > 0) {
            int theirLast = theirs + (b - 1) * entryLength;
            int target = ours + (a + b - 1) * entryLength;
            if (a > 0 && ranksBefore(from, theirLast, buffer, ours + (a - 1) * entryLength)) {
                a--;
                buffer.putBytes(target, buffer, ours + a * entryLength, entryLength);
            } else {
                b--;
                buffer.putBytes(target, from, theirLast, entryLength);
            }
        }
    }

    private boolean ranksBefore(DirectBuffer a, int aEntry, DirectBuffer b, int bEntry) {
        return ranksBefore(timed ? a.getLong(aEntry, LITTLE_ENDIAN) : 0, value(a, aEntry), b, bEntry);
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

    private void put(MutableDirectBuffer buffer, int entry, long timeMs, long bits) {
        if (timed) {
            buffer.putLong(entry, timeMs, LITTLE_ENDIAN);
        }
        buffer.putLong(entry + entryLength - Long.BYTES, bits, LITTLE_ENDIAN);
    }

    private long value(DirectBuffer buffer, int entry) {
        return buffer.getLong(entry + entryLength - Long.BYTES, LITTLE_ENDIAN);
    }
}
