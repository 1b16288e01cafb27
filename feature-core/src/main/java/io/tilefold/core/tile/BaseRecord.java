package io.tilefold.core.tile;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

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
        int count = suffixCount(hop);
        int suffixes = suffixesOffset(hop);
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            int index = buffer.getInt(suffixes + middle * BaseRecordDescriptor.SUFFIX_LENGTH, LITTLE_ENDIAN);
            if (index < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == count ? -1 : tileAt(suffixes + low * BaseRecordDescriptor.SUFFIX_LENGTH);
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
