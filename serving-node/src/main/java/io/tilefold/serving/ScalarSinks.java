package io.tilefold.serving;

import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/** Sinks of the scalar types. Every values message has its values in field 1. */
final class ScalarSinks {
    private static final int VALUES = LongValues.VALUES_FIELD_NUMBER;

    private ScalarSinks() {}

    static ColumnSink of(String name, Scalar type) {
        return switch (type) {
            case BOOLEAN -> new Booleans(name);
            case BYTE, SHORT, INT, LONG -> new Longs(name);
            case FLOAT -> new Floats(name);
            case DOUBLE -> new Doubles(name);
            case STRING -> new Strings(name);
            case BINARY -> new Binaries(name);
        };
    }

    /** Numbers, packed: one field of all values. */
    private abstract static class Packed extends ColumnSink {
        final WireBuffer values = new WireBuffer(16);
        final WireCursor replayed = new WireCursor(values);

        Packed(String name, int valuesField) {
            super(name, valuesField);
        }

        @Override
        final int measureValues() {
            return WireBuffer.fieldLength(values.length());
        }

        @Override
        final void writeValues(WireBuffer out) {
            out.putHead(VALUES, values.length());
            out.putAll(values);
        }

        @Override
        final void clear() {
            values.reset();
        }

        @Override
        final void rewindValues() {
            replayed.rewind();
        }
    }

    private static final class Booleans extends Packed {
        Booleans(String name) {
            super(name, Column.BOOLEAN_VALUES_FIELD_NUMBER);
        }

        @Override
        public void booleanValue(boolean value) {
            countRow();
            values.putByte(value ? 1 : 0);
        }

        @Override
        void putPlaceholder() {
            values.putByte(0);
        }

        @Override
        void replayValue(ValueSink sink) {
            sink.booleanValue(replayed.nextByte() != 0);
        }

        @Override
        void skipPlaceholder() {
            replayed.skip(1);
        }
    }

    private static final class Longs extends Packed {
        Longs(String name) {
            super(name, Column.LONG_VALUES_FIELD_NUMBER);
        }

        @Override
        public void longValue(long value) {
            countRow();
            values.putZigzag(value);
        }

        @Override
        void putPlaceholder() {
            values.putByte(0);
        }

        @Override
        void replayValue(ValueSink sink) {
            sink.longValue(replayed.nextZigzag());
        }

        @Override
        void skipPlaceholder() {
            replayed.skip(1);
        }
    }

    private static final class Floats extends Packed {
        Floats(String name) {
            super(name, Column.FLOAT_VALUES_FIELD_NUMBER);
        }

        @Override
        public void doubleValue(double value) {
            countRow();
            values.putFixed32(Float.floatToRawIntBits((float) value));
        }

        @Override
        void putPlaceholder() {
            values.putFixed32(0);
        }

        @Override
        void replayValue(ValueSink sink) {
            sink.doubleValue(Float.intBitsToFloat(replayed.nextFixed32()));
        }

        @Override
        void skipPlaceholder() {
            replayed.skip(Float.BYTES);
        }
    }

    private static final class Doubles extends Packed {
        Doubles(String name) {
            super(name, Column.DOUBLE_VALUES_FIELD_NUMBER);
        }

        @Override
        public void doubleValue(double value) {
            countRow();
            values.putFixed64(Double.doubleToRawLongBits(value));
        }

        @Override
        void putPlaceholder() {
            values.putFixed64(0);
        }

        @Override
        void replayValue(ValueSink sink) {
            sink.doubleValue(Double.longBitsToDouble(replayed.nextFixed64()));
        }

        @Override
        void skipPlaceholder() {
            replayed.skip(Double.BYTES);
        }
    }

    /** Byte sequences: one field per value. */
    private abstract static class Sequences extends ColumnSink {
        final WireBuffer values = new WireBuffer(32);
        private final WireCursor replayed = new WireCursor(values);

        Sequences(String name, int valuesField) {
            super(name, valuesField);
        }

        @Override
        final void putPlaceholder() {
            values.putHead(VALUES, 0);
        }

        @Override
        final int measureValues() {
            return values.length();
        }

        @Override
        final void writeValues(WireBuffer out) {
            out.putAll(values);
        }

        @Override
        final void clear() {
            values.reset();
        }

        @Override
        final void rewindValues() {
            replayed.rewind();
        }

        @Override
        final void replayValue(ValueSink sink) {
            replayed.nextBytes(sink);
        }

        @Override
        final void skipPlaceholder() {
            replayed.skip(2);
        }
    }

    private static final class Strings extends Sequences {
        static {
            assert StringValues.VALUES_FIELD_NUMBER == VALUES;
        }

        Strings(String name) {
            super(name, Column.STRING_VALUES_FIELD_NUMBER);
        }

        @Override
        public void bytesValue(DirectBuffer buffer, int offset, int length) {
            countRow();
            if (Utf8.isValid(buffer, offset, length)) {
                values.putHead(VALUES, length);
                values.putBytes(buffer, offset, length);
            } else { // Spark strings may hold any bytes, protobuf's may not: what is no UTF-8 becomes U+FFFD
                byte[] bytes = new byte[length];
                buffer.getBytes(offset, bytes);
                values.putBytesField(
                        VALUES, new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static final class Binaries extends Sequences {
        static {
            assert BinaryValues.VALUES_FIELD_NUMBER == VALUES;
        }

        Binaries(String name) {
            super(name, Column.BINARY_VALUES_FIELD_NUMBER);
        }

        @Override
        public void bytesValue(DirectBuffer buffer, int offset, int length) {
            countRow();
            values.putHead(VALUES, length);
            values.putBytes(buffer, offset, length);
        }
    }
}
