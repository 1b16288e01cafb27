package io.tilefold.serving;

import io.tilefold.core.value.ValueSink;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Where one input column of an expression comes from. Confined to one thread. */
interface RowInput {
    /** Before the first row of a request. */
    void begin(RequestKeys keys, PartRequest request);

    /** Gives the next row's value to a sink. */
    void next(int row, ValueSink sink);

    /** The values of an output that has been read. */
    static RowInput of(Columns columns, int column) {
        return new RowInput() {
            @Override
            public void begin(RequestKeys keys, PartRequest request) {}

            @Override
            public void next(int row, ValueSink sink) {
                columns.replay(row, column, sink);
            }
        };
    }

    /** A key of the request. */
    final class OfKey implements RowInput {
        private final int key;
        private @Nullable KeyColumn column;

        OfKey(int key) {
            this.key = key;
        }

        @Override
        public void begin(RequestKeys keys, PartRequest request) {
            KeyColumn ofRequest = keys.column(key);
            ofRequest.rewind();
            column = ofRequest;
        }

        @Override
        public void next(int row, ValueSink sink) {
            Objects.requireNonNull(column, "not begun").replay(row, sink);
        }
    }

    /** The row's q, as a number. */
    final class OfTs implements RowInput {
        private @Nullable Moments moments;

        @Override
        public void begin(RequestKeys keys, PartRequest request) {
            moments = request.moments();
        }

        @Override
        public void next(int row, ValueSink sink) {
            sink.longValue(Objects.requireNonNull(moments, "not begun").of(row));
        }
    }

    /** The day of the row's q. */
    final class OfDs implements RowInput {
        private static final long DAY_MS = 86_400_000;

        private final UnsafeBuffer text = new UnsafeBuffer(new byte[0]);
        private @Nullable Moments moments;
        private long day = Long.MIN_VALUE;

        @Override
        public void begin(RequestKeys keys, PartRequest request) {
            moments = request.moments();
        }

        @Override
        public void next(int row, ValueSink sink) {
            long ofRow =
                    Math.floorDiv(Objects.requireNonNull(moments, "not begun").of(row), DAY_MS);
            if (ofRow != day) {
                day = ofRow;
                text.wrap(LocalDate.ofEpochDay(day).toString().getBytes(StandardCharsets.UTF_8));
            }
            sink.bytesValue(text, 0, text.capacity());
        }
    }
}
