package io.tilefold.core.algebra;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.RowLayout;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A blob of entries sorted by their keys' unsigned bytes, each key once: the common form of sets and maps inside a state.
 *
 * <pre>
 *   entry, a multiple of 8
 *  +------------------+----------------+--------------------+---------------------------+
 *  | entry length int | key length int | key, padded with 0 | payload, a multiple of 8  |
 *  +------------------+----------------+--------------------+---------------------------+
 * </pre>
 */
final class SortedEntries {
    static final int KEY_LENGTH_OFFSET = Integer.BYTES;
    static final int KEY_OFFSET = KEY_LENGTH_OFFSET + Integer.BYTES;

    private SortedEntries() {}

    /** Positive, whatever stands there: who goes from entry to entry comes to an end. */
    static int entryLength(DirectBuffer buffer, int entry) {
        int length = buffer.getInt(entry, LITTLE_ENDIAN);
        if (length < KEY_OFFSET) {
            throw new CorruptStateException(entry, "an entry of " + length + " bytes");
        }
        return length;
    }

    static int keyLength(DirectBuffer buffer, int entry) {
        return buffer.getInt(entry + KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    /** Offset of an entry's payload from the entry's start. */
    static int payloadOffset(int keyLength) {
        return KEY_OFFSET + RowLayout.align(keyLength);
    }

    /** Compares by words: the zeros behind a key sort before any byte, and where they are all that differs the length decides. */
    static int compareKeys(DirectBuffer a, int aEntry, DirectBuffer b, int bEntry) {
        int aLength = keyLength(a, aEntry);
        int bLength = keyLength(b, bEntry);
        int words = RowLayout.align(Math.min(aLength, bLength));
        for (int i = KEY_OFFSET; i < KEY_OFFSET + words; i += Long.BYTES) {
            long left = a.getLong(aEntry + i, BIG_ENDIAN);
            long right = b.getLong(bEntry + i, BIG_ENDIAN);
            if (left != right) {
                return Long.compareUnsigned(left, right);
            }
        }
        return aLength - bLength;
    }

    /** Place of the key's entry from the blob's start if there is one, else {@code -(place it belongs) - 1}. */
    static int find(DirectBuffer buffer, int blob, int length, DirectBuffer key, int keyAt, int keyLength) {
        int place = 0;
        while (place < length) {
            int entry = blob + place;
            int order = Slots.compareBytes(key, keyAt, keyLength, buffer, entry + KEY_OFFSET, keyLength(buffer, entry));
            if (order == 0) {
                return place;
            }
            if (order < 0) {
                break;
            }
            place += entryLength(buffer, entry);
        }
        return -place - 1;
    }

    /**
     * Opens a gap for a new entry and writes its key; the payload is zeros.
     *
     * @return the entry's offset in the tile, or {@link TileLayout#OVERFLOW}
     */
    static int insert(
            TileBuffer tile, int reference, int place, DirectBuffer key, int keyAt, int keyLength, int payloadLength) {
        int added = payloadOffset(keyLength) + payloadLength;
        int before = tile.blobLength(reference);
        int blob = tile.resizeBlob(reference, before + added);
        if (blob == TileLayout.OVERFLOW) {
            return blob;
        }
        MutableDirectBuffer buffer = tile.buffer();
        int entry = blob + place;
        if (before > place) {
            buffer.putBytes(entry + added, buffer, entry, before - place);
        }
        buffer.setMemory(entry, added, (byte) 0);
        buffer.putInt(entry, added, LITTLE_ENDIAN);
        buffer.putInt(entry + KEY_LENGTH_OFFSET, keyLength, LITTLE_ENDIAN);
        buffer.putBytes(entry + KEY_OFFSET, key, keyAt, keyLength);
        return entry;
    }

    /** Takes an entry out. */
    static void remove(TileBuffer tile, int reference, int place) {
        MutableDirectBuffer buffer = tile.buffer();
        int entry = tile.blobOffset(reference) + place;
        int removed = entryLength(buffer, entry);
        int length = tile.blobLength(reference);
        buffer.putBytes(entry, buffer, entry + removed, length - place - removed);
        tile.resizeBlob(reference, length - removed);
    }

    /**
     * Gives an entry's payload another length, keeping nothing of it.
     *
     * @return the entry's offset in the tile, or {@link TileLayout#OVERFLOW}
     */
    static int resizePayload(TileBuffer tile, int reference, int place, int payloadLength) {
        MutableDirectBuffer buffer = tile.buffer();
        int entry = tile.blobOffset(reference) + place;
        int before = entryLength(buffer, entry);
        int after = payloadOffset(keyLength(buffer, entry)) + payloadLength;
        if (after == before) {
            return entry;
        }
        int length = tile.blobLength(reference);
        int tail = length - place - before;
        if (after < before) {
            buffer.putBytes(entry + after, buffer, entry + before, tail);
        }
        int blob = tile.resizeBlob(reference, length + after - before);
        if (blob == TileLayout.OVERFLOW) {
            return blob;
        }
        buffer = tile.buffer();
        entry = blob + place;
        if (after > before) {
            buffer.putBytes(entry + after, buffer, entry + before, tail);
        }
        buffer.putInt(entry, after, LITTLE_ENDIAN);
        return entry;
    }

    /**
     * Checks an entry's lengths, its padding, and that its key comes after that of the one before it.
     *
     * @param previous the checked entry before it, or -1
     * @param end of the blob
     * @return offset of the payload, which ends with the entry
     * @throws CorruptStateException naming the offset from the tile's start
     */
    static int checkEntry(DirectBuffer buffer, int tile, int previous, int entry, int end) {
        int left = end - entry;
        Accumulator.require(left >= KEY_OFFSET, tile, entry, "the blob ends inside an entry");
        int length = buffer.getInt(entry, LITTLE_ENDIAN);
        Accumulator.require(
                length >= KEY_OFFSET && length <= left && length % Long.BYTES == 0,
                tile,
                entry,
                "entry of impossible length");
        int keyLength = keyLength(buffer, entry);
        Accumulator.require(
                keyLength >= 0 && keyLength <= length && payloadOffset(keyLength) <= length,
                tile,
                entry + KEY_LENGTH_OFFSET,
                "key of impossible length");
        int payload = entry + payloadOffset(keyLength);
        for (int i = entry + KEY_OFFSET + keyLength; i < payload; i++) {
            Accumulator.require(buffer.getByte(i) == 0, tile, i, "padding that is not zero");
        }
        Accumulator.require(
                previous < 0 || compareKeys(buffer, previous, buffer, entry) < 0,
                tile,
                entry,
                "a key not after the one before it");
        return payload;
    }
}
