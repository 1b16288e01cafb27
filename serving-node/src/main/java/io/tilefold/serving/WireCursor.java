package io.tilefold.serving;

import io.tilefold.core.value.ValueSink;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/** Reads back what a buffer holds, from its first byte on: what this node wrote itself, so nothing is checked. Confined to one thread. */
final class WireCursor {
    private final WireBuffer values;
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private int at;

    WireCursor(WireBuffer values) {
        this.values = values;
    }

    /** Back to the first byte; sees what was written until now. */
    void rewind() {
        bytes.wrap(values.array(), 0, values.length());
        at = 0;
    }

    void skip(int count) {
        at += count;
    }

    byte nextByte() {
        return bytes.getByte(at++);
    }

    long nextVarint() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes.getByte(at++);
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    long nextZigzag() {
        long raw = nextVarint();
        return raw >>> 1 ^ -(raw & 1);
    }

    int nextFixed32() {
        int value = bytes.getInt(at, ByteOrder.LITTLE_ENDIAN);
        at += Integer.BYTES;
        return value;
    }

    long nextFixed64() {
        long value = bytes.getLong(at, ByteOrder.LITTLE_ENDIAN);
        at += Long.BYTES;
        return value;
    }

    /** The next length-delimited field's content goes to a sink. */
    void nextBytes(ValueSink sink) {
        at++; // the tag
        int length = (int) nextVarint();
        sink.bytesValue(bytes, at, length);
        at += length;
    }
}
