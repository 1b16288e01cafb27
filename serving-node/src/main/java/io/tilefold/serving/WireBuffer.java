package io.tilefold.serving;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * Protobuf wire bytes under construction: fields of numbers below 16, whose tag is one byte. Grows, and is reused from request to request;
 * confined to one thread.
 */
final class WireBuffer {
    static final int VARINT = 0;
    static final int LENGTH_DELIMITED = 2;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, LITTLE_ENDIAN);
    private static final int MAX_VARINT_LENGTH = 10;

    /** What a buffer keeps for the next request; one large answer must not hold its memory for ever. */
    static final int KEPT_LENGTH = 256 << 10;

    private byte[] bytes;
    private int length;

    WireBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    /** Starts anew. */
    void reset() {
        length = 0;
        if (bytes.length > KEPT_LENGTH) {
            bytes = new byte[KEPT_LENGTH];
        }
    }

    int length() {
        return length;
    }

    /** The bytes are those from 0 to {@link #length()}, until the next change. */
    byte[] array() {
        return bytes;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    static byte tag(int field, int wireType) {
        assert field > 0 && field < 16 : field;
        return (byte) (field << 3 | wireType);
    }

    static int varintLength(int unsigned) {
        return (38 - Integer.numberOfLeadingZeros(unsigned | 1)) / 7;
    }

    static int varintLength(long unsigned) {
        return (70 - Long.numberOfLeadingZeros(unsigned | 1)) / 7;
    }

    /** Bytes of a length-delimited field, its tag included. */
    static int fieldLength(int contentLength) {
        return contentLength < 128 ? contentLength + 2 : 1 + varintLength(contentLength) + contentLength;
    }

    void putByte(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
    }

    void putVarint(long value) {
        ensure(MAX_VARINT_LENGTH);
        length = putVarint(bytes, length, value);
    }

    /** Writes into an array that has the room; returns where what follows goes. */
    static int putVarint(byte[] bytes, int offset, long value) {
        long rest = value;
        int at = offset;
        while ((rest & ~0x7FL) != 0) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at] = (byte) rest;
        return at + 1;
    }

    /** A sint64 or sint32. */
    void putZigzag(long value) {
        putVarint(zigzag(value));
    }

    static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    static int putFixed64(byte[] bytes, int at, long value) {
        LONGS.set(bytes, at, value);
        return at + Long.BYTES;
    }

    static int putFixed32(byte[] bytes, int at, int value) {
        INTS.set(bytes, at, value);
        return at + Integer.BYTES;
    }

    static int putBytes(byte[] bytes, int at, byte[] source, int offset, int count) {
        System.arraycopy(source, offset, bytes, at, count);
        return at + count;
    }

    static int putHead(byte[] bytes, int at, int field, int contentLength) {
        bytes[at] = tag(field, LENGTH_DELIMITED);
        return putVarint(bytes, at + 1, contentLength);
    }

    /**
     * Takes room for bytes that the caller puts into the {@link #array} at once.
     *
     * @param beyond so many more may be overwritten behind them: nothing is there yet
     * @return where they begin
     */
    int claim(int count, int beyond) {
        ensure(count + beyond);
        int at = length;
        length += count;
        return at;
    }

    void putBytes(byte[] source, int offset, int count) {
        ensure(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    void putBytes(byte[] source) {
        putBytes(source, 0, source.length);
    }

    void putBytes(DirectBuffer source, int offset, int count) {
        ensure(count);
        source.getBytes(offset, bytes, length, count);
        length += count;
    }

    void putAll(WireBuffer other) {
        putBytes(other.bytes, 0, other.length);
    }

    /** Tag and length of a length-delimited field, whose content follows. */
    void putHead(int field, int contentLength) {
        putByte(tag(field, LENGTH_DELIMITED));
        putVarint(contentLength);
    }

    void putVarintField(int field, long value) {
        putByte(tag(field, VARINT));
        putVarint(value);
    }

    void putZigzagField(int field, long value) {
        putByte(tag(field, VARINT));
        putZigzag(value);
    }

    void putBytesField(int field, byte[] content) {
        putHead(field, content.length);
        putBytes(content);
    }

    /**
     * Puts tag and length before what was put since {@code from}: for messages whose length is known only once they are there. Moves them.
     *
     * @param from {@link #length()} before their first byte
     */
    void wrap(int field, int from) {
        int content = length - from;
        int head = fieldLength(content) - content;
        ensure(head);
        System.arraycopy(bytes, from, bytes, from + head, content);
        length = from;
        putHead(field, content);
        length += content;
    }

    private void ensure(int count) {
        if (count > bytes.length - length) {
            long wanted = Math.max((long) length + count, 2L * bytes.length);
            if ((long) length + count > Integer.MAX_VALUE - 8) {
                throw new AnswerTooLargeException();
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }

    /** More than 2 GiB of answer. */
    static final class AnswerTooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1;

        AnswerTooLargeException() {
            super("an answer of more than 2 GiB");
        }
    }
}
