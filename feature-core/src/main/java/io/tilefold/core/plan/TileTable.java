package io.tilefold.core.plan;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Rows of many keys, in any order, folded to tiles that {@link BaseRecordBuilder} takes in their place: one for each key and hop, the finest hop at which a suffix
 * may begin at the row's time ({@link PartitionTiles.Grid}). For plans whose states have no blobs: a tile is updated where it lies.
 *
 * <p>An open-addressing table (linear probing, at most half full) of offsets into one array of entries, which lie in order of arrival:
 *
 * <pre>
 *   0           8           16            20           24
 *  +-----------+-----------+-------------+------------+------------------+--------------------+
 *  | key's hash| hop start | key length  | 0          | tile             | key, padded to 8   |
 *  +-----------+-----------+-------------+------------+------------------+--------------------+
 *    long        long        int           int          TileLayout
 * </pre>
 *
 * <p>First it takes rows, until {@link #isFull}; then it gives its tiles, {@link #next} by next, until it is empty. Memory: the bytes it is made with, one entry
 * more, and a quarter of that at most for the offsets; twice that while it grows. Confined to one thread.
 */
public final class TileTable {
    private static final int HASH_OFFSET = 0;
    private static final int START_OFFSET = HASH_OFFSET + Long.BYTES;
    private static final int KEY_LENGTH_OFFSET = START_OFFSET + Long.BYTES;
    private static final int TILE_OFFSET = KEY_LENGTH_OFFSET + 2 * Integer.BYTES;

    private static final int INITIAL_BYTES = 1 << 16;
    private static final int INITIAL_SLOTS = 1 << 10;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final int NONE = -1;

    private final PartitionTiles.Grid grid;
    private final int tileLength;
    private final int keyOffset;
    private final int bytesMax;
    private final TileBuffer tile;
    private final UnsafeBuffer entries = new UnsafeBuffer(new byte[INITIAL_BYTES]);
    private int[] slots = emptySlots(INITIAL_SLOTS);
    private int end;
    private int size;
    private long rows;
    private int given = NONE;

    /**
     * @param bytesMax of the entries
     * @throws IllegalArgumentException if a state of the plan has a blob
     */
    public TileTable(GroupByPlan plan, long batchEndMs, int bytesMax) {
        TileLayout layout = plan.tiles();
        if (!layout.isFixed()) {
            throw new IllegalArgumentException("GroupBy " + plan.name() + " has states of no fixed length");
        }
        this.grid = new PartitionTiles.Grid(plan, batchEndMs);
        this.tileLength = layout.fixedEnd();
        this.keyOffset = TILE_OFFSET + tileLength;
        this.bytesMax = bytesMax;
        this.tile = new TileBuffer(layout);
    }

    /** Takes a row of a key. */
    public void add(KeyEncoder key, FlatRow row, long timeMs) {
        assert given == NONE;
        long startMs = grid.startMs(timeMs);
        tile.wrap(entries, entry(key, key.hash(), startMs) + TILE_OFFSET);
        tile.update(row, timeMs);
        rows++;
    }

    /** True if it takes no more rows. */
    public boolean isFull() {
        return end >= bytesMax;
    }

    /** Rows taken. */
    public long rows() {
        return rows;
    }

    /** Tiles that they are in. */
    public int size() {
        return size;
    }

    /** Moves to the first tile, or the next; false behind the last: the table is empty then and takes rows again. */
    public boolean next() {
        given = given == NONE ? 0 : given + length(keyLength());
        if (given < end) {
            return true;
        }
        given = NONE;
        end = 0;
        size = 0;
        rows = 0;
        Arrays.fill(slots, NONE);
        return false;
    }

    /** Of the tile moved to. */
    public long keyHash() {
        return entries.getLong(given + HASH_OFFSET, LITTLE_ENDIAN);
    }

    /** The key's bytes, of the tile moved to. */
    public byte[] key() {
        return copy(given + keyOffset, keyLength());
    }

    /** The hop's start, of the tile moved to. */
    public long startMs() {
        return entries.getLong(given + START_OFFSET, LITTLE_ENDIAN);
    }

    /** The compact tile moved to. */
    public byte[] tile() {
        return copy(given + TILE_OFFSET, tileLength);
    }

    private int keyLength() {
        return entries.getInt(given + KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    private byte[] copy(int offset, int length) {
        byte[] bytes = new byte[length];
        entries.getBytes(offset, bytes);
        return bytes;
    }

    /** Offset of the entry of a key and hop, made when missing. */
    private int entry(KeyEncoder key, long hash, long startMs) {
        int mask = slots.length - 1;
        int slot = slot(hash, startMs, mask);
        int entry = slots[slot];
        while (entry != NONE) {
            if (entries.getLong(entry + HASH_OFFSET, LITTLE_ENDIAN) == hash
                    && entries.getLong(entry + START_OFFSET, LITTLE_ENDIAN) == startMs
                    && isKey(entry, key)) {
                return entry;
            }
            slot = (slot + 1) & mask;
            entry = slots[slot];
        }
        slots[slot] = end;
        return append(key, hash, startMs);
    }

    private boolean isKey(int entry, KeyEncoder key) {
        int length = key.length();
        if (entries.getInt(entry + KEY_LENGTH_OFFSET, LITTLE_ENDIAN) != length) {
            return false;
        }
        DirectBuffer bytes = key.buffer();
        int at = entry + keyOffset;
        int i = 0;
        for (; i <= length - Long.BYTES; i += Long.BYTES) {
            if (entries.getLong(at + i) != bytes.getLong(i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (entries.getByte(at + i) != bytes.getByte(i)) {
                return false;
            }
        }
        return true;
    }

    private int append(KeyEncoder key, long hash, long startMs) {
        int entry = end;
        int length = length(key.length());
        makeRoom(length);
        entries.putLong(entry + HASH_OFFSET, hash, LITTLE_ENDIAN);
        entries.putLong(entry + START_OFFSET, startMs, LITTLE_ENDIAN);
        entries.putInt(entry + KEY_LENGTH_OFFSET, key.length(), LITTLE_ENDIAN);
        entries.setMemory(entry + TILE_OFFSET, tileLength, (byte) 0);
        entries.putInt(entry + TILE_OFFSET + TileLayout.LENGTH_OFFSET, tileLength, LITTLE_ENDIAN);
        entries.putBytes(entry + keyOffset, key.buffer(), 0, key.length());
        end += length;
        if (2 * ++size > slots.length) {
            growSlots();
        }
        return entry;
    }

    private int length(int keyLength) {
        return keyOffset + RowLayout.align(keyLength);
    }

    private void makeRoom(int length) {
        int needed = end + length;
        if (needed > entries.capacity()) {
            int grown = Math.max(needed, Math.min(2 * entries.capacity(), bytesMax + length));
            entries.wrap(Arrays.copyOf(entries.byteArray(), BitUtil.align(grown, Long.BYTES)));
        }
    }

    private void growSlots() {
        slots = emptySlots(2 * slots.length);
        int mask = slots.length - 1;
        int entry = 0;
        while (entry < end) {
            int slot = slot(
                    entries.getLong(entry + HASH_OFFSET, LITTLE_ENDIAN),
                    entries.getLong(entry + START_OFFSET, LITTLE_ENDIAN),
                    mask);
            while (slots[slot] != NONE) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = entry;
            entry += length(entries.getInt(entry + KEY_LENGTH_OFFSET, LITTLE_ENDIAN));
        }
    }

    private static int[] emptySlots(int count) {
        int[] empty = new int[count];
        Arrays.fill(empty, NONE);
        return empty;
    }

    private static int slot(long hash, long startMs, int mask) {
        return (int) ((hash ^ startMs * GOLDEN) >>> 32) & mask;
    }
}
