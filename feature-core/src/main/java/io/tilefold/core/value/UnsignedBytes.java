package io.tilefold.core.value;

import static java.nio.ByteOrder.BIG_ENDIAN;

import org.agrona.DirectBuffer;

/** Order of strings and binaries (SEMANTICS.md §5): by unsigned bytes, the shorter first where one starts the other. */
public final class UnsignedBytes {
    private UnsignedBytes() {}

    /** Negative, zero or positive as a is before, equal to or after b. */
    public static int compare(DirectBuffer a, int aAt, int aLength, DirectBuffer b, int bAt, int bLength) {
        int common = Math.min(aLength, bLength);
        int i = 0;
        for (; i + Long.BYTES <= common; i += Long.BYTES) {
            long left = a.getLong(aAt + i, BIG_ENDIAN);
            long right = b.getLong(bAt + i, BIG_ENDIAN);
            if (left != right) {
                return Long.compareUnsigned(left, right);
            }
        }
        for (; i < common; i++) {
            int difference = (a.getByte(aAt + i) & 0xFF) - (b.getByte(bAt + i) & 0xFF);
            if (difference != 0) {
                return difference;
            }
        }
        return aLength - bLength;
    }
}
