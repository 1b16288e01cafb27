package io.tilefold.serving;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads protobuf wire bytes field by field, without an object per field. Every length is checked before it is used. Not thread safe.
 */
final class WireReader {
    private final byte[] bytes;
    private final UnsafeBuffer buffer;
    private int at;
    private int limit;

    /** The bytes are no protobuf message, or none of the expected type. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        private final String field;

        MalformedException(String what) {
            this("", what);
        }

        /** @param field of the message that is wrong; empty: it cannot be told */
        MalformedException(String field, String what) {
            super(what, null, false, false); // told to the caller; nobody reads where it was thrown
            this.field = field;
        }

        String field() {
            return field;
        }
    }

    WireReader(byte[] bytes, int offset, int length) {
        this(bytes, new UnsafeBuffer(bytes), offset, length);
    }

    private WireReader(byte[] bytes, UnsafeBuffer buffer, int offset, int length) {
        this.bytes = bytes;
        this.buffer = buffer;
        this.at = offset;
        this.limit = offset + length;
    }

    /** A reader of its own of a part of the same bytes. */
    WireReader slice(int offset, int length) {
        return new WireReader(bytes, buffer, offset, length);
    }

    boolean hasNext() {
        return at < limit;
    }

    int position() {
        return at;
    }

    void position(int offset) {
        at = offset;
    }

    /** Narrows to the content of a field; returns the limit to restore when it has been read. */
    int narrow(int length) {
        int outer = limit;
        limit = at + length;
        return outer;
    }

    void restore(int outer) {
        limit = outer;
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    int tag() throws MalformedException {
        long tag = varint();
        if (tag <= 7 || tag > 0xFFFF_FFFFL) {
            throw new MalformedException("a field tag of " + tag);
        }
        return (int) tag;
    }

    long varint() throws MalformedException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == limit) {
                throw new MalformedException("it ends within a number");
            }
            byte next = bytes[at++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedException("a number of more than ten bytes");
    }

    long zigzag() throws MalformedException {
        long raw = varint();
        return raw >>> 1 ^ -(raw & 1);
    }

    /** Length of a length-delimited field's content, which lies inside the limit. */
    int length() throws MalformedException {
        long length = varint();
        if (length < 0 || length > limit - at) {
            throw new MalformedException("a field of " + length + " bytes where " + (limit - at) + " are left");
        }
        return (int) length;
    }

    /** @param field for the refusal */
    String string(String field) throws MalformedException {
        int length = length();
        if (!Utf8.isValid(buffer, at, length)) {
            throw new MalformedException(field, "a string that is not UTF-8");
        }
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }

    void skip(int count) {
        at += count;
    }

    /** Skips the field behind a tag. */
    void skipField(int tag) throws MalformedException {
        switch (tag & 7) {
            case 0 -> varint();
            case 1 -> skipChecked(Long.BYTES);
            case 2 -> skip(length());
            case 5 -> skipChecked(Integer.BYTES);
            default -> throw new MalformedException("a field of wire type " + (tag & 7));
        }
    }

    private void skipChecked(int count) throws MalformedException {
        if (count > limit - at) {
            throw new MalformedException("it ends within a field");
        }
        at += count;
    }
}
