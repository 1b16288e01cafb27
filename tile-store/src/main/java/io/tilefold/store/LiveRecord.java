package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.time.Hop;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Flyweight over a live record that may be changed: in a block whose sequence says so, in a block no reader knows, or in scratch; see {@link
 * LiveRecordDescriptor}. Knows nothing of sequences. Writer's thread only.
 */
final class LiveRecord {
    static final Hop[] HOPS = Hop.values();

    private final int[] counts = new int[HOPS.length];
    private final int[] firsts = new int[HOPS.length];
    private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int record;
    private int headEnd;

    LiveRecord wrap(UnsafeBuffer memory, int offset) {
        buffer = memory;
        record = offset;
        int at = offset + LiveRecordDescriptor.directoryOffset(getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET));
        for (int i = 0; i < HOPS.length; i++) {
            firsts[i] = at;
            counts[i] = getInt(LiveRecordDescriptor.COUNTS_OFFSET + i * Integer.BYTES);
            at += counts[i] * LiveRecordDescriptor.ENTRY_LENGTH;
        }
        headEnd = at;
        return this;
    }

    /** Makes an empty record of a key; the block's sequence and capacity stay. */
    LiveRecord create(
            UnsafeBuffer memory, int offset, int capacity, int marks, DirectBuffer key, int keyOffset, int keyLength) {
        int directory = LiveRecordDescriptor.directoryOffset(keyLength);
        memory.setMemory(
                offset + LiveRecordDescriptor.KEY_LENGTH_OFFSET,
                directory - LiveRecordDescriptor.KEY_LENGTH_OFFSET,
                (byte) 0);
        memory.putInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, capacity, LITTLE_ENDIAN);
        memory.putInt(offset + LiveRecordDescriptor.KEY_LENGTH_OFFSET, keyLength, LITTLE_ENDIAN);
        memory.putInt(offset + LiveRecordDescriptor.HEAP_OFFSET, capacity, LITTLE_ENDIAN);
        memory.putInt(offset + LiveRecordDescriptor.MARKS_OFFSET, marks, LITTLE_ENDIAN);
        memory.putBytes(offset + LiveRecordDescriptor.KEY_OFFSET, key, keyOffset, keyLength);
        return wrap(memory, offset);
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    int offset() {
        return record;
    }

    int capacity() {
        return getInt(LiveRecordDescriptor.CAPACITY_OFFSET);
    }

    int holes() {
        return getInt(LiveRecordDescriptor.HOLES_OFFSET);
    }

    /** Bytes between directory and tiles. */
    int gap() {
        return getInt(LiveRecordDescriptor.HEAP_OFFSET) - headLength();
    }

    /** Header, key and directory. */
    int headLength() {
        return headEnd - record;
    }

    int count(Hop hop) {
        return counts[hop.ordinal()];
    }

    int marks() {
        return getInt(LiveRecordDescriptor.MARKS_OFFSET);
    }

    void mark(int marks) {
        putInt(LiveRecordDescriptor.MARKS_OFFSET, marks);
    }

    /** Notes that an event was refused. */
    void refuse(long timeMs) {
        mark(LiveRecordDescriptor.refused(marks(), timeMs));
    }

    /** What of the record is kept if events, or mutations, before a day's beginning are not: mutations of a day go together, wherever their rows lie. */
    long tilesFrom(long dayMs) {
        return LiveRecordDescriptor.isOfMutations(marks()) ? Long.MIN_VALUE : dayMs;
    }

    /** True if the record says something of a day's beginning or after: it has a tile there, or had to refuse one; or it is of mutations of such a day. */
    boolean holdsFrom(long dayMs) {
        if (LiveRecordDescriptor.isOfMutations(marks())) {
            int day = MutationKey.day(buffer, record + LiveRecordDescriptor.KEY_OFFSET, keyLength());
            return Hop.DAY.startOf(day) >= dayMs;
        }
        int last = count(Hop.FIVE_MINUTES) - 1;
        return (last >= 0 && startMs(Hop.FIVE_MINUTES, last) >= dayMs)
                || LiveRecordDescriptor.isRefusedFrom(marks(), dayMs);
    }

    /** Place of a hop's entry among those of its size if there is one, else {@code -(place it belongs) - 1}. Newest are found first. */
    int find(Hop hop, int hopIndex) {
        int first = firsts[hop.ordinal()];
        int low = 0;
        int high = counts[hop.ordinal()] - 1;
        if (high >= 0) {
            int newest = entryIndex(first, high);
            if (newest == hopIndex) {
                return high;
            }
            if (newest < hopIndex) {
                return -(high + 1) - 1;
            }
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int index = entryIndex(first, middle);
            if (index < hopIndex) {
                low = middle + 1;
            } else if (index > hopIndex) {
                high = middle - 1;
            } else {
                return middle;
            }
        }
        return -low - 1;
    }

    /** Entries of a hop size that start before a time of its grid. */
    int countBefore(Hop hop, long timeMs) {
        if (count(hop) == 0 || startMs(hop, 0) >= timeMs) {
            return 0;
        }
        if (startMs(hop, count(hop) - 1) < timeMs) {
            return count(hop);
        }
        int place = find(hop, hop.indexOf(timeMs));
        return place >= 0 ? place : -place - 1;
    }

    long startMs(Hop hop, int place) {
        return hop.startOf(entryIndex(firsts[hop.ordinal()], place));
    }

    /** Offset, in {@link #buffer()}, of the entry at a place of a hop size. */
    int entry(Hop hop, int place) {
        return firsts[hop.ordinal()] + place * LiveRecordDescriptor.ENTRY_LENGTH;
    }

    /** Offset of the entry's tile in {@link #buffer()}. */
    int tile(int entry) {
        return record + buffer.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
    }

    /** 0: the entry borrows a finer one's tile, or has none yet. */
    int tileCapacity(int entry) {
        return buffer.getInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, LITTLE_ENDIAN);
    }

    /** Makes room for an entry in the gap: it has no tile and no event yet. Moves the entries of finer hops. */
    int insert(Hop hop, int place, int hopIndex) {
        int entry = entry(hop, place);
        buffer.putBytes(entry + LiveRecordDescriptor.ENTRY_LENGTH, buffer, entry, headEnd - entry);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_INDEX_OFFSET, hopIndex, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, 0, LITTLE_ENDIAN);
        putInt(LiveRecordDescriptor.countOffset(hop), ++counts[hop.ordinal()]);
        for (int i = hop.ordinal() + 1; i < HOPS.length; i++) {
            firsts[i] += LiveRecordDescriptor.ENTRY_LENGTH;
        }
        headEnd += LiveRecordDescriptor.ENTRY_LENGTH;
        return entry;
    }

    /** Gives an entry a tile of this capacity, of any contents, from the gap; the one it had becomes a hole. */
    int allocateTile(int entry, int length) {
        int heap = getInt(LiveRecordDescriptor.HEAP_OFFSET) - length;
        assert heap >= headLength() : heap + " < " + headLength();
        putInt(LiveRecordDescriptor.HOLES_OFFSET, holes() + tileCapacity(entry));
        putInt(LiveRecordDescriptor.HEAP_OFFSET, heap);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, heap, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, length, LITTLE_ENDIAN);
        return record + heap;
    }

    /** Points an entry that borrows to a finer one's tile. */
    void borrowTile(int entry, int tile) {
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, tile - record, LITTLE_ENDIAN);
    }

    /** @param sinceStartMs time of an event of the entry, after the hop's start */
    void saw(int entry, int sinceStartMs) {
        int newest = buffer.getInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, LITTLE_ENDIAN);
        if (sinceStartMs > newest) {
            buffer.putInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, sinceStartMs, LITTLE_ENDIAN);
        }
    }

    int keyLength() {
        return getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET);
    }

    private int entryIndex(int first, int place) {
        return buffer.getInt(
                first + place * LiveRecordDescriptor.ENTRY_LENGTH + LiveRecordDescriptor.ENTRY_INDEX_OFFSET,
                LITTLE_ENDIAN);
    }

    private int getInt(int field) {
        return buffer.getInt(record + field, LITTLE_ENDIAN);
    }

    private void putInt(int field, int value) {
        buffer.putInt(record + field, value, LITTLE_ENDIAN);
    }
}
