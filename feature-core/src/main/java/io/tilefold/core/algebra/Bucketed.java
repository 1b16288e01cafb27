package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One inner state per bucket: a map from the bucket column's strings to the inner operation's values. The blob is {@link SortedEntries} whose
 * payload is a tile with the inner state alone.
 *
 * <pre>
 *  +------------+----------------+
 *  | count long | blob reference |     count: inputs with a bucket
 *  +------------+----------------+
 * </pre>
 */
final class Bucketed extends Accumulator {
    private static final int REFERENCE_OFFSET = COUNT_OFFSET + Long.BYTES;

    private final TileLayout inner;
    private final int bucketColumn;

    /**
     * @param bucketColumn index of the bucket, a string, in the row
     */
    Bucketed(Accumulator state, int bucketColumn) {
        this.inner = new TileLayout(state);
        this.bucketColumn = bucketColumn;
    }

    @Override
    public int fixedLength() {
        return REFERENCE_OFFSET + TileLayout.REFERENCE_LENGTH;
    }

    @Override
    public int blobReference() {
        return REFERENCE_OFFSET;
    }

    @Override
    public void update(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        change(tile, at, row, column, timeMs, 1);
    }

    @Override
    public void takeBack(TileBuffer tile, int at, FlatRow row, int column, long timeMs) {
        change(tile, at, row, column, timeMs, -1);
    }

    /** @param sign 1: the event is taken, -1: it is taken back */
    private void change(TileBuffer tile, int at, FlatRow row, int column, long timeMs, int sign) {
        if (row.isNull(column) || row.isNull(bucketColumn)) {
            return;
        }
        addCount(tile, at, sign);
        int reference = at + REFERENCE_OFFSET;
        if (tile.isOverflow(reference)) {
            return;
        }
        int place = SortedEntries.find(
                tile.buffer(),
                tile.blobOffset(reference),
                tile.blobLength(reference),
                row.buffer(),
                row.bytesOffset(bucketColumn),
                row.bytesLength(bucketColumn));
        int entry;
        if (place >= 0) {
            entry = tile.blobOffset(reference) + place;
        } else {
            place = -place - 1;
            entry = SortedEntries.insert(
                    tile,
                    reference,
                    place,
                    row.buffer(),
                    row.bytesOffset(bucketColumn),
                    row.bytesLength(bucketColumn),
                    inner.fixedEnd());
            if (entry == TileLayout.OVERFLOW) {
                return;
            }
            tile.buffer()
                    .putInt(payload(tile.buffer(), entry) + TileLayout.LENGTH_OFFSET, inner.fixedEnd(), LITTLE_ENDIAN);
        }
        changeEntry(tile, reference, place, entry, row, column, timeMs, sign);
    }

    private void changeEntry(
            TileBuffer tile, int reference, int place, int entry, FlatRow row, int column, long timeMs, int sign) {
        TileBuffer nested = tile.nested(inner);
        int payload = payload(tile.buffer(), entry);
        if (inner.isFixed()) {
            change(nested.wrap(tile.buffer(), payload), row, column, timeMs, sign);
            return;
        }
        change(nested.load(tile.buffer(), payload), row, column, timeMs, sign);
        int resized = SortedEntries.resizePayload(tile, reference, place, nested.compactLength());
        if (resized != TileLayout.OVERFLOW) {
            nested.writeTo(tile.buffer(), payload(tile.buffer(), resized));
        }
    }

    private static void change(TileBuffer entry, FlatRow row, int column, long timeMs, int sign) {
        if (sign > 0) {
            entry.update(row, column, timeMs);
        } else {
            entry.takeBack(row, column, timeMs);
        }
    }

    @Override
    public void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt) {
        long added = from.getLong(fromAt + COUNT_OFFSET, LITTLE_ENDIAN);
        if (added == 0) {
            return;
        }
        addCount(into, at, added);
        int reference = at + REFERENCE_OFFSET;
        int fromBlob = from.getInt(fromAt + REFERENCE_OFFSET, LITTLE_ENDIAN);
        if (into.isOverflow(reference)) {
            return;
        }
        if (fromBlob == TileLayout.OVERFLOW) {
            into.overflow(reference);
            return;
        }
        int fromLength = from.getInt(fromAt + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN);
        int union = into.allocate(into.blobLength(reference) + fromLength);
        int length = mergeEntries(into, reference, from, tile + fromBlob, fromLength, union);
        if (length > TileLayout.DEFAULT_BLOB_BOUND) {
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

    /** Writes the merged entry at {@code at} and returns its length, at most that of both together. */
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
        buffer.putInt(at, keyEnd + length, LITTLE_ENDIAN);
        return keyEnd + length;
    }

    @Override
    public void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        int blob = from.getInt(at + REFERENCE_OFFSET, LITTLE_ENDIAN);
        if (blob == TileLayout.OVERFLOW) {
            sink.stateLimit();
            return;
        }
        int end = tile + blob + from.getInt(at + REFERENCE_OFFSET + Integer.BYTES, LITTLE_ENDIAN);
        int size = 0;
        for (int entry = tile + blob; entry < end; entry += SortedEntries.entryLength(from, entry)) {
            size++;
        }
        if (size == 0) {
            sink.nullValue();
            return;
        }
        sink.mapValue(size);
        for (int entry = tile + blob; entry < end; entry += SortedEntries.entryLength(from, entry)) {
            sink.bytesValue(from, entry + SortedEntries.KEY_OFFSET, SortedEntries.keyLength(from, entry));
            int payload = payload(from, entry);
            inner.accumulator(0).finish(from, payload, payload + inner.offset(0), sink);
        }
    }

    private static int payload(DirectBuffer buffer, int entry) {
        return entry + SortedEntries.payloadOffset(SortedEntries.keyLength(buffer, entry));
    }

    private static void addCount(TileBuffer tile, int at, long added) {
        MutableDirectBuffer buffer = tile.buffer();
        buffer.putLong(at + COUNT_OFFSET, buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN) + added, LITTLE_ENDIAN);
    }
}
