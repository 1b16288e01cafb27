package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyHash;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A sketch as a blob.
 *
 * <pre>
 *   0            8
 *  +------------+----------------------------------------------+
 *  | check long | the sketch, in the format of DataSketches    |
 *  +------------+----------------------------------------------+
 * </pre>
 *
 * check: XXH64 of the sketch. The library trusts the lengths it reads, up to taking all memory or never coming back; it is given nothing that it did not
 * write.
 */
final class SketchBlob {
    private static final int CHECK_OFFSET = 0;
    private static final int SKETCH_OFFSET = CHECK_OFFSET + Long.BYTES;

    private SketchBlob() {}

    /** Length of the blob of a sketch of so many bytes. */
    static int length(int sketchLength) {
        return SKETCH_OFFSET + sketchLength;
    }

    static void write(MutableDirectBuffer buffer, int blob, byte[] sketch) {
        buffer.putBytes(blob + SKETCH_OFFSET, sketch);
        long check = KeyHash.hash(buffer, blob + SKETCH_OFFSET, sketch.length);
        buffer.putLong(blob + CHECK_OFFSET, check, LITTLE_ENDIAN);
    }

    /**
     * @param offset of the blob from the tile's start
     * @throws CorruptStateException if nobody wrote this
     */
    static byte[] read(DirectBuffer buffer, int tile, int offset, int length) {
        check(buffer, tile, offset, length);
        byte[] bytes = new byte[length - SKETCH_OFFSET];
        buffer.getBytes(tile + offset + SKETCH_OFFSET, bytes);
        return bytes;
    }

    /**
     * @param offset of the blob from the tile's start
     * @throws CorruptStateException if nobody wrote this
     */
    static void check(DirectBuffer buffer, int tile, int offset, int length) {
        int sketch = tile + offset + SKETCH_OFFSET;
        int sketchLength = length - SKETCH_OFFSET;
        if (offset <= 0 || sketchLength <= 0 || sketchLength > buffer.capacity() - sketch) {
            throw new CorruptStateException(offset, "no sketch of " + sketchLength + " bytes");
        }
        long check = buffer.getLong(tile + offset + CHECK_OFFSET, LITTLE_ENDIAN);
        if (check != KeyHash.hash(buffer, sketch, sketchLength)) {
            throw new CorruptStateException(offset, "no sketch: its check does not agree");
        }
    }
}
