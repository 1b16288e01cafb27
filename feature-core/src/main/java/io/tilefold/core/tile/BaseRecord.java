package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Read-only flyweight over a base record; see {@link BaseRecordDescriptor}. Immutable memory below; not thread safe itself. */
public final class BaseRecord {
    private static final Hop[] HOPS = Hop.values();
    private static final DirectBuffer EMPTY = emptyRecord();

    private DirectBuffer buffer = EMPTY;
    private int record;

    private static DirectBuffer emptyRecord() {
        UnsafeBuffer bytes = new UnsafeBuffer(new byte[BaseRecordDescriptor.KEY_OFFSET]);
        bytes.putInt(BaseRecordDescriptor.RECORD_LENGTH_OFFSET, BaseRecordDescriptor.KEY_OFFSET, LITTLE_ENDIAN);
        return bytes;
    }

    public BaseRecord wrap(DirectBuffer source, int offset) {
        buffer = source;
        record = offset;
        return this;
    }

    /** Becomes the record of a key without history. */
    public BaseRecord wrapEmpty() {
        return wrap(EMPTY, 0);
    }

    public boolean isEmpty() {
        return all() < 0;
    }

    public DirectBuffer buffer() {
        return buffer;
    }

    public int length() {
        return buffer.getInt(record + BaseRecordDescriptor.RECORD_LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    public int keyLength() {
        return buffer.getInt(record + BaseRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
    }

    /** Offset of the key in {@link #buffer()}. */
    public int keyOffset() {
        return record + BaseRecordDescriptor.KEY_OFFSET;
    }

    public int suffixCount(Hop hop) {
        return buffer.getInt(record + BaseRecordDescriptor.suffixCountOffset(hop), LITTLE_ENDIAN);
    }

    /** Offset in {@link #buffer()} of the tile with all events from {@code tail} up to the batch end; -1 if there is none. */
    public int suffix(Window window, long tail) {
        return window.isUnbounded() ? all() : suffix(window.hop(), window.hop().number(tail));
    }

    /** Offset in {@link #buffer()} of the tile with all events from a hop, by its {@link Hop#number}, up to the batch end; -1 if there is none. */
    public int suffix(Hop hop, long number) {
        int suffixes = suffixesOffset(hop);
        int place = place(hop, suffixes, number);
        return place == suffixCount(hop) ? -1 : tileAt(suffixes + place * BaseRecordDescriptor.SUFFIX_LENGTH);
    }

    /** As {@link #suffix(Hop, long)}, of a record that may have tiles ahead of the batch end. */
    public int suffixBefore(Hop hop, long number, long batchEndMs) {
        int suffixes = suffixesOffset(hop);
        int place = place(hop, suffixes, number);
        return place == suffixCount(hop) || hop.startOf(index(suffixes, place)) >= batchEndMs
                ? -1
                : tileAt(suffixes + place * BaseRecordDescriptor.SUFFIX_LENGTH);
    }

    /**
     * Place of the first tile of rows whose own time is at or after a moment not before the batch end: those of entities that mutations change may lie there. One tile for each five
     * minutes with a row, in their order; {@link #isAhead} says how far they go.
     */
    public int firstAhead(long fromMs) {
        return place(Hop.FIVE_MINUTES, suffixesOffset(Hop.FIVE_MINUTES), Hop.FIVE_MINUTES.number(fromMs));
    }

    /** True if there is such a tile, and its five minutes begin before a moment. */
    public boolean isAhead(int place, long toMs) {
        return place < suffixCount(Hop.FIVE_MINUTES) && suffixStart(Hop.FIVE_MINUTES, place) < toMs;
    }

    /** Offset in {@link #buffer()} of such a tile; {@link #suffixStart} says when its five minutes begin. */
    public int aheadTile(int place) {
        return tileAt(suffixesOffset(Hop.FIVE_MINUTES) + place * BaseRecordDescriptor.SUFFIX_LENGTH);
    }

    /** Time of the newest row in such a tile, epoch milliseconds. */
    public long aheadNewestMs(int place) {
        int tile = aheadTile(place);
        return buffer.getLong(tile + buffer.getInt(tile + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN), LITTLE_ENDIAN);
    }

    private int index(int suffixes, int place) {
        return buffer.getInt(suffixes + place * BaseRecordDescriptor.SUFFIX_LENGTH, LITTLE_ENDIAN);
    }

    /** Place of the first entry at or after a hop; their number if there is none. */
    private int place(Hop hop, int suffixes, long number) {
        int low = 0;
        int high = suffixCount(hop);
        while (low < high) {
            int middle = (low + high) >>> 1;
            int index = buffer.getInt(suffixes + middle * BaseRecordDescriptor.SUFFIX_LENGTH, LITTLE_ENDIAN);
            if (index < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Start of the i-th suffix of a hop size, epoch milliseconds: for tools. */
    public long suffixStart(Hop hop, int index) {
        return hop.startOf(
                buffer.getInt(suffixesOffset(hop) + index * BaseRecordDescriptor.SUFFIX_LENGTH, LITTLE_ENDIAN));
    }

    private int tileAt(int suffix) {
        return record + buffer.getInt(suffix + BaseRecordDescriptor.SUFFIX_TILE_OFFSET, LITTLE_ENDIAN);
    }

    /** Offset in {@link #buffer()} of the tile with all events of the key up to the batch end; -1 if it has none. */
    public int all() {
        int offset = buffer.getInt(record + BaseRecordDescriptor.ALL_TILE_OFFSET, LITTLE_ENDIAN);
        return offset == 0 ? -1 : record + offset;
    }

    private int suffixesOffset(Hop hop) {
        int offset = record + BaseRecordDescriptor.suffixesOffset(keyLength());
        for (Hop coarser : HOPS) {
            if (coarser == hop) {
                return offset;
            }
            offset += suffixCount(coarser) * BaseRecordDescriptor.SUFFIX_LENGTH;
        }
        throw new AssertionError(hop);
    }
}
