package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** {@link SortedEntries} whose payload is a number (long) that is never 0: a key whose number becomes 0 is no longer there. */
final class SortedCounts {
    private SortedCounts() {}

    static long count(DirectBuffer buffer, int entry) {
        return buffer.getLong(countOffset(buffer, entry), LITTLE_ENDIAN);
    }

    private static int countOffset(DirectBuffer buffer, int entry) {
        return entry + SortedEntries.payloadOffset(SortedEntries.keyLength(buffer, entry));
    }

    /**
     * Adds to a key's number.
     *
     * @param change not 0
     * @return entries more than before: -1, 0, 1
     */
    static int add(TileBuffer tile, int reference, DirectBuffer key, int keyAt, int keyLength, long change) {
        if (tile.isOverflow(reference)) {
            return 0;
        }
        int blob = tile.blobOffset(reference);
        int place = SortedEntries.find(tile.buffer(), blob, tile.blobLength(reference), key, keyAt, keyLength);
        if (place < 0) {
            int entry = SortedEntries.insert(tile, reference, -place - 1, key, keyAt, keyLength, Long.BYTES);
            if (entry == TileLayout.OVERFLOW) {
                return 0;
            }
            tile.buffer().putLong(countOffset(tile.buffer(), entry), change, LITTLE_ENDIAN);
            return 1;
        }
        int at = countOffset(tile.buffer(), blob + place);
        long count = tile.buffer().getLong(at, LITTLE_ENDIAN) + change;
        if (count == 0) {
            SortedEntries.remove(tile, reference, place);
            return -1;
        }
        tile.buffer().putLong(at, count, LITTLE_ENDIAN);
        return 0;
    }

    /** Adds all numbers of another blob. */
    static void merge(TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int blobBound) {
        int union = into.allocate(into.blobLength(reference) + fromLength);
        int length = mergeEntries(into, reference, from, fromBlob, fromLength, union);
        if (length > blobBound) {
            into.overflow(reference);
        } else {
            into.setReference(reference, length == 0 ? TileLayout.NO_BLOB : union, length);
        }
    }

    /** Checks all entries; see {@link Accumulator#check}. */
    static void check(DirectBuffer buffer, int tile, int blob, int end) {
        int previous = -1;
        for (int entry = blob; entry < end; entry += SortedEntries.entryLength(buffer, entry)) {
            int payload = SortedEntries.checkEntry(buffer, tile, previous, entry, end);
            boolean isCount = payload + Long.BYTES == entry + SortedEntries.entryLength(buffer, entry)
                    && buffer.getLong(payload, LITTLE_ENDIAN) != 0;
            Accumulator.require(isCount, tile, payload, "an entry without a number");
            previous = entry;
        }
    }

    private static int mergeEntries(
            TileBuffer into, int reference, DirectBuffer from, int fromBlob, int fromLength, int union) {
        MutableDirectBuffer buffer = into.buffer();
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
                long count = order < 0 ? count(buffer, a) : count(buffer, a) + count(from, b);
                if (count != 0) {
                    buffer.putBytes(at, buffer, a, length);
                    buffer.putLong(at + length - Long.BYTES, count, LITTLE_ENDIAN);
                    at += length;
                }
                b += order == 0 ? SortedEntries.entryLength(from, b) : 0;
                a += length;
            }
        }
        buffer.putBytes(at, buffer, a, aEnd - a);
        return at + aEnd - a - union;
    }
}
