package io.tilefold.core.value;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.testsupport.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An answer written as a flat row equals the row written column by column. */
class RowSinkTest {
    private static final int COLUMNS = 5;

    @Test
    void valuesBecomeColumnsInTheirOrder() {
        RowSink sink = new RowSink(COLUMNS);
        FlatRowWriter writer = new FlatRowWriter(COLUMNS);
        Seeds.forEach(200, random -> {
            RandomValues values = new RandomValues(random);
            sink.reset();
            writer.reset();
            for (int i = 0; i < COLUMNS; i++) {
                ValueType type = values.type(3);
                @Nullable Object value = values.nullable(type);
                ObjectRows.put(writer, i, type, value);
                give(type, value, sink);
            }
            assertThat(bytes(sink.buffer(), sink.finish())).isEqualTo(bytes(writer.buffer(), writer.finish()));
        });
    }

    /** As an accumulator gives it that keeps values whole: from the value's own bytes. */
    private static void give(ValueType type, @Nullable Object value, RowSink sink) {
        FlatRowWriter one = new FlatRowWriter(1);
        ObjectRows.put(one, 0, type, value);
        FlatRow row = new FlatRow().wrap(new UnsafeBuffer(bytes(one.buffer(), one.finish())), 0, one.finish(), 1);
        if (row.isNull(0)) {
            sink.nullValue();
        } else if (type == ValueType.Scalar.BOOLEAN) {
            sink.booleanValue(row.getLong(0) != 0);
        } else if (type.isInteger()) {
            sink.longValue(row.getLong(0));
        } else if (type.isFloating()) {
            sink.doubleValue(row.getDouble(0));
        } else {
            NestedValues.emit(type, row.buffer(), row.bytesOffset(0), row.bytesLength(0), sink);
        }
    }

    private static byte[] bytes(org.agrona.DirectBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return bytes;
    }
}
