package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Hop;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes a live record anew to other memory: without holes and slack, without the tiles of days that have expired, and without those that are
 * about to be replaced. What comes of it follows from the record's events and these two alone, not from how the record came to be.
 * Reused; writer's thread only.
 */
final class LiveRecordRewriter {
    private static final Hop[] HOPS = LiveRecord.HOPS;
    private static final int[] NONE = {-1, -1, -1};

    private final int[] dropped = new int[HOPS.length];
    private final int[] replaced = new int[HOPS.length];
    private final int[] firsts = new int[HOPS.length];
    private LiveRecord record = new LiveRecord();
    private int headLength;
    private int length;

    /** Plans the record without what lies before a day's beginning. */
    LiveRecordRewriter plan(LiveRecord source, long keepFromMs) {
        return plan(source, keepFromMs, NONE);
    }

    /** @param replacedPlaces per hop the place of an entry that is to have no tile, or negative; none of them before {@code keepFromMs} */
    LiveRecordRewriter plan(LiveRecord source, long keepFromMs, int[] replacedPlaces) {
        record = source;
        headLength = LiveRecordDescriptor.directoryOffset(source.keyLength());
        int tiles = 0;
        for (Hop hop : HOPS) {
            int i = hop.ordinal();
            dropped[i] = source.countBefore(hop, source.tilesFrom(keepFromMs));
            replaced[i] = replacedPlaces[i];
            headLength += (source.count(hop) - dropped[i]) * LiveRecordDescriptor.ENTRY_LENGTH;
            for (int place = dropped[i]; place < source.count(hop); place++) {
                tiles += tileLength(i, place, source.entry(hop, place));
            }
        }
        length = headLength + tiles;
        return this;
    }

    /** Bytes that {@link #write} uses, head and tiles. */
    int length() {
        return length;
    }

    /** Entries of a hop size that are left out, from the oldest on. */
    int dropped(Hop hop) {
        return dropped[hop.ordinal()];
    }

    /** Writes all but the sequence into {@code capacity} bytes, at least {@link #length}. */
    void write(UnsafeBuffer target, int offset, int capacity) {
        UnsafeBuffer source = record.buffer();
        int keyEnd = LiveRecordDescriptor.directoryOffset(record.keyLength());
        target.putBytes(
                offset + LiveRecordDescriptor.CAPACITY_OFFSET,
                source,
                record.offset() + LiveRecordDescriptor.CAPACITY_OFFSET,
                keyEnd - LiveRecordDescriptor.CAPACITY_OFFSET);
        int end = offset + headLength;
        int heap = capacity;
        for (int i = HOPS.length - 1; i >= 0; i--) {
            int count = record.count(HOPS[i]) - dropped[i];
            firsts[i] = end - count * LiveRecordDescriptor.ENTRY_LENGTH;
            target.putBytes(firsts[i], source, record.entry(HOPS[i], dropped[i]), end - firsts[i]);
            heap = writeTiles(target, offset, i, heap);
            target.putInt(offset + LiveRecordDescriptor.countOffset(HOPS[i]), count, LITTLE_ENDIAN);
            end = firsts[i];
        }
        target.putInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, capacity, LITTLE_ENDIAN);
        target.putInt(offset + LiveRecordDescriptor.HEAP_OFFSET, heap, LITTLE_ENDIAN);
        target.putInt(offset + LiveRecordDescriptor.HOLES_OFFSET, 0, LITTLE_ENDIAN);
    }

    /** Copies the tiles that entries of a size own, downwards from {@code heap}, and lets the others borrow from finer ones, in place already. */
    private int writeTiles(UnsafeBuffer target, int offset, int i, int heap) {
        int at = heap;
        for (int place = dropped[i]; place < record.count(HOPS[i]); place++) {
            int entry = record.entry(HOPS[i], place);
            int copy = firsts[i] + (place - dropped[i]) * LiveRecordDescriptor.ENTRY_LENGTH;
            int tileLength = tileLength(i, place, entry);
            int tile = 0;
            if (tileLength > 0) {
                at -= tileLength;
                tile = at;
                target.putBytes(offset + tile, record.buffer(), record.tile(entry), tileLength);
            } else if (place != replaced[i]) {
                tile = borrowedTile(target, i, record.startMs(HOPS[i], place));
            }
            target.putInt(copy + LiveRecordDescriptor.ENTRY_TILE_OFFSET, tile, LITTLE_ENDIAN);
            target.putInt(copy + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, tileLength, LITTLE_ENDIAN);
        }
        return at;
    }

    /** Tile of the only finer entry in the hop that starts here; 0: it is about to be replaced. */
    private int borrowedTile(UnsafeBuffer target, int i, long startMs) {
        int finer = i + 1;
        while (record.count(HOPS[finer]) == 0) {
            finer++; // a size that the GroupBy does not keep
        }
        int place = record.countBefore(HOPS[finer], startMs) - dropped[finer];
        int entry = firsts[finer] + place * LiveRecordDescriptor.ENTRY_LENGTH;
        return target.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
    }

    /** Bytes of the tile that an entry owns and keeps. */
    private int tileLength(int i, int place, int entry) {
        return place == replaced[i] || record.tileCapacity(entry) == 0
                ? 0
                : record.buffer().getInt(record.tile(entry) + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
    }
}
