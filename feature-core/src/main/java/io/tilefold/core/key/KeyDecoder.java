package io.tilefold.core.key;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/** Reads encoded keys, column by column, in the form that {@link KeyEncoder} describes. Without state. */
public final class KeyDecoder {
    private KeyDecoder() {}

    /**
     * Bytes of the encoded column at an offset.
     *
     * @throws IllegalArgumentException if none begins there
     */
    public static int columnLength(DirectBuffer key, int offset) {
        byte tag = key.getByte(offset);
        return switch (tag) {
            case KeyEncoder.BOOLEAN -> 1 + Byte.BYTES;
            case KeyEncoder.INTEGER, KeyEncoder.FLOATING -> 1 + Long.BYTES;
            case KeyEncoder.STRING, KeyEncoder.BINARY -> bytesOffset(0) + key.getInt(offset + 1, LITTLE_ENDIAN);
            default -> throw new IllegalArgumentException("no key column begins with " + tag);
        };
    }

    /**
     * Gives the value of the encoded column at an offset to a sink.
     *
     * @throws IllegalArgumentException if none begins there
     */
    public static void decode(DirectBuffer key, int offset, ValueSink sink) {
        int length = columnLength(key, offset);
        switch (key.getByte(offset)) {
            case KeyEncoder.BOOLEAN -> sink.booleanValue(key.getByte(offset + 1) != 0);
            case KeyEncoder.INTEGER -> sink.longValue(key.getLong(offset + 1, LITTLE_ENDIAN));
            case KeyEncoder.FLOATING ->
                sink.doubleValue(Double.longBitsToDouble(key.getLong(offset + 1, LITTLE_ENDIAN)));
            default -> sink.bytesValue(key, bytesOffset(offset), length - bytesOffset(0));
        }
    }

    private static int bytesOffset(int column) {
        return column + 1 + Integer.BYTES;
    }
}
