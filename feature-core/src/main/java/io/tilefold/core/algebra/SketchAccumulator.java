package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/**
 * A state whose blob is a sketch in the bytes that Apache DataSketches gives it.
 *
 * <pre>
 *  +------------+-------------------+----------------+
 *  | count long | takenBack long *) | blob reference |    *) see CountingAccumulator
 *  +------------+-------------------+----------------+
 * </pre>
 *
 * Costs a decoding per merge and per value, and an encoding when the tile is written: microseconds and garbage, where flat states cost nanoseconds and
 * none (docs/benchmarks). An event costs both only if the tile is read and written for it alone.
 */
final class SketchAccumulator extends CountingAccumulator {
    private final Sketch.Form form;
    private final int blobBound;

    SketchAccumulator(Sketch.Form form, int blobBound, boolean mutable) {
        super(mutable, false);
        this.form = form;
        this.blobBound = blobBound;
    }

    @Override
    public int fixedLength() {
        return bodyOffset + TileLayout.REFERENCE_LENGTH;
    }

    @Override
    public int blobReference() {
        return bodyOffset;
    }

    @Override
    public int blobBound() {
        return blobBound;
    }

    @Override
    public long weight(DirectBuffer from, int tile, int at) {
        int length = from.getInt(at + bodyOffset + Integer.BYTES, LITTLE_ENDIAN);
        return isOverflow(from, at) ? OVERFLOW_WEIGHT : fixedLength() + RowLayout.align(form.weight(length));
    }

    @Override
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {
        int blob = from.getInt(at + bodyOffset, LITTLE_ENDIAN);
        if (inputs == 0) {
            require(blob <= TileLayout.NO_BLOB, tile, at + bodyOffset, "a sketch of no inputs");
        } else if (blob != TileLayout.OVERFLOW) {
            SketchBlob.check(from, tile, blob, from.getInt(at + bodyOffset + Integer.BYTES, LITTLE_ENDIAN));
        }
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        int reference = at + bodyOffset;
        if (!tile.isOverflow(reference)) {
            Sketch sketch = sketch(tile, reference);
            sketch.add(row, column);
            changed(tile, sketch);
        }
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        int reference = at + bodyOffset;
        if (from.getInt(fromAt + bodyOffset, LITTLE_ENDIAN) == TileLayout.OVERFLOW) {
            into.overflow(reference);
        } else if (into.sketch(reference) == null && into.blobOffset(reference) == TileLayout.NO_BLOB) {
            copyBlob(into, reference, from, tile, fromAt + bodyOffset);
        } else if (!into.isOverflow(reference)) {
            Sketch sketch = sketch(into, reference);
            sketch.merge(decode(from, tile, fromAt + bodyOffset));
            changed(into, sketch);
        }
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        if (from.getInt(at + bodyOffset, LITTLE_ENDIAN) == TileLayout.OVERFLOW) {
            sink.stateLimit();
        } else {
            decode(from, tile, at + bodyOffset).emit(sink);
        }
    }

    private static void copyBlob(TileBuffer into, int reference, DirectBuffer from, int tile, int fromReference) {
        int length = from.getInt(fromReference + Integer.BYTES, LITTLE_ENDIAN);
        int blob = into.resizeBlob(reference, length);
        if (blob != TileLayout.OVERFLOW) {
            into.buffer().putBytes(blob, from, tile + from.getInt(fromReference, LITTLE_ENDIAN), length);
        }
    }

    private Sketch sketch(TileBuffer tile, int reference) {
        Sketch known = tile.sketch(reference);
        if (known != null) {
            return known;
        }
        Sketch sketch = tile.blobLength(reference) == 0 ? form.empty() : decode(tile.buffer(), 0, reference);
        tile.keep(reference, sketch);
        return sketch;
    }

    private void changed(TileBuffer tile, Sketch sketch) {
        sketch.isChanged = true;
        if (sketch.growth > blobBound) {
            tile.encoded(); // OVERFLOW if it is beyond its bound
        }
    }

    private Sketch decode(DirectBuffer from, int tile, int reference) {
        int blob = from.getInt(reference, LITTLE_ENDIAN);
        int length = from.getInt(reference + Integer.BYTES, LITTLE_ENDIAN);
        return form.decode(SketchBlob.read(from, tile, blob, length));
    }
}
