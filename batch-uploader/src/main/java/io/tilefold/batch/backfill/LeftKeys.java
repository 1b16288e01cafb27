package io.tilefold.batch.backfill;

import io.tilefold.batch.Expanding;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** Left rows on their way to a key group: with the group's key in front. */
final class LeftKeys implements FlatMapFunction<Iterator<byte[]>, InternalRow> {
    private static final long serialVersionUID = 1;
    private static final byte[] NO_KEY = {};

    private final LeftLayout layout;
    private final KeyGroup group;
    private final HeavyKeys heavy;

    LeftKeys(LeftLayout layout, KeyGroup group, HeavyKeys heavy) {
        this.layout = layout;
        this.group = group;
        this.heavy = heavy;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<byte[]> rows) {
        Reader reader = new Reader(layout, group);
        return new Expanding<byte[], InternalRow>(rows) {
            @Override
            protected void expand(byte[] bytes) {
                boolean hasKey = reader.read(bytes);
                byte[] key = hasKey ? reader.key().toBytes() : NO_KEY;
                give(SortedRow.of(
                        hasKey ? heavy.place(reader.key().hash(), reader.momentMs()) : reader.hashOfRow(bytes),
                        key,
                        reader.momentMs(),
                        SortedRow.LEFT,
                        0L,
                        bytes));
            }
        };
    }

    /** Reads one left row after the other. */
    static final class Reader {
        private final LeftLayout layout;
        private final KeyGroup group;
        private final List<ValueType> keyTypes;
        private final KeyEncoder key = new KeyEncoder();
        private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        private final FlatRow row = new FlatRow();

        Reader(LeftLayout layout, KeyGroup group) {
            this.layout = layout;
            this.group = group;
            this.keyTypes = group.keyTypes(layout);
        }

        /** False if the row has no key in this group. */
        boolean read(byte[] bytes) {
            buffer.wrap(bytes);
            row.wrap(buffer, 0, bytes.length, layout.size());
            return row.getLong(layout.noKey(group.index())) == 0 && key.encode(row, group.columns(), keyTypes);
        }

        /** A column of the group's key: a {@link Long} or, of text in proper UTF-8, a {@link String}; else null. */
        @Nullable Object value(int keyColumn) {
            int column = group.columns()[keyColumn];
            ValueType type = keyTypes.get(keyColumn);
            if (type.isInteger()) {
                return row.getLong(column);
            }
            if (type != ValueType.Scalar.STRING) {
                return null;
            }
            byte[] bytes = new byte[row.bytesLength(column)];
            row.buffer().getBytes(row.bytesOffset(column), bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) ? text : null;
        }

        int keyColumns() {
            return keyTypes.size();
        }

        KeyEncoder key() {
            return key;
        }

        long momentMs() {
            return row.getLong(layout.moment());
        }

        /** Of the row's partition, since the epoch. */
        long day() {
            return row.getLong(layout.day());
        }

        long hashOfRow(byte[] bytes) {
            return KeyHash.hash(buffer, 0, bytes.length);
        }
    }
}
