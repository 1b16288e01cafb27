package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.ValueSink;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One tile being built: takes events and other tiles, grows as its blobs do, is reused without allocation once grown. Confined to one
 * thread.
 *
 * <p>Either owns its bytes ({@link #reset}, {@link #load}) or, for a layout without blobs, works in place on given memory ({@link
 * #wrap}).
 *
 * <p>Blobs lie behind the fixed part in order of allocation, each with the capacity {@link #capacityOf} gives its length; one that outgrows
 * it moves to the end and leaves a hole. {@link #writeTo} leaves holes and slack behind.
 */
public final class TileBuffer {
    private static final int INITIAL_SLACK = 256;

    /** Two blobs at their largest bound while they are merged. */
    private static final int MAX_BLOB_LENGTH = 2 * TileLayout.LARGEST_BLOB_BOUND;

    private static final @Nullable Sketch[] NO_SKETCHES = {};

    private final TileLayout layout;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private byte[] own = new byte[0];
    private int end;
    private boolean empty;
    private @Nullable TileBuffer[] nested = new TileBuffer[0];
    private @Nullable FlatRow elements;
    private @Nullable MutableDirectBuffer indexKey;

    /** Blobs that are decoded, in the order of the layout's references; of no length until there is one. */
    private @Nullable Sketch[] sketches = NO_SKETCHES;

    public TileBuffer(TileLayout layout) {
        this.layout = layout;
        reset();
    }

    public TileLayout layout() {
        return layout;
    }

    /** Becomes the identity, in memory of its own. */
    public TileBuffer reset() {
        own(layout.fixedEnd());
        Arrays.fill(own, 0, layout.fixedEnd(), (byte) 0);
        end = layout.fixedEnd();
        empty = true;
        Arrays.fill(sketches, null);
        return this;
    }

    /** Becomes a copy of a tile, in memory of its own. */
    public TileBuffer load(DirectBuffer source, int tile) {
        own(layout.fixedEnd());
        source.getBytes(tile, own, 0, layout.fixedEnd());
        end = layout.fixedEnd();
        empty = false;
        Arrays.fill(sketches, null);
        for (int reference : layout.blobReferences()) {
            int offset = blobOffset(reference);
            int length = blobLength(reference);
            if (offset > 0) {
                int copy = allocate(length);
                buffer.putBytes(copy, source, tile + offset, length);
                setReference(reference, copy, length);
            }
        }
        return this;
    }

    /** Becomes a copy of another tile buffer of this layout. */
    public TileBuffer load(TileBuffer source) {
        load(source.encoded(), 0);
        empty = source.empty;
        return this;
    }

    /** Works in place on a tile of a layout without blobs. */
    public TileBuffer wrap(MutableDirectBuffer memory, int tile) {
        assert layout.isFixed();
        buffer.wrap(memory, tile, layout.fixedEnd());
        end = layout.fixedEnd();
        empty = false;
        return this;
    }

    /** True if no event and no tile has been taken since {@link #reset}. */
    public boolean isEmpty() {
        return empty;
    }

    public void update(FlatRow row, long timeMs) {
        empty = false;
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            layout.accumulator(i).update(this, layout.offset(i), row, layout.column(i), timeMs);
        }
    }

    /**
     * Takes an event into several tiles of one layout, as {@link #update(FlatRow, long)} of each would: state by state, each in all tiles, so that what is asked
     * of the row is asked once.
     */
    public static void update(TileBuffer[] tiles, int count, FlatRow row, long timeMs) {
        if (count == 0) {
            return;
        }
        for (int j = 0; j < count; j++) {
            tiles[j].empty = false;
        }
        TileLayout layout = tiles[0].layout;
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            int column = layout.column(i);
            if (!row.isNull(column)) { // which changes no state
                Accumulator accumulator = layout.accumulator(i);
                int offset = layout.offset(i);
                for (int j = 0; j < count; j++) {
                    accumulator.take(tiles[j], offset, row, column, timeMs);
                }
            }
        }
    }

    /** Takes an event back; see {@link Accumulator#takeBack}. */
    public void takeBack(FlatRow row, long timeMs) {
        empty = false;
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            layout.accumulator(i).takeBack(this, layout.offset(i), row, layout.column(i), timeMs);
        }
    }

    /** Takes an event into the one state of this tile, whose input is in this column: for states made of states. */
    void update(FlatRow row, int column, long timeMs) {
        empty = false;
        layout.accumulator(0).update(this, layout.offset(0), row, column, timeMs);
    }

    /** Takes an event back from the one state of this tile. */
    void takeBack(FlatRow row, int column, long timeMs) {
        empty = false;
        layout.accumulator(0).takeBack(this, layout.offset(0), row, column, timeMs);
    }

    /** Merges a tile of this layout; {@code source} is not changed and may be mapped memory, but not this buffer's own. */
    public void merge(DirectBuffer source, int tile) {
        if (empty && buffer.byteArray() == own) {
            load(source, tile);
            return;
        }
        empty = false;
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            layout.accumulator(i).merge(this, layout.offset(i), source, tile, tile + layout.offset(i));
        }
    }

    /** Merges tiles of this layout: state by state, each over all tiles. */
    public void merge(TileList tiles) {
        int first = 0;
        if (empty && tiles.size() > 0 && buffer.byteArray() == own) {
            load(tiles.buffer(), tiles.tile(first++));
        }
        if (first < tiles.size()) {
            empty = false;
            for (int i = 0; i < layout.accumulatorCount(); i++) {
                layout.accumulator(i).mergeAll(this, layout.offset(i), tiles, first, layout.offset(i));
            }
        }
    }

    public void merge(TileBuffer source) {
        if (!source.empty) {
            merge(source.encoded(), 0);
        }
    }

    /** The tile's bytes, from 0, all of them as they are to be read; valid until this buffer is changed. */
    public DirectBuffer encoded() {
        for (int i = 0; i < sketches.length; i++) {
            Sketch sketch = sketches[i];
            if (sketch != null && sketch.isChanged) {
                encode(layout.blobReferences()[i], sketch);
                sketches[i] = isOverflow(layout.blobReferences()[i]) ? null : sketch;
            }
        }
        return buffer;
    }

    private void encode(int reference, Sketch sketch) {
        byte[] bytes = sketch.encode();
        int blob = resizeBlob(reference, SketchBlob.length(bytes.length));
        if (blob != TileLayout.OVERFLOW) {
            SketchBlob.write(buffer, blob, bytes);
        }
        sketch.isChanged = false;
        sketch.growth = 0;
    }

    /** Bytes of all blobs as they are now, of those decoded as they were last encoded. */
    public int blobsLength() {
        int length = 0;
        for (int reference : layout.blobReferences()) {
            length += blobLength(reference);
        }
        return length;
    }

    /** True if some state went beyond its bound. */
    public boolean hasOverflow() {
        return overflows() > 0;
    }

    /** Number of states that went beyond their bounds. */
    public int overflows() {
        encoded();
        int count = 0;
        for (int reference : layout.blobReferences()) {
            count += isOverflow(reference) ? 1 : 0;
        }
        return count;
    }

    /** True if this state, by its index in the layout, went beyond its bound. */
    public boolean hasOverflow(int state) {
        int reference = layout.accumulator(state).blobReference();
        return reference >= 0
                && encoded().getInt(layout.offset(state) + reference, LITTLE_ENDIAN) == TileLayout.OVERFLOW;
    }

    /** Makes every state with a blob OVERFLOW. */
    public void overflow() {
        empty = false;
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            if (layout.accumulator(i).blobReference() >= 0) {
                layout.accumulator(i).overflow(this, layout.offset(i));
            }
        }
    }

    /** Length of the compact tile. */
    public int compactLength() {
        encoded();
        int length = layout.fixedEnd();
        for (int reference : layout.blobReferences()) {
            length += RowLayout.align(blobLength(reference));
        }
        return length;
    }

    /** Writes the compact tile and returns its length. */
    public int writeTo(MutableDirectBuffer target, int offset) {
        encoded();
        target.putBytes(offset, buffer, 0, layout.fixedEnd());
        int at = layout.fixedEnd();
        int flags = 0;
        for (int reference : layout.blobReferences()) {
            int blob = blobOffset(reference);
            int length = blobLength(reference);
            if (blob == TileLayout.OVERFLOW) {
                flags = TileLayout.OVERFLOW_FLAG;
            } else if (blob > 0) {
                target.putInt(offset + reference, length == 0 ? TileLayout.NO_BLOB : at, LITTLE_ENDIAN);
                if (length > 0) {
                    int padded = RowLayout.align(length);
                    target.putLong(offset + at + padded - Long.BYTES, 0);
                    target.putBytes(offset + at, buffer, blob, length);
                    at += padded;
                }
            }
        }
        target.putInt(offset + TileLayout.LENGTH_OFFSET, at, LITTLE_ENDIAN);
        target.putInt(offset + TileLayout.FLAGS_OFFSET, flags, LITTLE_ENDIAN);
        return at;
    }

    // ---- what accumulators use
    // -------------------------------------------------------------------------------------------------

    /**
     * The tile's bytes, from 0, where a decoded blob may be behind. Moves when a blob grows: fetch it again after every call that may grow one.
     */
    UnsafeBuffer buffer() {
        return buffer;
    }

    /** The blob decoded, if it is; its bytes may be behind. */
    @Nullable Sketch sketch(int reference) {
        return sketches.length == 0 ? null : sketches[Arrays.binarySearch(layout.blobReferences(), reference)];
    }

    /** Keeps a blob decoded until this buffer is another tile. */
    void keep(int reference, Sketch sketch) {
        if (sketches.length == 0) {
            sketches = new Sketch[layout.blobReferences().length];
        }
        sketches[Arrays.binarySearch(layout.blobReferences(), reference)] = sketch;
    }

    public int blobOffset(int reference) {
        return buffer.getInt(reference, LITTLE_ENDIAN);
    }

    public int blobLength(int reference) {
        return buffer.getInt(reference + Integer.BYTES, LITTLE_ENDIAN);
    }

    public boolean isOverflow(int reference) {
        return blobOffset(reference) == TileLayout.OVERFLOW;
    }

    public void overflow(int reference) {
        setReference(reference, TileLayout.OVERFLOW, 0);
    }

    /**
     * Gives the blob this length, keeping its bytes up to the shorter of both; what is added holds anything.
     *
     * @return its offset, or {@link TileLayout#OVERFLOW} if the state is or went beyond its bound
     */
    public int resizeBlob(int reference, int length) {
        int offset = blobOffset(reference);
        if (offset == TileLayout.OVERFLOW) {
            return offset;
        }
        if (length > layout.leastBound() && length > layout.blobBound(reference)) {
            overflow(reference);
            return TileLayout.OVERFLOW;
        }
        int before = blobLength(reference);
        if (offset == TileLayout.NO_BLOB || length > capacityOf(before)) {
            int moved = allocate(length);
            if (before > 0) {
                buffer.putBytes(moved, buffer, blobOffset(reference), before);
            }
            offset = moved;
        }
        setReference(reference, offset, length);
        return offset;
    }

    /**
     * Room for a new value of a blob while the old one is still read; {@link #setReference} puts it in the old one's place. Moves the tile's blobs where
     * that saves room, so their offsets are to be read after it; room not yet referred to is given up by the next call.
     */
    public int allocate(int length) {
        int capacity = capacityOf(length);
        if (end + capacity > own.length) {
            makeRoom(capacity);
        }
        int offset = end;
        end += capacity;
        return offset;
    }

    /** Closes the holes if that leaves half of the memory free, else takes more. */
    private void makeRoom(int capacity) {
        int[] references = layout.blobReferences();
        int live = layout.fixedEnd();
        for (int reference : references) {
            live += blobOffset(reference) > 0 ? capacityOf(blobLength(reference)) : 0;
        }
        if (live + capacity <= own.length / 2) {
            closeHoles(references);
        } else {
            own = Arrays.copyOf(own, BitUtil.findNextPositivePowerOfTwo(end + capacity + INITIAL_SLACK));
            buffer.wrap(own);
        }
    }

    /** Moves every blob down to the end of the one before it: a blob has at least the capacity of its length, so none is overwritten. */
    private void closeHoles(int[] references) {
        int before = layout.fixedEnd();
        int target = before;
        for (int reference = nextBlob(references, before); reference >= 0; reference = nextBlob(references, before)) {
            before = blobOffset(reference) + 1;
            int length = blobLength(reference);
            buffer.putBytes(target, buffer, blobOffset(reference), length);
            setReference(reference, target, length);
            target += capacityOf(length);
        }
        end = target;
    }

    /** Reference of the first blob at or after an offset, or -1. */
    private int nextBlob(int[] references, int offset) {
        int next = -1;
        for (int reference : references) {
            if (blobOffset(reference) >= offset && (next < 0 || blobOffset(reference) < blobOffset(next))) {
                next = reference;
            }
        }
        return next;
    }

    public void setReference(int reference, int offset, int length) {
        buffer.putInt(reference, offset, LITTLE_ENDIAN);
        buffer.putInt(reference + Integer.BYTES, length, LITTLE_ENDIAN);
    }

    /** A tile buffer of an inner layout, for states made of states; one per layout, kept with this buffer. */
    public TileBuffer nested(TileLayout inner) {
        for (TileBuffer candidate : nested) {
            if (candidate != null && candidate.layout == inner) {
                return candidate;
            }
        }
        TileBuffer created = new TileBuffer(inner);
        nested = Arrays.copyOf(nested, nested.length + 1);
        nested[nested.length - 1] = created;
        return created;
    }

    /** A flyweight for the elements of a list or the entries of a map, kept with this buffer. */
    FlatRow elements() {
        FlatRow known = elements;
        if (known == null) {
            known = new FlatRow();
            elements = known;
        }
        return known;
    }

    /** Room for the key of an index, kept with this buffer. */
    MutableDirectBuffer indexKey() {
        MutableDirectBuffer known = indexKey;
        if (known == null) {
            known = new UnsafeBuffer(new byte[Integer.BYTES]);
            indexKey = known;
        }
        return known;
    }

    private static int capacityOf(int length) {
        if (length > MAX_BLOB_LENGTH) {
            throw new CorruptStateException(0, "a blob of " + length + " bytes");
        }
        return length <= 16 ? 16 : BitUtil.findNextPositivePowerOfTwo(length);
    }

    private void own(int length) {
        if (own.length < length) {
            own = new byte[BitUtil.findNextPositivePowerOfTwo(length + INITIAL_SLACK)];
        }
        if (buffer.byteArray() != own || buffer.capacity() != own.length) {
            buffer.wrap(own);
        }
    }

    /** Finishes every state into the sink, in accumulator order: for tests and tools. */
    public void finish(ValueSink sink) {
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            Accumulator accumulator = layout.accumulator(i);
            accumulator.finish(encoded(), 0, layout.offset(i), sink);
        }
    }
}
