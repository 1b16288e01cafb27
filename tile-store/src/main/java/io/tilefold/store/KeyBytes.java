package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;

/** Compares keys, eight bytes at a time. */
final class KeyBytes {
    private KeyBytes() {}

    static boolean equal(DirectBuffer a, int aOffset, DirectBuffer b, int bOffset, int length) {
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (a.getLong(aOffset + i, LITTLE_ENDIAN) != b.getLong(bOffset + i, LITTLE_ENDIAN)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (a.getByte(aOffset + i) != b.getByte(bOffset + i)) {
                return false;
            }
        }
        return true;
    }
}
