package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.util.Arrays;
import java.util.Iterator;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * One task's pass over sorted rows of a GroupBy: for each key and each midnight asked for its values, if there are any; of entities those of the days whose
 * snapshot has the key. What goes out is a row of {@link LeftLayout} whose columns are the keys, and the answer behind it.
 */
final class SnapshotTask implements MapPartitionsFunction<Row, byte[]> {
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
    public Iterator<byte[]> call(Iterator<Row> rows) {
        JvmFlags.check();
        return new Pass(rows);
    }

    private final class Pass extends Expanding<Row, byte[]> {
        private final PartAnswers answers = PartAnswers.of(part, midnightsMs[0]);
        private final boolean isOfEntities = part.isOfEntities();
        private final int[] keyColumns = part.plan().keyColumns();
        private final int columns = part.plan().row().size();
        private final FlatRow row = new FlatRow();
        private final FlatRow answer = new FlatRow();
        private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
        private final FlatRowWriter writer = new FlatRowWriter(layout.size());
        private byte @Nullable [] key;
        private byte[] keyRow = {};
        private int next;
        private long newestMs;

        Pass(Iterator<Row> rows) {
            super(rows);
        }

        @Override
        void expand(Row element) {
            byte[] elementKey = element.getAs(SortedRow.KEY);
            byte[] bytes = element.getAs(SortedRow.BYTES);
            if (!Arrays.equals(elementKey, key)) {
                end();
                key = elementKey;
                keyRow = bytes;
                next = 0;
                newestMs = Long.MIN_VALUE;
                answers.start();
            }
            long fromMs = element.getLong(SortedRow.TIME);
            answerUpTo(fromMs);
            newestMs = fromMs;
            rowBytes.wrap(bytes);
            row.wrap(rowBytes, 0, bytes.length, columns);
            answers.apply(row, element.getInt(SortedRow.KIND), fromMs, element.getLong(SortedRow.TS));
        }

        @Override
        void end() {
            if (key != null) {
                answerUpTo(Long.MAX_VALUE);
            }
        }

        /** Answers the midnights that a row counting from then on does not change. */
        private void answerUpTo(long fromMs) {
            for (; next < midnightsMs.length && midnightsMs[next] <= fromMs; next++) {
                long midnightMs = midnightsMs[next];
                boolean isOfDay = newestMs == midnightMs - 1;
                if (!isOfEntities || isOfDay) {
                    answer(midnightMs, isOfEntities);
                }
            }
        }

        private void answer(long midnightMs, boolean evenIfNull) {
            int length = answers.answer(midnightMs);
            answer.wrap(answers.buffer(), 0, length, part.answer().size());
            if (evenIfNull || !isNull()) {
                give(joined(midnightMs, length));
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

        private byte[] joined(long midnightMs, int answerLength) {
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
            answers.buffer().getBytes(0, joined, length, answerLength);
            return joined;
        }
    }
}
