package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/**
 * Up to k distinct strings or binaries: {@link SortedEntries} without payload, none at k.
 *
 * <pre>
 *  +------------+-------------------+---------------+----------------+--------------+
 *  | count long | takenBack long *) | distinct long | blob reference | longest long |    *) see CountingAccumulator
 *  +------------+-------------------+---------------+----------------+--------------+
 * </pre>
 *
 * <ul>
 *   <li>longest: length of the longest input there ever was, also of a state that has k already. One longer than its share of the bound makes the state
 *       OVERFLOW: so whether it does is a matter of the inputs alone, not of their order, and k inputs within their share always fit.
 * </ul>
 */
final class BoundedBytes extends CountingAccumulator {
    private final int k;
    private final int maxInputLength;
    private final int blobBound;
    private final int referenceOffset;
    private final int longestOffset;

    BoundedBytes(int k, int blobBound, boolean mutable) {
        super(mutable, false);
        this.k = k;
        this.blobBound = blobBound;
        this.maxInputLength = Math.max(0, blobBound / k - SortedEntries.KEY_OFFSET - Long.BYTES);
        this.referenceOffset = bodyOffset + Long.BYTES;
        this.longestOffset = referenceOffset + TileLayout.REFERENCE_LENGTH;
    }

    @Override
    public int fixedLength() {
        return longestOffset + Long.BYTES;
    }

    @Override
    public int blobReference() {
        return referenceOffset;
    }

    @Override
    public int blobBound() {
        return blobBound;
    }

    /** As if there were k inputs, all of the longest's length: the blob vanishes at k, this must not. */
    @Override
    public long weight(DirectBuffer from, int tile, int at) {
        int longest = (int) from.getLong(at + longestOffset, LITTLE_ENDIAN);
        return isOverflow(from, at) ? OVERFLOW_WEIGHT : fixedLength() + (long) k * SortedEntries.payloadOffset(longest);
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        int reference = at + referenceOffset;
        int length = row.bytesLength(column);
        if (!admits(tile, at, length)) {
            return;
        }
        int distinct = distinct(tile.buffer(), at);
        if (distinct == k) {
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
        if (!admits(into, at, from.getLong(fromAt + longestOffset, LITTLE_ENDIAN))) {
            return;
        }
        int distinct = distinct(into.buffer(), at);
        if (distinct == k) {
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

    @Override
    void overflow(TileBuffer tile, int at) {
        super.overflow(tile, at);
        setDistinct(tile, at, 0);
        tile.buffer().putLong(at + longestOffset, 0);
    }

    /** Keeps the longest input's length; false if the state is beyond its bound. */
    private boolean admits(TileBuffer tile, int at, long length) {
        if (isOverflow(tile.buffer(), at)) {
            return false;
        }
        if (length > maxInputLength) {
            overflow(tile, at);
            return false;
        }
        if (length > tile.buffer().getLong(at + longestOffset, LITTLE_ENDIAN)) {
            tile.buffer().putLong(at + longestOffset, length, LITTLE_ENDIAN);
        }
        return true;
    }

    @Override
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {
        long distinct = from.getLong(at + bodyOffset, LITTLE_ENDIAN);
        long longest = from.getLong(at + longestOffset, LITTLE_ENDIAN);
        require(longest >= 0 && longest <= maxInputLength, tile, at + longestOffset, "impossible longest input");
        int entry = tile + from.getInt(at + referenceOffset, LITTLE_ENDIAN);
        int end = entry + from.getInt(at + referenceOffset + Integer.BYTES, LITTLE_ENDIAN);
        long found = 0;
        for (int previous = -1; entry < end && !isOverflow(from, at); found++) {
            int payload = SortedEntries.checkEntry(from, tile, previous, entry, end);
            require(SortedEntries.keyLength(from, entry) <= longest, tile, entry, "an input longer than the longest");
            previous = entry;
            entry += SortedEntries.entryLength(from, entry);
            require(payload == entry, tile, payload, "an element of a set has a payload");
        }
        boolean full = distinct == k && found == 0 && !isOverflow(from, at);
        require(full || (distinct == found && found < k), tile, at + bodyOffset, "number of inputs that are not there");
    }

    private void setDistinct(TileBuffer tile, int at, int distinct) {
        tile.buffer().putLong(at + bodyOffset, distinct, LITTLE_ENDIAN);
    }

    private int distinct(DirectBuffer buffer, int at) {
        return (int) buffer.getLong(at + bodyOffset, LITTLE_ENDIAN);
    }
}
