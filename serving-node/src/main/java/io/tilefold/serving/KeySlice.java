package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.serving.WireReader.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One key column of a request: where its name, its null mask and its values lie in the request's bytes. Written once while the request is read.
 */
final class KeySlice {
    /** The values message's one field, packed. */
    private static final int PACKED_VALUES = 1 << 3 | 2;

    private final byte[] bytes;
    private final WireReader request;
    private int wholeOffset;
    private int wholeLength;
    private int nameOffset;
    private int nameLength;
    private int nullsOffset;
    private int nullsLength;
    private int kind;
    private int valuesOffset;
    private int valuesLength;
    private int count;

    /** @param request reads these bytes; its position is its own */
    KeySlice(byte[] bytes, WireReader request) {
        this.bytes = bytes;
        this.request = request;
    }

    /** Where the whole column is. */
    void whole(int offset, int length) {
        wholeOffset = offset;
        wholeLength = length;
    }

    /** The column by the generated class, which nested values are read through. */
    Column parsed() throws InvalidProtocolBufferException {
        return Column.parser().parseFrom(bytes, wholeOffset, wholeLength);
    }

    void name(int offset, int length) {
        nameOffset = offset;
        nameLength = length;
    }

    void nulls(int offset, int length) {
        nullsOffset = offset;
        nullsLength = length;
    }

    /**
     * Takes the values message.
     *
     * @param field of {@link Column}
     * @return false if it is not in canonical form
     */
    boolean values(int field, WireReader message) throws MalformedException {
        if (kind != 0) {
            return false;
        }
        kind = field;
        if (field == Column.STRING_VALUES_FIELD_NUMBER || field == Column.BINARY_VALUES_FIELD_NUMBER) {
            return sequences(message);
        }
        return field > Column.BINARY_VALUES_FIELD_NUMBER || packed(message);
    }

    /** One field per value, and no others. */
    private boolean sequences(WireReader message) throws MalformedException {
        valuesOffset = message.position();
        while (message.hasNext()) {
            if (message.tag() != PACKED_VALUES) {
                return false;
            }
            message.skip(message.length());
            count++;
        }
        valuesLength = message.position() - valuesOffset;
        return true;
    }

    private boolean packed(WireReader message) throws MalformedException {
        valuesOffset = message.position();
        if (!message.hasNext()) {
            return true;
        }
        if (message.tag() != PACKED_VALUES) {
            return false;
        }
        valuesLength = message.length();
        valuesOffset = message.position();
        message.skip(valuesLength);
        count = countPacked();
        return !message.hasNext();
    }

    private int countPacked() throws MalformedException {
        if (kind == Column.FLOAT_VALUES_FIELD_NUMBER) {
            return fixed(Float.BYTES);
        }
        if (kind == Column.DOUBLE_VALUES_FIELD_NUMBER) {
            return fixed(Double.BYTES);
        }
        WireReader varints = request.slice(valuesOffset, valuesLength);
        int values = 0;
        while (varints.hasNext()) {
            varints.varint();
            values++;
        }
        return values;
    }

    private int fixed(int width) throws MalformedException {
        if (valuesLength % width != 0) {
            throw new MalformedException(valuesLength + " bytes of values of " + width + " bytes each");
        }
        return valuesLength / width;
    }

    boolean isNamed(byte[] utf8) {
        return Arrays.equals(bytes, nameOffset, nameOffset + nameLength, utf8, 0, utf8.length);
    }

    /** For messages. */
    String name() {
        return new String(bytes, nameOffset, nameLength, StandardCharsets.UTF_8);
    }

    boolean isNull(int row) {
        int at = row >>> 3;
        return at < nullsLength && (bytes[nullsOffset + at] >>> (row & 7) & 1) != 0;
    }

    /** Number of the field of {@link Column} that holds the values; 0: none does. */
    int kind() {
        return kind;
    }

    /** Values given, those of null rows included. */
    int count() {
        return count;
    }

    /** Reads the values: for strings and binaries one field each, else packed. Checked: it does not end early. */
    WireReader values() {
        return request.slice(valuesOffset, valuesLength);
    }
}
