package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Hop;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Flyweight over a live record that may be changed: in a block whose sequence says so, in a block no reader knows, or in scratch; see {@link
 * LiveRecordDescriptor}. Knows nothing of sequences. Writer's thread only.
 */
final class LiveRecord {
    static final Hop[] HOPS = Hop.values();

    private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int record;
    private int directory;

    LiveRecord wrap(UnsafeBuffer memory, int offset) {
        buffer = memory;
        record = offset;
        directory = offset + LiveRecordDescriptor.directoryOffset(getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET));
        return this;
    }

    /** Makes an empty record of a key; the block's sequence and capacity stay. */
    LiveRecord create(UnsafeBuffer memory, int offset, int capacity, DirectBuffer key, int keyOffset, int keyLength) {
        buffer = memory;
        record = offset;
        directory = offset + LiveRecordDescriptor.directoryOffset(keyLength);
        buffer.setMemory(
                offset + LiveRecordDescriptor.KEY_LENGTH_OFFSET,
                directory - offset - LiveRecordDescriptor.KEY_LENGTH_OFFSET,
                (byte) 0);
        putInt(LiveRecordDescriptor.CAPACITY_OFFSET, capacity);
        putInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET, keyLength);
        putInt(LiveRecordDescriptor.HEAP_OFFSET, capacity);
        buffer.putBytes(offset + LiveRecordDescriptor.KEY_OFFSET, key, keyOffset, keyLength);
        return this;
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
        return directory - record + entryCount() * LiveRecordDescriptor.ENTRY_LENGTH;
    }

    int entryCount() {
        int count = 0;
        for (Hop hop : HOPS) {
            count += count(hop);
        }
        return count;
    }

    int count(Hop hop) {
        return getInt(LiveRecordDescriptor.countOffset(hop));
    }

    void refuse() {
        putInt(
                LiveRecordDescriptor.FLAGS_OFFSET,
                getInt(LiveRecordDescriptor.FLAGS_OFFSET) | LiveRecordDescriptor.FLAG_REFUSED);
    }

    /** Place of a hop's entry among those of its size if there is one, else {@code -(place it belongs) - 1}. Newest are found first. */
    int find(Hop hop, int hopIndex) {
        int first = firstEntry(hop);
        int low = 0;
        int high = count(hop) - 1;
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

    /** Offset, in {@link #buffer()}, of the entry at a place of a hop size. */
    int entry(Hop hop, int place) {
        return firstEntry(hop) + place * LiveRecordDescriptor.ENTRY_LENGTH;
    }

    /** Offset of the entry's tile in {@link #buffer()}. */
    int tile(int entry) {
        return record + buffer.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
    }

    int tileCapacity(int entry) {
        return buffer.getInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, LITTLE_ENDIAN);
    }

    /** Makes room for an entry in the gap: it has no tile and no event yet. */
    int insert(Hop hop, int place, int hopIndex) {
        int entry = entry(hop, place);
        int end = record + headLength();
        buffer.putBytes(entry + LiveRecordDescriptor.ENTRY_LENGTH, buffer, entry, end - entry);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_INDEX_OFFSET, hopIndex, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, 0, LITTLE_ENDIAN);
        buffer.putInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, 0, LITTLE_ENDIAN);
        putInt(LiveRecordDescriptor.countOffset(hop), count(hop) + 1);
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

    void saw(Hop hop, int entry, long timeMs) {
        int sinceStartMs = (int) (timeMs - hop.floor(timeMs));
        int newest = buffer.getInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, LITTLE_ENDIAN);
        if (sinceStartMs > newest) {
            buffer.putInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, sinceStartMs, LITTLE_ENDIAN);
        }
    }

    /**
     * Writes this record without holes and slack to other memory of {@code capacity} bytes, all but its sequence. The tiles of the given
     * entries are about to be replaced: their entries keep none.
     *
     * @param replaced per hop the place of an entry, or negative
     */
    void compactInto(UnsafeBuffer target, int offset, int capacity, int[] replaced) {
        int head = headLength();
        target.putBytes(
                offset + LiveRecordDescriptor.CAPACITY_OFFSET,
                buffer,
                record + LiveRecordDescriptor.CAPACITY_OFFSET,
                head - LiveRecordDescriptor.CAPACITY_OFFSET);
        int heap = capacity;
        for (Hop hop : HOPS) {
            int count = count(hop);
            for (int place = 0; place < count; place++) {
                int entry = entry(hop, place);
                int copy = offset + entry - record;
                int length = 0;
                if (place != replaced[hop.ordinal()]) {
                    length = buffer.getInt(tile(entry) + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
                    heap -= length;
                    target.putBytes(offset + heap, buffer, tile(entry), length);
                }
                target.putInt(copy + LiveRecordDescriptor.ENTRY_TILE_OFFSET, length == 0 ? 0 : heap, LITTLE_ENDIAN);
                target.putInt(copy + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, length, LITTLE_ENDIAN);
            }
        }
        target.putInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, capacity, LITTLE_ENDIAN);
        target.putInt(offset + LiveRecordDescriptor.HEAP_OFFSET, heap, LITTLE_ENDIAN);
        target.putInt(offset + LiveRecordDescriptor.HOLES_OFFSET, 0, LITTLE_ENDIAN);
    }

    /** Bytes that {@link #compactInto} would use, head and tiles. */
    int compactLength(int[] replaced) {
        int length = headLength();
        for (Hop hop : HOPS) {
            int count = count(hop);
            for (int place = 0; place < count; place++) {
                if (place != replaced[hop.ordinal()]) {
                    length += buffer.getInt(tile(entry(hop, place)) + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
                }
            }
        }
        return length;
    }

    boolean keyEquals(DirectBuffer key, int keyOffset, int keyLength) {
        if (getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET) != keyLength) {
            return false;
        }
        return KeyBytes.equal(buffer, record + LiveRecordDescriptor.KEY_OFFSET, key, keyOffset, keyLength);
    }

    private int firstEntry(Hop hop) {
        int before = 0;
        for (Hop coarser : HOPS) {
            if (coarser == hop) {
                break;
            }
            before += count(coarser);
        }
        return directory + before * LiveRecordDescriptor.ENTRY_LENGTH;
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
