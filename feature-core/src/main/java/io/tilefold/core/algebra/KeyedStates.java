package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One inner state per key: what buckets, maps and element-wise lists have in common. The blob is {@link SortedEntries} whose payload is a tile
 * with the inner state alone.
 *
 * <pre>
 *  +------------+----------------+----------------+
 *  | count long | blob reference | weight long *) |     *) where inner states have blobs
 *  +------------+----------------+----------------+
 * </pre>
 *
 * <ul>
 *   <li>count: inputs of all keys, those taken back subtracted
 *   <li>weight: what the entries count for, see {@link Accumulator#weight}; beyond the bound the state is OVERFLOW, as it is if an inner state is. Where
 *       inner states are fixed it is the blob's length.
 * </ul>
 *
 * An entry whose inner state has become the identity again, all its inputs being taken back, leaves the blob, and its weight goes with it: whether a
 * state that events are taken back from went beyond its bound on the way may depend on their order.
 */
abstract class KeyedStates extends Accumulator {
    private static final int REFERENCE_OFFSET = COUNT_OFFSET + Long.BYTES;
    private static final int WEIGHT_OFFSET = REFERENCE_OFFSET + TileLayout.REFERENCE_LENGTH;

    final TileLayout inner;
    private final int blobBound;

    KeyedStates(Accumulator state, int blobBound) {
        this.inner = new TileLayout(state);
        this.blobBound = blobBound;
    }

    /** Of states of one length only: a longer one would come to its bound with fewer keys. */
    @Override
    final boolean holdsStateOf(Accumulator other) {
        return other instanceof KeyedStates keyed
                && isKeyedLike(keyed)
                && keyed.blobBound == blobBound
                && keyed.inner.fixedEnd() == inner.fixedEnd()
                && inner.isFixed()
                && inner.accumulator(0).holdsStateOf(keyed.inner.accumulator(0));
    }

    /** True if the other takes the same keys of an event. */
    boolean isKeyedLike(KeyedStates other) {
        return other.getClass() == getClass();
    }

    @Override
    public final int fixedLength() {
        return inner.isFixed() ? WEIGHT_OFFSET : WEIGHT_OFFSET + Long.BYTES;
    }

    @Override
    public final int blobReference() {
        return REFERENCE_OFFSET;
    }

    @Override
    public final int blobBound() {
        return blobBound;
    }

    @Override
    public final long weight(DirectBuffer from, int tile, int at) {
        return isOverflow(from, at) ? OVERFLOW_WEIGHT : fixedLength() + blobWeight(from, at);
    }

    private long blobWeight(DirectBuffer from, int at) {
        return inner.isFixed()
                ? from.getInt(at + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN)
                : from.getLong(at + WEIGHT_OFFSET, LITTLE_ENDIAN);
    }

    @Override
    final void overflow(TileBuffer tile, int at) {
        super.overflow(tile, at);
        if (!inner.isFixed()) {
            tile.buffer().putLong(at + WEIGHT_OFFSET, 0);
        }
    }

    @Override
    public final void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        change(tile, at, row, column, timeMs, 1);
    }

    @Override
    public final void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        change(tile, at, row, column, timeMs, -1);
    }

    /**
     * Gives every key of the event, with its input, to {@link #changeKey}.
     *
     * @param sign 1: the event is taken, -1: it is taken back
     */
    abstract void change(TileBuffer tile, int at, FlatRow row, int column, long timeMs, int sign);

    /** Gives the value of the entries that have inputs. */
    abstract void value(DirectBuffer from, int entries, int end, ValueSink sink);

    /** Takes the input of one key, or takes it back. */
    final void changeKey(
            TileBuffer tile,
            int at,
            DirectBuffer key,
            int keyAt,
            int keyLength,
            FlatRow row,
            int column,
            long timeMs,
            int sign) {
        long inputs = inner.accumulator(0).inputs(tile, row, column);
        if (inputs == 0) {
            return;
        }
        addCount(tile, at, sign * inputs);
        int reference = at + REFERENCE_OFFSET;
        if (tile.isOverflow(reference)) {
            return;
        }
        int place = SortedEntries.find(
                tile.buffer(), tile.blobOffset(reference), tile.blobLength(reference), key, keyAt, keyLength);
        int entry;
        long before = 0;
        if (place >= 0) {
            entry = tile.blobOffset(reference) + place;
            before = entryWeight(tile.buffer(), entry);
        } else {
            place = -place - 1;
            entry = SortedEntries.insert(tile, reference, place, key, keyAt, keyLength, inner.fixedEnd());
            if (entry == TileLayout.OVERFLOW) {
                overflow(tile, at);
                return;
            }
            tile.buffer()
                    .putInt(payload(tile.buffer(), entry) + TileLayout.LENGTH_OFFSET, inner.fixedEnd(), LITTLE_ENDIAN);
        }
        if (!changeEntry(tile, reference, place, entry, row, column, timeMs, sign)) {
            overflow(tile, at);
            return;
        }
        entry = tile.blobOffset(reference) + place;
        long after = 0;
        if (isGone(tile.buffer(), payload(tile.buffer(), entry))) {
            SortedEntries.remove(tile, reference, place);
        } else {
            after = entryWeight(tile.buffer(), entry);
        }
        keepWeight(tile, at, blobWeight(tile.buffer(), at) + after - before);
    }

    /** Keeps the entries' weight where it is not the blob's length, whose bound is watched as it grows. */
    private void keepWeight(TileBuffer tile, int at, long weight) {
        if (inner.isFixed()) {
            return;
        }
        if (weight > blobBound) {
            overflow(tile, at);
        } else {
            tile.buffer().putLong(at + WEIGHT_OFFSET, weight, LITTLE_ENDIAN);
        }
    }

    private long entryWeight(DirectBuffer buffer, int entry) {
        if (inner.isFixed()) {
            return 0;
        }
        int payload = payload(buffer, entry);
        return payload
                - entry
                + inner.offset(0)
                + inner.accumulator(0).weight(buffer, payload, payload + inner.offset(0));
    }

    private long entriesWeight(DirectBuffer buffer, int entries, int end) {
        long weight = 0;
        for (int entry = entries; entry < end; entry += SortedEntries.entryLength(buffer, entry)) {
            weight += entryWeight(buffer, entry);
        }
        return weight;
    }

    /** Returns false if the state went beyond its bound. */
    private boolean changeEntry(
            TileBuffer tile, int reference, int place, int entry, FlatRow row, int column, long timeMs, int sign) {
        TileBuffer nested = tile.nested(inner);
        int payload = payload(tile.buffer(), entry);
        if (inner.isFixed()) {
            change(nested.wrap(tile.buffer(), payload), row, column, timeMs, sign);
            return true;
        }
        change(nested.load(tile.buffer(), payload), row, column, timeMs, sign);
        int resized = SortedEntries.resizePayload(tile, reference, place, nested.compactLength());
        if (resized == TileLayout.OVERFLOW) {
            return false;
        }
        nested.writeTo(tile.buffer(), payload(tile.buffer(), resized));
        return true;
    }

    private static void change(TileBuffer entry, FlatRow row, int column, long timeMs, int sign) {
        if (sign > 0) {
            entry.update(row, column, timeMs);
        } else {
            entry.takeBack(row, column, timeMs);
        }
    }

    @Override
    public final void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt) {
        addCount(into, at, from.getLong(fromAt + COUNT_OFFSET, LITTLE_ENDIAN));
        int reference = at + REFERENCE_OFFSET;
        int fromBlob = from.getInt(fromAt + REFERENCE_OFFSET, LITTLE_ENDIAN);
        if (fromBlob == TileLayout.NO_BLOB || into.isOverflow(reference)) {
            return;
        }
        if (fromBlob == TileLayout.OVERFLOW) {
            overflow(into, at);
            return;
        }
        int fromLength = from.getInt(fromAt + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN);
        int union = into.allocate(into.blobLength(reference) + fromLength);
        int length = mergeEntries(into, reference, from, tile + fromBlob, fromLength, union);
        if (length > blobBound) {
            overflow(into, at);
        } else {
            into.setReference(reference, union, length);
            keepWeight(into, at, inner.isFixed() ? length : entriesWeight(into.buffer(), union, union + length));
        }
    }

    private int mergeEntries(
            TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int union) {
        MutableDirectBuffer buffer = into.buffer();
        TileBuffer nested = into.nested(inner);
        int a = into.blobOffset(reference);
        int aEnd = a + into.blobLength(reference);
        int b = fromBlob;
        int bEnd = b + fromLength;
        int at = union;
        while (b < bEnd) {
            int run = b; // source entries before the next of ours are copied in one go
            int order = 1;
            while (b < bEnd) {
                order = a < aEnd ? SortedEntries.compareKeys(buffer, a, from, b) : 1;
                if (order <= 0) {
                    break;
                }
                b += SortedEntries.entryLength(from, b);
            }
            buffer.putBytes(at, from, run, b - run);
            at += b - run;
            if (b < bEnd) {
                int length = SortedEntries.entryLength(buffer, a);
                if (order < 0) {
                    buffer.putBytes(at, buffer, a, length);
                    at += length;
                } else {
                    at += mergeEntry(nested, buffer, at, a, from, b);
                    b += SortedEntries.entryLength(from, b);
                }
                a += length;
            }
        }
        buffer.putBytes(at, buffer, a, aEnd - a);
        at += aEnd - a;
        return at - union;
    }

    /** Writes the merged entry at {@code at} and returns its length, at most that of both together; 0 if they cancel out. */
    private int mergeEntry(
            TileBuffer nested, MutableDirectBuffer buffer, int at, int entry, DirectBuffer from, int other) {
        int keyEnd = SortedEntries.payloadOffset(SortedEntries.keyLength(buffer, entry));
        buffer.putBytes(at, buffer, entry, keyEnd);
        int payload = at + keyEnd;
        int length;
        if (inner.isFixed()) {
            length = inner.fixedEnd();
            buffer.putBytes(payload, buffer, entry + keyEnd, length);
            nested.wrap(buffer, payload).merge(from, other + keyEnd);
        } else {
            nested.load(buffer, entry + keyEnd).merge(from, other + keyEnd);
            length = nested.writeTo(buffer, payload);
        }
        if (isGone(buffer, payload)) {
            return 0;
        }
        buffer.putInt(at, keyEnd + length, LITTLE_ENDIAN);
        return keyEnd + length;
    }

    @Override
    public final void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        if (isOverflow(from, at)) {
            finishOverflow(from.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN), sink);
            return;
        }
        int entries = tile + from.getInt(at + REFERENCE_OFFSET, LITTLE_ENDIAN);
        value(from, entries, entries + from.getInt(at + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN), sink);
    }

    /** Inputs of an entry, those taken back subtracted; an entry at 0 or below is not shown. */
    final long inputs(DirectBuffer from, int entry) {
        return from.getLong(payload(from, entry) + inner.offset(0) + COUNT_OFFSET, LITTLE_ENDIAN);
    }

    final void emit(DirectBuffer from, int entry, ValueSink sink) {
        int payload = payload(from, entry);
        inner.accumulator(0).finish(from, payload, payload + inner.offset(0), sink);
    }

    private static void finishOverflow(long count, ValueSink sink) {
        if (count > 0) {
            sink.stateLimit();
            return;
        }
        if (count < 0) {
            sink.stale();
        }
        sink.nullValue();
    }

    @Override
    final void check(DirectBuffer from, int tile, int at) {
        int entry = tile + from.getInt(at + REFERENCE_OFFSET, LITTLE_ENDIAN);
        int end = entry + from.getInt(at + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN);
        long weight = 0;
        if (!isOverflow(from, at)) {
            for (int previous = -1; entry < end; entry += SortedEntries.entryLength(from, entry)) {
                checkEntry(from, tile, previous, entry, end);
                weight += entryWeight(from, entry);
                previous = entry;
            }
        }
        boolean weighed =
                inner.isFixed() || (weight <= blobBound && weight == from.getLong(at + WEIGHT_OFFSET, LITTLE_ENDIAN));
        require(weighed, tile, at + WEIGHT_OFFSET, "not the weight of the entries");
    }

    private void checkEntry(DirectBuffer from, int tile, int previous, int entry, int end) {
        int payload = SortedEntries.checkEntry(from, tile, previous, entry, end);
        checkKey(from, tile, entry);
        int room = entry + SortedEntries.entryLength(from, entry) - payload;
        try {
            int length = inner.verify(from, payload, room);
            require(length == room, payload, payload + TileLayout.LENGTH_OFFSET, "an entry longer than its state");
        } catch (CorruptStateException e) {
            throw e.inTileAround(payload - tile);
        }
    }

    /** Throws {@link CorruptStateException} if the key of an entry, whose length is checked already, is none of this state's. */
    void checkKey(DirectBuffer from, int tile, int entry) {}

    private boolean isGone(DirectBuffer buffer, int payload) {
        return inner.accumulator(0).isIdentity(buffer, payload + inner.offset(0));
    }

    private static int payload(DirectBuffer buffer, int entry) {
        return entry + SortedEntries.payloadOffset(SortedEntries.keyLength(buffer, entry));
    }

    private static void addCount(TileBuffer tile, int at, long added) {
        MutableDirectBuffer buffer = tile.buffer();
        buffer.putLong(at + COUNT_OFFSET, buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN) + added, LITTLE_ENDIAN);
    }
}
