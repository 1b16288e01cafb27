package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.Expanding;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.util.Iterator;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * One task's pass over sorted rows of a GroupBy: for each key and each midnight asked for its values, if there are any; of entities those of the days whose
 * snapshot has the key. What goes out is a row of {@link LeftLayout} whose columns are the keys, and the answer behind it.
 */
final class SnapshotTask implements FlatMapFunction<Iterator<InternalRow>, byte[]> {
    private static final long serialVersionUID = 1;

    private final PartPlan part;
    private final LeftLayout layout;
    private final long[] midnightsMs;

    /** @param midnightsMs ascending */
    SnapshotTask(PartPlan part, LeftLayout layout, long[] midnightsMs) {
        this.part = part;
        this.layout = layout;
        this.midnightsMs = midnightsMs;
    }

    @Override
    public Iterator<byte[]> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Pass(rows);
    }

    private final class Pass extends Expanding<InternalRow, byte[]> {
        private final OpenKeys<KeyAnswers> keys = new OpenKeys<>(KeyAnswers::new);
        private final boolean isOfEntities = part.isOfEntities();
        private final int[] keyColumns = part.plan().keyColumns();
        private final int columns = part.plan().row().size();
        private final FlatRow row = new FlatRow();
        private final FlatRow answer = new FlatRow();
        private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
        private final FlatRowWriter writer = new FlatRowWriter(layout.size());

        Pass(Iterator<InternalRow> rows) {
            super(rows);
        }

        @Override
        protected void expand(InternalRow element) {
            byte[] bytes = element.getBinary(SortedRow.BYTES);
            keys.advance(SortedRow.place(element), KeyAnswers::finish);
            KeyAnswers key = keys.at(element.getBinary(SortedRow.KEY));
            if (keys.isNew()) {
                key.start(bytes);
            }
            key.take(element, bytes);
        }

        @Override
        protected void end() {
            keys.finish(KeyAnswers::finish);
        }

        /** One key's values so far. */
        private final class KeyAnswers {
            private final PartAnswers answers = PartAnswers.of(part, midnightsMs[0]);
            private byte[] keyRow = {};
            private int next;
            private long newestMs;

            void start(byte[] firstRow) {
                keyRow = firstRow;
                next = 0;
                newestMs = Long.MIN_VALUE;
                answers.start();
            }

            void take(InternalRow element, byte[] bytes) {
                long fromMs = element.getLong(SortedRow.TIME);
                answerUpTo(fromMs);
                newestMs = fromMs;
                rowBytes.wrap(bytes);
                row.wrap(rowBytes, 0, bytes.length, columns);
                answers.apply(row, element.getInt(SortedRow.KIND), fromMs, element.getLong(SortedRow.TS));
            }

            void finish() {
                answerUpTo(Long.MAX_VALUE);
            }

            /** Answers the midnights that a row counting from then on does not change. */
            private void answerUpTo(long fromMs) {
                for (; next < midnightsMs.length && midnightsMs[next] <= fromMs; next++) {
                    long midnightMs = midnightsMs[next];
                    boolean isOfDay = newestMs == midnightMs - 1;
                    if (!isOfEntities || isOfDay) {
                        answer(midnightMs);
                    }
                }
            }

            private void answer(long midnightMs) {
                int length = answers.answer(midnightMs);
                answer.wrap(answers.buffer(), 0, length, part.answer().size());
                if (isOfEntities || !isNull()) {
                    give(joined(keyRow, midnightMs, answers.buffer(), length));
                }
            }
        }

        private boolean isNull() {
            for (int i = 0; i < answer.columns(); i++) {
                if (!answer.isNull(i)) {
                    return false;
                }
            }
            return true;
        }

        private byte[] joined(byte[] keyRow, long midnightMs, DirectBuffer answered, int answerLength) {
            rowBytes.wrap(keyRow);
            row.wrap(rowBytes, 0, keyRow.length, columns);
            writer.reset();
            for (int i = 0; i < keyColumns.length; i++) {
                ValueType type = layout.type(i);
                if (type.isBytes()) {
                    writer.putBytes(i, row.buffer(), row.bytesOffset(keyColumns[i]), row.bytesLength(keyColumns[i]));
                } else {
                    writer.putLong(i, row.getLong(keyColumns[i]));
                }
            }
            writer.putLong(layout.day(), Math.floorDiv(midnightMs, Days.DAY_MS) - 1);
            writer.putLong(layout.moment(), midnightMs);
            int length = writer.finish();
            byte[] joined = new byte[length + answerLength];
            writer.buffer().getBytes(0, joined, 0, length);
            answered.getBytes(0, joined, length, answerLength);
            return joined;
        }
    }
}
