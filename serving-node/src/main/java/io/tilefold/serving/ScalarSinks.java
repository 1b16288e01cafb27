package io.tilefold.serving;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/** Sinks of the scalar types. */
final class ScalarSinks {
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

    private static final class Booleans extends ColumnSink {
        private BooleanValues.Builder values = BooleanValues.newBuilder();

        Booleans(String name) {
            super(name);
        }

        @Override
        public void booleanValue(boolean value) {
            countRow();
            values.addValues(value);
        }

        @Override
        void putPlaceholder() {
            values.addValues(false);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setBooleanValues(values);
        }

        @Override
        void clear() {
            values = BooleanValues.newBuilder();
        }
    }

    private static final class Longs extends ColumnSink {
        private LongValues.Builder values = LongValues.newBuilder();

        Longs(String name) {
            super(name);
        }

        @Override
        public void longValue(long value) {
            countRow();
            values.addValues(value);
        }

        @Override
        void putPlaceholder() {
            values.addValues(0);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setLongValues(values);
        }

        @Override
        void clear() {
            values = LongValues.newBuilder();
        }
    }

    private static final class Floats extends ColumnSink {
        private FloatValues.Builder values = FloatValues.newBuilder();

        Floats(String name) {
            super(name);
        }

        @Override
        public void doubleValue(double value) {
            countRow();
            values.addValues((float) value);
        }

        @Override
        void putPlaceholder() {
            values.addValues(0);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setFloatValues(values);
        }

        @Override
        void clear() {
            values = FloatValues.newBuilder();
        }
    }

    private static final class Doubles extends ColumnSink {
        private DoubleValues.Builder values = DoubleValues.newBuilder();

        Doubles(String name) {
            super(name);
        }

        @Override
        public void doubleValue(double value) {
            countRow();
            values.addValues(value);
        }

        @Override
        void putPlaceholder() {
            values.addValues(0);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setDoubleValues(values);
        }

        @Override
        void clear() {
            values = DoubleValues.newBuilder();
        }
    }

    private static final class Strings extends ColumnSink {
        private StringValues.Builder values = StringValues.newBuilder();

        Strings(String name) {
            super(name);
        }

        @Override
        public void bytesValue(DirectBuffer buffer, int offset, int length) {
            countRow();
            ByteString bytes = copy(buffer, offset, length);
            if (bytes.isValidUtf8()) {
                values.addValuesBytes(bytes);
            } else { // Spark strings may hold any bytes, protobuf's may not: what is no UTF-8 becomes U+FFFD
                values.addValues(bytes.toString(StandardCharsets.UTF_8));
            }
        }

        @Override
        void putPlaceholder() {
            values.addValuesBytes(ByteString.EMPTY);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setStringValues(values);
        }

        @Override
        void clear() {
            values = StringValues.newBuilder();
        }
    }

    private static final class Binaries extends ColumnSink {
        private BinaryValues.Builder values = BinaryValues.newBuilder();

        Binaries(String name) {
            super(name);
        }

        @Override
        public void bytesValue(DirectBuffer buffer, int offset, int length) {
            countRow();
            values.addValues(copy(buffer, offset, length));
        }

        @Override
        void putPlaceholder() {
            values.addValues(ByteString.EMPTY);
        }

        @Override
        void putValues(Column.Builder column) {
            column.setBinaryValues(values);
        }

        @Override
        void clear() {
            values = BinaryValues.newBuilder();
        }
    }

    private static ByteString copy(DirectBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return UnsafeByteOperations.unsafeWrap(bytes); // nobody else has the array
    }
}
