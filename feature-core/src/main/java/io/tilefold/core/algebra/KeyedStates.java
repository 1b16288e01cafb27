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
 *  +------------+----------------+
 *  | count long | blob reference |     count: inputs of all keys, those taken back subtracted
 *  +------------+----------------+
 * </pre>
 *
 * An entry whose inner state has become the identity again, all its inputs being taken back, leaves the blob.
 */
abstract class KeyedStates extends Accumulator {
    private static final int REFERENCE_OFFSET = COUNT_OFFSET + Long.BYTES;

    final TileLayout inner;

    KeyedStates(Accumulator state) {
        this.inner = new TileLayout(state);
    }

    @Override
    public final int fixedLength() {
        return REFERENCE_OFFSET + TileLayout.REFERENCE_LENGTH;
    }

    @Override
    public final int blobReference() {
        return REFERENCE_OFFSET;
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
        if (place >= 0) {
            entry = tile.blobOffset(reference) + place;
        } else {
            place = -place - 1;
            entry = SortedEntries.insert(tile, reference, place, key, keyAt, keyLength, inner.fixedEnd());
            if (entry == TileLayout.OVERFLOW) {
                return;
            }
            tile.buffer()
                    .putInt(payload(tile.buffer(), entry) + TileLayout.LENGTH_OFFSET, inner.fixedEnd(), LITTLE_ENDIAN);
        }
        if (changeEntry(tile, reference, place, entry, row, column, timeMs, sign)
                && isIdentity(tile.buffer(), payload(tile.buffer(), tile.blobOffset(reference) + place))) {
            SortedEntries.remove(tile, reference, place);
        }
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
            into.overflow(reference);
            return;
        }
        int fromLength = from.getInt(fromAt + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN);
        int union = into.allocate(into.blobLength(reference) + fromLength);
        int length = mergeEntries(into, reference, from, tile + fromBlob, fromLength, union);
        if (length > TileLayout.MAX_BLOB_LENGTH) {
            into.overflow(reference);
        } else {
            into.setReference(reference, union, length);
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
        if (isIdentity(buffer, payload)) {
            return 0;
        }
        buffer.putInt(at, keyEnd + length, LITTLE_ENDIAN);
        return keyEnd + length;
    }

    @Override
    public final void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        int blob = from.getInt(at + REFERENCE_OFFSET, LITTLE_ENDIAN);
        if (blob == TileLayout.OVERFLOW) {
            sink.stateLimit();
            return;
        }
        int entries = tile + blob;
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

    private boolean isIdentity(DirectBuffer buffer, int payload) {
        for (int i = TileLayout.HEADER_LENGTH; i < inner.fixedEnd(); i += Long.BYTES) {
            if (buffer.getLong(payload + i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int payload(DirectBuffer buffer, int entry) {
        return entry + SortedEntries.payloadOffset(SortedEntries.keyLength(buffer, entry));
    }

    private static void addCount(TileBuffer tile, int at, long added) {
        MutableDirectBuffer buffer = tile.buffer();
        buffer.putLong(at + COUNT_OFFSET, buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN) + added, LITTLE_ENDIAN);
    }
}
