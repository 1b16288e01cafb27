package io.tilefold.core.key;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Encodes a key's columns, in the GroupBy's key order, into bytes that are equal exactly if the keys are. One encoded column after the
 * other, each with its type, so {@code ("ab","c")} and {@code ("a","bc")} differ:
 *
 * <pre>
 *   boolean          01  value:byte (0, 1)
 *   byte to long     02  value:long            one form for all widths: an int key finds a long one
 *   float, double    03  value:double bits     -0.0 as 0.0, NaN canonical
 *   string           04  length:int  UTF-8
 *   binary           05  length:int  bytes
 * </pre>
 *
 * Little-endian, not padded; {@link KeyDecoder} reads it. Durable: it stands in segments, in the log and in live records. Lists, maps and structs are refused. Reused
 * without allocation, except by {@link #putString(String)}. Not thread safe.
 */
public final class KeyEncoder {
    static final byte BOOLEAN = 1;
    static final byte INTEGER = 2;
    static final byte FLOATING = 3;
    static final byte STRING = 4;
    static final byte BINARY = 5;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
    private final UnsafeBuffer bytes = new UnsafeBuffer(0, 0);
    private int length;

    /** @throws IllegalArgumentException naming the column whose type is no key type */
    public static void checkKeyTypes(Schema keys) {
        for (var field : keys.fields()) {
            if (!(field.type() instanceof ValueType.Scalar)) {
                throw new IllegalArgumentException("key column " + field.name() + " is of type " + field.type()
                        + ": a key is boolean, numeric, string or binary");
            }
        }
    }

    /** Starts the next key. */
    public KeyEncoder reset() {
        length = 0;
        return this;
    }

    public KeyEncoder putBoolean(boolean value) {
        buffer.putByte(length, BOOLEAN);
        buffer.putByte(length + 1, (byte) (value ? 1 : 0));
        length += 2;
        return this;
    }

    public KeyEncoder putLong(long value) {
        buffer.putByte(length, INTEGER);
        buffer.putLong(length + 1, value, LITTLE_ENDIAN);
        length += 1 + Long.BYTES;
        return this;
    }

    public KeyEncoder putDouble(double value) {
        buffer.putByte(length, FLOATING);
        buffer.putLong(length + 1, Double.doubleToLongBits(value + 0.0), LITTLE_ENDIAN);
        length += 1 + Long.BYTES;
        return this;
    }

    public KeyEncoder putString(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        bytes.wrap(utf8);
        return putBytes(STRING, bytes, 0, utf8.length);
    }

    public KeyEncoder putBinary(byte[] value) {
        bytes.wrap(value);
        return putBytes(BINARY, bytes, 0, value.length);
    }

    public KeyEncoder putUtf8(DirectBuffer source, int offset, int count) {
        return putBytes(STRING, source, offset, count);
    }

    public KeyEncoder putBinary(DirectBuffer source, int offset, int count) {
        return putBytes(BINARY, source, offset, count);
    }

    /**
     * Encodes the given columns of a row.
     *
     * @param types of the columns, in step with {@code columns}
     * @return false if one of them is null: the row belongs to no key
     */
    public boolean encode(FlatRow row, int[] columns, List<ValueType> types) {
        reset();
        for (int i = 0; i < columns.length; i++) {
            int column = columns[i];
            if (row.isNull(column)) {
                return false;
            }
            putColumn(row, column, types.get(i));
        }
        return true;
    }

    private void putColumn(FlatRow row, int column, ValueType type) {
        if (type.isInteger()) {
            putLong(row.getLong(column));
        } else if (type.isFloating()) {
            putDouble(row.getDouble(column));
        } else if (type == ValueType.Scalar.BOOLEAN) {
            putBoolean(row.getLong(column) != 0);
        } else {
            byte tag = type == ValueType.Scalar.STRING ? STRING : BINARY;
            putBytes(tag, row.buffer(), row.bytesOffset(column), row.bytesLength(column));
        }
    }

    private KeyEncoder putBytes(byte tag, DirectBuffer source, int offset, int count) {
        buffer.putByte(length, tag);
        buffer.putInt(length + 1, count, LITTLE_ENDIAN);
        buffer.putBytes(length + 1 + Integer.BYTES, source, offset, count);
        length += 1 + Integer.BYTES + count;
        return this;
    }

    /** The encoded key is {@code buffer()} from 0 to {@link #length()}, valid until the next {@link #reset()}. */
    public DirectBuffer buffer() {
        return buffer;
    }

    public int length() {
        return length;
    }

    public long hash() {
        return KeyHash.hash(buffer, 0, length);
    }

    public byte[] toBytes() {
        byte[] copy = new byte[length];
        buffer.getBytes(0, copy);
        return copy;
    }
}
