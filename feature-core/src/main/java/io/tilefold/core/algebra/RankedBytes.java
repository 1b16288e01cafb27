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
 * The k best-ranked strings, binaries, lists, maps or structs, best first, in a blob of min(inputs, k) entries.
 *
 * <pre>
 *   body                                     blob
 *  +----------------+--------------+        +-----------------------+-------------------------+
 *  | blob reference | longest long |        | taken back: entry *)  | min(inputs, k) entries  |
 *  +----------------+--------------+        +-----------------------+-------------------------+
 *
 *   entry, padded with zeros to 8
 *  +-----------------------+------------+--------+
 *  | ts long, if by time   | length int | bytes  |   *) where events were taken back: the best-ranked of those
 *  +-----------------------+------------+--------+
 * </pre>
 *
 * <ul>
 *   <li>longest: length of the longest entry there ever was, kept or not, taken back or not. The state is OVERFLOW if as many entries as it keeps, of
 *       this length, are beyond the bound. What it keeps at any moment depends on the order of inputs; this does not, and is never less.
 * </ul>
 */
final class RankedBytes extends CountingAccumulator {
    private final ValueType type;
    private final int k;
    private final boolean timed;
    private final boolean descending;
    private final boolean list;
    private final int blobBound;
    private final int longestOffset;
    private final int lengthOffset;
    private final int bytesOffset;

    RankedBytes(
            ValueType type, int k, boolean timed, boolean descending, boolean list, int blobBound, boolean mutable) {
        super(mutable, false);
        this.type = type;
        this.k = k;
        this.timed = timed;
        this.descending = descending;
        this.list = list;
        this.blobBound = blobBound;
        this.longestOffset = bodyOffset + TileLayout.REFERENCE_LENGTH;
        this.lengthOffset = timed ? Long.BYTES : 0;
        this.bytesOffset = lengthOffset + Integer.BYTES;
    }

    @Override
    public int fixedLength() {
        return longestOffset + Long.BYTES;
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
        return isOverflow(from, at)
                ? OVERFLOW_WEIGHT
                : fixedLength() + blobWeight(from, at, from.getLong(at + longestOffset, LITTLE_ENDIAN));
    }

    @Override
    void overflow(TileBuffer tile, int at) {
        super.overflow(tile, at);
        tile.buffer().putLong(at + longestOffset, 0);
    }

    @Override
    void add(TileBuffer tile, int at, long inputsBefore, FlatRow row, int column, long timeMs) {
        int length = row.bytesLength(column);
        if (admits(tile, at, entryLength(length))) {
            insert(tile, at, kept(inputsBefore), timeMs, row.buffer(), row.bytesOffset(column), length);
        }
    }

    @Override
    void addState(TileBuffer into, int at, long inputsBefore, DirectBuffer from, int tile, int fromAt) {
        if (admitsState(into, at, from, fromAt)) {
            int first = tile + from.getInt(fromAt + bodyOffset, LITTLE_ENDIAN);
            mergeEntries(
                    into,
                    at,
                    kept(inputsBefore),
                    from,
                    firstKept(from, fromAt, first),
                    first + from.getInt(fromAt + bodyOffset + Integer.BYTES, LITTLE_ENDIAN));
        }
    }

    @Override
    void remember(TileBuffer tile, int at, long takenBackBefore, FlatRow row, int column, long timeMs) {
        int length = row.bytesLength(column);
        if (admits(tile, at, entryLength(length))) {
            remember(tile, at, takenBackBefore, timeMs, row.buffer(), row.bytesOffset(column), length);
        }
    }

    @Override
    void rememberState(TileBuffer into, int at, long takenBackBefore, DirectBuffer from, int tile, int fromAt) {
        if (admitsState(into, at, from, fromAt)) {
            int entry = tile + from.getInt(fromAt + bodyOffset, LITTLE_ENDIAN);
            int length = length(from, entry);
            remember(into, at, takenBackBefore, timeOf(from, entry), from, entry + bytesOffset, length);
        }
    }

    @Override
    boolean isStale(DirectBuffer from, int tile, int at) {
        if (isOverflow(from, at)) {
            return false;
        }
        long inputs = inputs(from, at);
        if (inputs < k) {
            return true;
        }
        int takenBack = tile + from.getInt(at + bodyOffset, LITTLE_ENDIAN);
        int last = firstKept(from, at, takenBack);
        for (int i = 1; i < k; i++) {
            last += entryLength(length(from, last));
        }
        return !ranksBefore(from, last, from, takenBack);
    }

