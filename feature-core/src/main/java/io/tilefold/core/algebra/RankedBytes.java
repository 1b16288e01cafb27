package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.NestedValues;
import io.tilefold.core.value.RowLayout;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The k best-ranked strings, binaries, lists, maps or structs, best first, in a blob of min(count, k) entries.
 *
 * <pre>
 *   fixed part                         entry, padded with zeros to 8
 *  +------------+----------------+    +-----------------------+------------+--------+
 *  | count long | blob reference |    | ts long, if by time   | length int | bytes  |
 *  +------------+----------------+    +-----------------------+------------+--------+
 * </pre>
 */
final class RankedBytes extends CountingAccumulator {
    private final ValueType type;
    private final int k;
    private final boolean timed;
    private final boolean descending;
    private final boolean list;
    private final int lengthOffset;
    private final int bytesOffset;

    RankedBytes(ValueType type, int k, boolean timed, boolean descending, boolean list, boolean mutable) {
        super(mutable, false);
        this.type = type;
        this.k = k;
        this.timed = timed;
        this.descending = descending;
        this.list = list;
        this.lengthOffset = timed ? Long.BYTES : 0;
        this.bytesOffset = lengthOffset + Integer.BYTES;
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
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        insert(
                tile,
                at + bodyOffset,
                (int) Math.min(inputsBefore, k),
                timeMs,
                row.buffer(),
                row.bytesOffset(column),
                row.bytesLength(column));
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        int blob = from.getInt(fromAt + bodyOffset, LITTLE_ENDIAN);
        if (blob == TileLayout.OVERFLOW) {
            into.overflow(at + bodyOffset);
            return;
        }
        int kept = (int) Math.min(inputsBefore, k);
        int added = (int) Math.min(inputs(from, fromAt), k);
        int entry = tile + blob;
        for (int i = 0; i < added; i++) {
            int length = from.getInt(entry + lengthOffset, LITTLE_ENDIAN);
            long timeMs = timed ? from.getLong(entry, LITTLE_ENDIAN) : 0;
            if (!insert(into, at + bodyOffset, kept, timeMs, from, entry + bytesOffset, length)) {
                return; // the source's entries are sorted: what follows ranks no better
            }
            kept = Math.min(kept + 1, k);
            entry += entryLength(length);
        }
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        int blob = from.getInt(at + bodyOffset, LITTLE_ENDIAN);
        if (blob == TileLayout.OVERFLOW) {
            sink.stateLimit();
            return;
        }
        int kept = (int) Math.min(inputs(from, at), k);
        if (list) {
            sink.listValue(kept);
        }
        int entry = tile + blob;
        for (int i = 0; i < kept; i++) {
            int length = from.getInt(entry + lengthOffset, LITTLE_ENDIAN);
            NestedValues.emit(type, from, entry + bytesOffset, length, sink);
            entry += entryLength(length);
        }
    }

    /** Returns false if the value ranks behind k others or the state is over its bound. */
    private boolean insert(
            TileBuffer tile, int reference, int kept, long timeMs, DirectBuffer source, int offset, int length) {
        if (tile.isOverflow(reference)) {
            return false;
        }
        UnsafeBuffer buffer = tile.buffer();
        int blob = tile.blobOffset(reference);
        int end = tile.blobLength(reference);
        int place = -1;
        int placeIndex = kept;
        int last = 0;
        int at = 0;
        for (int i = 0; i < kept; i++) {
            if (place < 0 && ranksBefore(timeMs, source, offset, length, buffer, blob + at)) {
                place = at;
                placeIndex = i;
            }
            last = at;
            at += entryLength(buffer.getInt(blob + at + lengthOffset, LITTLE_ENDIAN));
        }
        if (placeIndex == k) {
            return false;
        }
        if (place < 0) {
            place = end;
        }
        int keptEnd = kept == k ? last : end;
        int added = entryLength(length);
        int moved = tile.resizeBlob(reference, Math.max(keptEnd + added, 0));
        if (moved == TileLayout.OVERFLOW) {
            return false;
        }
        buffer = tile.buffer();
        if (keptEnd > place) {
            buffer.putBytes(moved + place + added, buffer, moved + place, keptEnd - place);
        }
        int entry = moved + place;
        buffer.putLong(entry + added - Long.BYTES, 0);
        if (timed) {
            buffer.putLong(entry, timeMs, LITTLE_ENDIAN);
        }
        buffer.putInt(entry + lengthOffset, length, LITTLE_ENDIAN);
        buffer.putBytes(entry + bytesOffset, source, offset, length);
        return true;
    }

    private boolean ranksBefore(
            long timeMs, DirectBuffer source, int offset, int length, DirectBuffer buffer, int entry) {
        int order = timed ? Long.compare(timeMs, buffer.getLong(entry, LITTLE_ENDIAN)) : 0;
        if (order == 0) {
            order = NestedValues.compare(
                    type,
                    source,
                    offset,
                    length,
                    buffer,
                    entry + bytesOffset,
                    buffer.getInt(entry + lengthOffset, LITTLE_ENDIAN));
        }
        return descending ? order > 0 : order < 0;
    }

    private int entryLength(int length) {
        return RowLayout.align(bytesOffset + length);
    }
}
