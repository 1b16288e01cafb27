package io.tilefold.serving;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import org.agrona.DirectBuffer;

/** Whether bytes are UTF-8. ASCII is told eight bytes at a time and without allocation. */
final class Utf8 {
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

    private Utf8() {}

    static boolean isValid(DirectBuffer buffer, int offset, int length) {
        return isAscii(buffer, offset, length) || isValidUtf8(buffer, offset, length);
    }

    private static boolean isAscii(DirectBuffer buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            if ((buffer.getLong(at, LITTLE_ENDIAN) & NOT_ASCII) != 0) {
                return false;
            }
        }
        for (; at < end; at++) {
            if (buffer.getByte(at) < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isValidUtf8(DirectBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        ByteString copy = UnsafeByteOperations.unsafeWrap(bytes);
        return copy.isValidUtf8();
    }
}