    @Override
    void value(DirectBuffer from, int tile, int at, long count, ValueSink sink) {
        if (isOverflow(from, at)) {
            sink.stateLimit();
            return;
        }
        int kept = kept(inputs(from, at));
        if (list) {
            sink.listValue(kept);
        }
        int entry = firstKept(from, at, tile + from.getInt(at + bodyOffset, LITTLE_ENDIAN));
        for (int i = 0; i < kept; i++) {
            int length = length(from, entry);
            NestedValues.emit(type, from, entry + bytesOffset, length, sink);
            entry += entryLength(length);
        }
    }

    @Override
    void checkBody(DirectBuffer from, int tile, int at, long inputs) {
        long longest = from.getLong(at + longestOffset, LITTLE_ENDIAN);
        if (isOverflow(from, at)) {
            require(longest == 0, tile, at + longestOffset, "an OVERFLOW state has a longest entry");
            return;
        }
        int entry = tile + from.getInt(at + bodyOffset, LITTLE_ENDIAN);
        int end = entry + from.getInt(at + bodyOffset + Integer.BYTES, LITTLE_ENDIAN);
        int kept = kept(inputs);
        int expected = kept + (takenBack(from, at) == 0 ? 0 : 1);
        boolean fits = longest >= 0 && longest <= blobBound && expected * longest <= blobBound;
        require(fits, tile, at + longestOffset, "the longest entry would be beyond the bound");
        int previous = entry;
        for (int i = 0; i < expected; i++) {
            int left = end - entry;
            require(left >= entryLength(0), tile, entry, "the blob ends before its last entry");
            int length = from.getInt(entry + lengthOffset, LITTLE_ENDIAN);
            boolean inside = length >= 0 && length <= left && entryLength(length) <= Math.min(left, longest);
            require(inside, tile, entry + lengthOffset, "entry of impossible length");
            if (!type.isBytes()) {
                checkValue(from, tile, entry, length);
            }
            boolean ordered = i <= expected - kept || !ranksBefore(from, entry, from, previous);
            require(ordered, tile, entry, "an entry ranks before the one in front of it");
            previous = entry;
            entry += entryLength(length);
        }
        require(entry == end, tile, entry, "the blob goes on behind its last entry");
    }

    /** A value within a value has lengths of its own. */
    private void checkValue(DirectBuffer from, int tile, int entry, int length) {
        int value = entry + bytesOffset;
        try {
            NestedValues.compare(type, from, value, length, from, value, length);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new CorruptStateException(value - tile, "no value of type " + type + ": " + e.getMessage());
        }
    }

    private int kept(long inputs) {
        return (int) Math.min(inputs, k);
    }

    /** Bytes that the blob may take, were all entries of this length. */
    private long blobWeight(DirectBuffer buffer, int at, long longest) {
        return (kept(inputs(buffer, at)) + (takenBack(buffer, at) == 0 ? 0 : 1)) * longest;
    }

    /** Offset of the first entry that is kept, in a blob that starts at {@code blob}. */
    private int firstKept(DirectBuffer buffer, int at, int blob) {
        return takenBack(buffer, at) == 0 ? blob : blob + entryLength(length(buffer, blob));
    }

    /** Keeps the longest entry's length; false if the state is beyond its bound. The counts are kept already. */
    private boolean admits(TileBuffer tile, int at, long length) {
        UnsafeBuffer buffer = tile.buffer();
        if (isOverflow(buffer, at)) {
            return false;
        }
        long longest = Math.max(length, buffer.getLong(at + longestOffset, LITTLE_ENDIAN));
        if (blobWeight(buffer, at, longest) > blobBound) {
            overflow(tile, at);
            return false;
        }
        buffer.putLong(at + longestOffset, longest, LITTLE_ENDIAN);
        return true;
    }

    private boolean admitsState(TileBuffer into, int at, DirectBuffer from, int fromAt) {
        if (isOverflow(from, fromAt)) {
            overflow(into, at);
            return false;
        }
        return admits(into, at, from.getLong(fromAt + longestOffset, LITTLE_ENDIAN));
    }

    private void insert(TileBuffer tile, int at, int kept, long timeMs, DirectBuffer source, int offset, int length) {
        int reference = at + bodyOffset;
        UnsafeBuffer buffer = tile.buffer();
        int blob = tile.blobOffset(reference);
        int end = blob + tile.blobLength(reference);
        int place = kept == 0 ? end : firstKept(buffer, at, blob);
        int placeIndex = 0;
        while (placeIndex < kept && !ranksBefore(timeMs, source, offset, length, buffer, place)) {
            place += entryLength(length(buffer, place));
            placeIndex++;
        }
        if (placeIndex == k) {
            return;
        }
        int keptEnd = kept == k ? lastEntry(buffer, place, end) : end;
        openGap(tile, reference, place - blob, place - blob, keptEnd - place, entryLength(length));
        put(tile, reference, place - blob, timeMs, source, offset, length);
    }

