package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.RowLayout;
import org.agrona.DirectBuffer;

/** Checks that bytes are a compact tile, before anything trusts its lengths and references; see {@link TileLayout}. */
final class TileVerifier {
    private TileVerifier() {}

    static int verify(TileLayout layout, DirectBuffer buffer, int tile, int available) {
        int room = Math.min(available, buffer.capacity() - tile);
        if (room < layout.fixedEnd()) {
            throw new CorruptStateException(0, room + " bytes, its fixed part has " + layout.fixedEnd());
        }
        int length = buffer.getInt(tile + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < layout.fixedEnd() || length > room) {
            throw new CorruptStateException(
                    TileLayout.LENGTH_OFFSET, "length " + length + " is not from " + layout.fixedEnd() + " to " + room);
        }
        checkBlobs(layout, buffer, tile, length);
        for (int i = 0; i < layout.accumulatorCount(); i++) {
            layout.accumulator(i).check(buffer, tile, tile + layout.offset(i));
        }
        return length;
    }

    /** Blobs lie one behind the other up to the tile's end, each within its bound, padded with zeros. */
    private static void checkBlobs(TileLayout layout, DirectBuffer buffer, int tile, int length) {
        int end = layout.fixedEnd();
        int flags = 0;
        for (int reference : layout.blobReferences()) {
            int offset = buffer.getInt(tile + reference, LITTLE_ENDIAN);
            int blob = buffer.getInt(tile + reference + Integer.BYTES, LITTLE_ENDIAN);
            if (offset == TileLayout.OVERFLOW && blob == 0) {
                flags = TileLayout.OVERFLOW_FLAG;
            } else if (offset != TileLayout.NO_BLOB || blob != 0) {
                checkBlob(layout, reference, offset, blob, end, length);
                end += RowLayout.align(blob);
                checkPadding(buffer, tile, offset + blob, end);
            }
        }
        if (end != length) {
            throw new CorruptStateException(
                    TileLayout.LENGTH_OFFSET, "length " + length + ", its last blob ends at " + end);
        }
        if (buffer.getInt(tile + TileLayout.FLAGS_OFFSET, LITTLE_ENDIAN) != flags) {
            throw new CorruptStateException(TileLayout.FLAGS_OFFSET, "flags are not " + flags);
        }
    }

    private static void checkBlob(TileLayout layout, int reference, int offset, int blob, int end, int length) {
        if (offset != end || blob <= 0 || blob > length - end || RowLayout.align(blob) > length - end) {
            throw new CorruptStateException(
                    reference,
                    "blob of " + blob + " bytes at " + offset + ", where one of at most " + (length - end)
                            + " begins at " + end);
        }
        if (blob > layout.blobBound(reference)) {
            throw new CorruptStateException(
                    reference, "blob of " + blob + " bytes, its bound is " + layout.blobBound(reference));
        }
    }

    private static void checkPadding(DirectBuffer buffer, int tile, int from, int to) {
        for (int i = from; i < to; i++) {
            if (buffer.getByte(tile + i) != 0) {
                throw new CorruptStateException(i, "padding that is not zero");
            }
        }
    }
}
