package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.algebra.TileList;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.time.Hop;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The tiles of one live record, as a fold reads them. Confined to one thread; reused.
 *
 * <p>Tiles that may be merged while they are being written ({@link io.tilefold.core.algebra.TileLayout#mergesTorn}) are read <i>in place</i>: nothing is copied, and the whole fold lies between two looks at the record's sequence.
 *
 * <p>Others are copied first. A small record is copied whole. Of a large one only the head (the directory) is copied at first; then a fold runs once in <i>gathering</i>
 * mode, in which {@link #mergeRange} copies the tiles it will need and merges nothing, and once in earnest. So what must happen between two
 * looks at the record's sequence is copying alone, and only of what the windows need.
 */
final class LiveRecordTiles implements LiveTiles {
    private static final Hop[] HOPS = LiveRecord.HOPS;

    private final UnsafeBuffer copy = new UnsafeBuffer(0, 0);
    private final TileList covering = new TileList();
    private byte[] bytes = new byte[0];
    private final int[] counts = new int[HOPS.length];
    private final int[] directories = new int[HOPS.length];
    private int end;

    /** What is read, and where the record begins in it: the copy, or in place the region. */
    private UnsafeBuffer record = copy;

    private int start;
    private int marks;
    private long newestFiveMs;
    private boolean sparse;
    private boolean inPlace;

    /** In place, the largest offset that a tile can have; negative if there is room for none. */
    private int tileOffsetMax;

    private boolean headOpen;
    private boolean gathering;
    private boolean torn;
    private @Nullable TileVisitor shown;
    private UnsafeBuffer region = copy;
    private int block;
    private int capacity;

    /**
     * Copies a record's head, and its tiles too if {@code whole}. All lengths have been checked against the mapping, none can be trusted yet.
     *
     * @return false if the directory made no sense, so that nothing read counts
     */
    boolean take(
            UnsafeBuffer source, int offset, int head, int heap, int recordCapacity, int keyLength, boolean whole) {
        begin(source, offset, recordCapacity);
        sparse = !whole;
        inPlace = false;
        reserve(whole ? recordCapacity : head);
        copy.putBytes(0, source, offset, head);
        end = head;
        if (whole) {
            copy.putBytes(heap, source, offset + heap, recordCapacity - heap);
            end = recordCapacity;
        }
        return read(copy, 0, head, keyLength);
    }

    /**
     * Reads a record in place until {@link #endInPlace}. Its capacity has been checked against the mapping, nothing can be trusted yet.
     *
     * @return false if the directory made no sense, so that nothing read counts
     */
    boolean takeInPlace(UnsafeBuffer source, int offset, int recordCapacity, int keyLength, int tileLength) {
        begin(source, offset, recordCapacity);
        sparse = false;
        inPlace = true;
        tileOffsetMax = recordCapacity - tileLength;
        return read(source, offset, recordCapacity, keyLength);
    }

    private void begin(UnsafeBuffer source, int offset, int recordCapacity) {
        region = source;
        block = offset;
        capacity = recordCapacity;
        gathering = false;
        torn = false;
    }

    /** Each count is read once, since it may be another the next time, and checked before anything is read that it leads to. */
    private boolean read(UnsafeBuffer memory, int offset, int limit, int keyLength) {
        record = memory;
        start = offset;
        int directory = LiveRecordDescriptor.directoryOffset(keyLength);
        for (Hop hop : HOPS) {
            int count = memory.getInt(offset + LiveRecordDescriptor.countOffset(hop), LITTLE_ENDIAN);
            if (count < 0 || count > (limit - directory) / LiveRecordDescriptor.ENTRY_LENGTH) {
                return false;
            }
            counts[hop.ordinal()] = count;
            directories[hop.ordinal()] = offset + directory;
            directory += count * LiveRecordDescriptor.ENTRY_LENGTH;
        }
        marks = memory.getInt(offset + LiveRecordDescriptor.MARKS_OFFSET, LITTLE_ENDIAN);
        newestFiveMs = isEmpty() ? 0 : startMs(Hop.FIVE_MINUTES, counts[Hop.FIVE_MINUTES.ordinal()] - 1);
        return true;
    }

    private void reserve(int length) {
        if (bytes.length < length) {
            bytes = java.util.Arrays.copyOf(bytes, BitUtil.findNextPositivePowerOfTwo(length));
            copy.wrap(bytes);
        }
    }

    /** Bytes copied from the record so far, up to the copy's end. */
    int length() {
        return end;
    }

    /** Ends reading in place, after a fold at {@code q}; false if some tile made no sense, so that nothing read counts. */
    boolean endInPlace(long q) {
        headOpen = isHeadOpen(q);
        return !torn;
    }

    /** True if tiles must be gathered before the fold. */
    boolean isSparse() {
        return sparse;
    }

    /** From now on {@link #mergeRange} copies tiles and merges nothing. */
    void startGathering() {
        gathering = true;
    }

    /** Ends gathering; false if some tile made no sense, so that nothing gathered counts. */
    boolean endGathering() {
        gathering = false;
        return !torn;
    }

    /** True if events of this key at or after a day's beginning were refused. */
    boolean isRefusedFrom(long dayMs) {
        return LiveRecordDescriptor.isRefusedFrom(marks, dayMs);
    }

    /** True if it is of mutations, one of which came without the row before it. */
    boolean isBeforeMissing() {
        return LiveRecordDescriptor.isBeforeMissing(marks);
    }

    /** When the newest mutation was, of a record of mutations; epoch milliseconds. */
    long newestMutationMs() {
        int keyLength = copy.getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        int day = MutationKey.day(copy, LiveRecordDescriptor.KEY_OFFSET, keyLength);
        return Hop.DAY.startOf(day) + LiveRecordDescriptor.newestMutation(marks);
    }

    /** True if the key has no events at or after a day's beginning. What lies before shows nowhere: it goes sooner or later. */
    boolean isEmptyFrom(long dayMs) {
        return isEmpty() || newestFiveMs < dayMs;
    }

    @Override
    public boolean isEmpty() {
        return counts[Hop.FIVE_MINUTES.ordinal()] == 0;
    }

    @Override
    public void mergeRange(long fromMs, long toMs, TileBuffer into) {
        if (fromMs < toMs && beginsBefore(toMs)) {
            covering.wrap(record);
            cover(0, fromMs, toMs);
            into.merge(covering);
        }
    }

    /** True if some event, or row with a time, lies in a tile that starts before a moment. */
    private boolean beginsBefore(long timeMs) {
        int place = hasAllRows() ? 1 : 0;
        return place < counts[Hop.FIVE_MINUTES.ordinal()] && startMs(Hop.FIVE_MINUTES, place) < timeMs;
    }

    /** True if the first tile is that of a mutation day's rows whatever their time. */
    private boolean hasAllRows() {
        return counts[Hop.FIVE_MINUTES.ordinal()] > 0
                && record.getInt(entry(Hop.FIVE_MINUTES, 0), LITTLE_ENDIAN) == LiveRecordDescriptor.ALL_ROWS;
    }

    @Override
    public void mergeAllRows(TileBuffer into) {
        covering.wrap(record);
        takeAllRows();
        into.merge(covering);
    }

    private void takeAllRows() {
        if (hasAllRows()) {
            take(Hop.FIVE_MINUTES, 0);
        }
    }

    @Override
    public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {
        shown = visitor;
        try {
            if (fromMs == ALL_OF_HISTORY) {
                takeAllRows();
            } else if (fromMs < toMs) {
                cover(0, fromMs, toMs);
            }
        } finally {
            shown = null;
        }
    }

    /** Covers the range with the coarsest tiles: those of this hop size where they fit, finer ones before and behind. */
    private void cover(int level, long fromMs, long toMs) {
        Hop hop = HOPS[level];
        if (level == HOPS.length - 1) {
            take(hop, fromMs, toMs);
            return;
        }
        if (counts[level] == 0) { // not kept
            cover(level + 1, fromMs, toMs);
            return;
        }
        long first = hop.ceil(fromMs);
        long last = hop.floor(toMs);
        if (first <= last && last < toMs && endsBefore(hop, last, toMs)) {
            last += hop.lengthMs();
        }
        if (first >= last) {
            cover(level + 1, fromMs, toMs);
            return;
        }
        if (fromMs < first) {
            cover(level + 1, fromMs, first);
        }
        take(hop, first, last);
        if (last < toMs) {
            cover(level + 1, last, toMs);
        }
    }

    /** True if the tile of the hop that starts here has no event at or after the given time. */
    private boolean endsBefore(Hop hop, long startMs, long timeMs) {
        int place = firstFrom(hop, startMs);
        return !isAt(hop, place, startMs) || newestMs(hop, place) < timeMs;
    }

    private void take(Hop hop, long fromMs, long toMs) {
        int count = counts[hop.ordinal()];
        for (int place = firstFrom(hop, fromMs); place < count && startMs(hop, place) < toMs; place++) {
            take(hop, place);
        }
    }

    private void take(Hop hop, int place) {
        int entry = entry(hop, place);
        if (inPlace) {
            takeInPlace(record.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN));
        } else if (gathering) {
            gather(entry);
        } else if (shown != null) {
            shown.tile(hop, startMs(hop, place), record, tile(entry));
        } else {
            covering.add(tile(entry));
        }
    }

    private void takeInPlace(int tile) {
        if (tile >= 0 && tile <= tileOffsetMax) {
            covering.add(start + tile);
        } else {
            torn = true;
        }
    }

    private int tile(int entry) {
        int tile = copy.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
        if (sparse && tile >= 0) {
            throw new IllegalStateException("a range outside of the windows folded: its tiles were not read");
        }
        return sparse ? -tile : tile;
    }

    /** Copies an entry's tile; the entry then has its place in the copy, negative. */
    private void gather(int entry) {
        int tile = copy.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
        if (!sparse || tile < 0 || torn) {
            return; // it is here
        }
        int length = region.getInt(block + tile + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < TileLayout.HEADER_LENGTH || length > capacity - tile) {
            torn = true;
            return;
        }
        reserve(end + length);
        copy.putBytes(end, region, block + tile, length);
        copy.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, -end, LITTLE_ENDIAN);
        end += length;
    }

    /** In place, at the q of the fold alone. */
    @Override
    public boolean holdsFrom(long q) {
        return inPlace ? headOpen : isHeadOpen(q);
    }

    private boolean isHeadOpen(long q) {
        long startMs = Hop.FIVE_MINUTES.floor(q);
        if (startMs == q || newestFiveMs < startMs) {
            return false; // the tile that starts at q is not in the fold
        }
        int place = firstFrom(Hop.FIVE_MINUTES, startMs);
        return isAt(Hop.FIVE_MINUTES, place, startMs) && newestMs(Hop.FIVE_MINUTES, place) >= q;
    }

    /** Place of the first entry of a hop size that starts at or after a time. */
    private int firstFrom(Hop hop, long timeMs) {
        int low = 0;
        int high = counts[hop.ordinal()];
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (startMs(hop, middle) < timeMs) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean isAt(Hop hop, int place, long startMs) {
        return place < counts[hop.ordinal()] && startMs(hop, place) == startMs;
    }

    private long startMs(Hop hop, int place) {
        return hop.startOf(record.getInt(entry(hop, place) + LiveRecordDescriptor.ENTRY_INDEX_OFFSET, LITTLE_ENDIAN));
    }

    private long newestMs(Hop hop, int place) {
        return startMs(hop, place)
                + record.getInt(entry(hop, place) + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, LITTLE_ENDIAN);
    }

    private int entry(Hop hop, int place) {
        return directories[hop.ordinal()] + place * LiveRecordDescriptor.ENTRY_LENGTH;
    }
}