    /** Start of the last entry before {@code end}. */
    private int lastEntry(DirectBuffer buffer, int entry, int end) {
        int last = entry;
        for (int next = entry; next < end; next += entryLength(length(buffer, next))) {
            last = next;
        }
        return last;
    }

    private void remember(
            TileBuffer tile, int at, long takenBackBefore, long timeMs, DirectBuffer source, int offset, int length) {
        int reference = at + bodyOffset;
        int before = 0;
        if (takenBackBefore != 0) {
            int entry = tile.blobOffset(reference);
            if (!ranksBefore(timeMs, source, offset, length, tile.buffer(), entry)) {
                return;
            }
            before = entryLength(length(tile.buffer(), entry));
        }
        openGap(tile, reference, 0, before, tile.blobLength(reference) - before, entryLength(length));
        put(tile, reference, 0, timeMs, source, offset, length);
    }

    /** Puts a gap at {@code place} in place of the bytes up to {@code next}, followed by {@code moved} bytes from there; drops the rest. */
    private static void openGap(TileBuffer tile, int reference, int place, int next, int moved, int gap) {
        int before = tile.blobLength(reference);
        int after = place + gap + moved;
        int blob = after > before ? tile.resizeBlob(reference, after) : tile.blobOffset(reference);
        if (moved > 0) {
            tile.buffer().putBytes(blob + place + gap, tile.buffer(), blob + next, moved);
        }
        if (after < before) {
            tile.resizeBlob(reference, after);
        }
    }

    private void put(
            TileBuffer tile, int reference, int place, long timeMs, DirectBuffer source, int offset, int length) {
        UnsafeBuffer buffer = tile.buffer();
        int entry = tile.blobOffset(reference) + place;
        buffer.putLong(entry + entryLength(length) - Long.BYTES, 0);
        if (timed) {
            buffer.putLong(entry, timeMs, LITTLE_ENDIAN);
        }
        buffer.putInt(entry + lengthOffset, length, LITTLE_ENDIAN);
        buffer.putBytes(entry + bytesOffset, source, offset, length);
    }

    /** Writes the best of both lists, behind what was taken back, to a new blob: linear. */
    private void mergeEntries(TileBuffer into, int at, int ourCount, DirectBuffer from, int theirs, int theirEnd) {
        int reference = at + bodyOffset;
        int union = into.allocate(into.blobLength(reference) + theirEnd - theirs);
        UnsafeBuffer buffer = into.buffer();
        int blob = into.blobOffset(reference);
        int ours = ourCount == 0 ? blob + into.blobLength(reference) : firstKept(buffer, at, blob);
        int end = union + ours - blob;
        buffer.putBytes(union, buffer, blob, ours - blob);
        int a = 0;
        int b = theirs;
        for (int kept = 0; kept < k && (a < ourCount || b < theirEnd); kept++) {
            if (a < ourCount && (b >= theirEnd || !ranksBefore(from, b, buffer, ours))) {
                int length = entryLength(length(buffer, ours));
                buffer.putBytes(end, buffer, ours, length);
                ours += length;
                end += length;
                a++;
            } else {
                int length = entryLength(length(from, b));
                buffer.putBytes(end, from, b, length);
                b += length;
                end += length;
            }
        }
        into.setReference(reference, union, end - union);
    }

    private boolean ranksBefore(DirectBuffer a, int aEntry, DirectBuffer b, int bEntry) {
        return ranksBefore(timeOf(a, aEntry), a, aEntry + bytesOffset, length(a, aEntry), b, bEntry);
    }

    private boolean ranksBefore(
            long timeMs, DirectBuffer source, int offset, int length, DirectBuffer buffer, int entry) {
        int order = timed ? Long.compare(timeMs, timeOf(buffer, entry)) : 0;
        if (order == 0) {
            order = NestedValues.compare(
                    type, source, offset, length, buffer, entry + bytesOffset, length(buffer, entry));
        }
        return descending ? order > 0 : order < 0;
    }

    private long timeOf(DirectBuffer buffer, int entry) {
        return timed ? buffer.getLong(entry, LITTLE_ENDIAN) : 0;
    }

    private int length(DirectBuffer buffer, int entry) {
        int length = buffer.getInt(entry + lengthOffset, LITTLE_ENDIAN);
        if (length < 0) {
            throw new CorruptStateException(entry + lengthOffset, "a value of " + length + " bytes");
        }
        return length;
    }

    private int entryLength(int length) {
        return RowLayout.align(bytesOffset + length);
    }
}
