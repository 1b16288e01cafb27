package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/**
 * Up to k distinct strings or binaries: {@link SortedEntries} without payload, none at k.
 *
 * <pre>
 *  +------------+-------------------+---------------+----------------+
 *  | count long | takenBack long *) | distinct long | blob reference |    *) see CountingAccumulator
 *  +------------+-------------------+---------------+----------------+
 * </pre>
 *
 * An input longer than its share of {@link TileLayout#MAX_BLOB_LENGTH} makes the state OVERFLOW, also one that has k already: so whether it does is
 * a matter of the inputs alone, not of their order, and k inputs within their share always fit.
 */
final class BoundedBytes extends CountingAccumulator {
    private final int k;
    private final int maxInputLength;
    private final int referenceOffset;

    BoundedBytes(int k, boolean mutable) {
        super(mutable, false);
        this.k = k;
        this.maxInputLength = TileLayout.MAX_BLOB_LENGTH / k - SortedEntries.KEY_OFFSET - Long.BYTES;
        this.referenceOffset = bodyOffset + Long.BYTES;
    }

    @Override
    public int fixedLength() {
        return referenceOffset + TileLayout.REFERENCE_LENGTH;
    }

    @Override
    public int blobReference() {
        return referenceOffset;
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        int reference = at + referenceOffset;
        int length = row.bytesLength(column);
        if (length > maxInputLength) {
            overflow(tile, at);
            return;
        }
        int distinct = distinct(tile.buffer(), at);
        if (distinct == k || tile.isOverflow(reference)) {
            return;
        }
        int offset = row.bytesOffset(column);
        int place = SortedEntries.find(
                tile.buffer(), tile.blobOffset(reference), tile.blobLength(reference), row.buffer(), offset, length);
        if (place < 0) {
            insert(tile, at, distinct, -place - 1, row.buffer(), offset, length);
        }
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        int reference = at + referenceOffset;
        int fromBlob = from.getInt(fromAt + referenceOffset, LITTLE_ENDIAN);
        if (fromBlob == TileLayout.OVERFLOW) {
            overflow(into, at);
            return;
        }
        int distinct = distinct(into.buffer(), at);
        if (distinct == k || into.isOverflow(reference)) {
            return;
        }
        int added = distinct(from, fromAt);
        if (added == k) {
            saturate(into, at);
            return;
        }
        int entry = tile + fromBlob;
        int place = 0;
        for (int i = 0; i < added && distinct < k; i++) {
            place = firstFrom(into, reference, place, from, entry);
            if (place < 0) {
                place = -place - 1;
                int key = entry + SortedEntries.KEY_OFFSET;
                distinct = insert(into, at, distinct, place, from, key, SortedEntries.keyLength(from, entry));
            }
            entry += SortedEntries.entryLength(from, entry);
        }
    }

    /** The place of the entry with the source's key, looked for from {@code place} on, else {@code -(place it belongs) - 1}. */
    private static int firstFrom(TileBuffer tile, int reference, int place, DirectBuffer from, int entry) {
        int blob = tile.blobOffset(reference);
        int length = tile.blobLength(reference);
        int at = place;
        while (at < length) {
            int order = SortedEntries.compareKeys(tile.buffer(), blob + at, from, entry);
            if (order == 0) {
                return at;
            }
            if (order > 0) {
                break;
            }
            at += SortedEntries.entryLength(tile.buffer(), blob + at);
        }
        return -at - 1;
    }

    /** Returns the number of distinct inputs after it. */
    private int insert(TileBuffer tile, int at, int distinct, int place, DirectBuffer source, int key, int length) {
        if (distinct == k - 1) {
            saturate(tile, at);
            return k;
        }
        SortedEntries.insert(tile, at + referenceOffset, place, source, key, length, 0);
        setDistinct(tile, at, distinct + 1);
        return distinct + 1;
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        if (from.getInt(at + referenceOffset, LITTLE_ENDIAN) == TileLayout.OVERFLOW) {
            sink.stateLimit();
        } else {
            sink.longValue(distinct(from, at));
        }
    }

    private void saturate(TileBuffer tile, int at) {
        tile.setReference(at + referenceOffset, TileLayout.NO_BLOB, 0);
        setDistinct(tile, at, k);
    }

    private void overflow(TileBuffer tile, int at) {
        tile.overflow(at + referenceOffset);
        setDistinct(tile, at, 0);
    }

    private void setDistinct(TileBuffer tile, int at, int distinct) {
        tile.buffer().putLong(at + bodyOffset, distinct, LITTLE_ENDIAN);
    }

    private int distinct(DirectBuffer buffer, int at) {
        return (int) buffer.getLong(at + bodyOffset, LITTLE_ENDIAN);
    }
}
