package io.tilefold.batch.backfill;

import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/**
 * One task's pass over sorted rows of a key group: every left row goes out once, with the answers of the group's parts behind it. Memory: the windows of one
 * key.
 */
final class AnswerTask implements MapPartitionsFunction<Row, byte[]> {
    private static final long serialVersionUID = 1;

    private final KeyGroup group;
    private final long leastMs;

    AnswerTask(KeyGroup group, long leastMs) {
        this.group = group;
        this.leastMs = leastMs;
    }

    @Override
    public Iterator<byte[]> call(Iterator<Row> rows) {
        JvmFlags.check();
        return new Pass(rows);
    }

    private final class Pass extends Expanding<Row, byte[]> {
        private final List<PartAnswers> parts = new ArrayList<>();
        private final int[] columns;
        private final byte[] noAnswers;
        private final FlatRow row = new FlatRow();
        private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
        private byte[] answers = new byte[1024];
        private byte[] key = {};
        private long keyPlace;

        Pass(Iterator<Row> rows) {
            super(rows);
            columns = new int[group.parts().size()];
            int length = 0;
            for (PartPlan part : group.parts()) {
                columns[parts.size()] = part.plan().row().size();
                parts.add(PartAnswers.of(part, leastMs));
                FlatRowWriter nulls = new FlatRowWriter(part.answer().size());
                length = append(length, nulls.buffer(), nulls.finish());
            }
            noAnswers = Arrays.copyOf(answers, length);
        }

        private int append(int length, DirectBuffer buffer, int count) {
            if (length + count > answers.length) {
                answers = Arrays.copyOf(answers, Math.max(2 * answers.length, length + count));
            }
            buffer.getBytes(0, answers, length, count);
            return length + count;
        }

        @Override
        void expand(Row next) {
            byte[] nextKey = next.getAs(SortedRow.KEY);
            byte[] bytes = next.getAs(SortedRow.BYTES);
            int kind = next.getInt(SortedRow.KIND);
            if (nextKey.length == 0) {
                give(joined(bytes, noAnswers, noAnswers.length));
                return;
            }
            long place = next.getLong(SortedRow.HASH);
            if (place != keyPlace || !Arrays.equals(nextKey, key)) {
                key = nextKey;
                keyPlace = place;
                parts.forEach(PartAnswers::start);
            }
            long timeMs = next.getLong(SortedRow.TIME);
            if (kind == SortedRow.LEFT) {
                int length = 0;
                for (PartAnswers part : parts) {
                    int count = part.answer(timeMs);
                    length = append(length, part.buffer(), count);
                }
                give(joined(bytes, answers, length));
            } else if (SortedRow.isTile(kind)) {
                rowBytes.wrap(bytes);
                parts.get(SortedRow.part(kind)).merge(SortedRow.code(kind), (int) next.getLong(SortedRow.TS), rowBytes);
            } else {
                int part = SortedRow.part(kind);
                rowBytes.wrap(bytes);
                row.wrap(rowBytes, 0, bytes.length, columns[part]);
                parts.get(part).apply(row, kind, timeMs, next.getLong(SortedRow.TS));
            }
        }

        private byte[] joined(byte[] left, byte[] more, int length) {
            byte[] joined = Arrays.copyOf(left, left.length + length);
            System.arraycopy(more, 0, joined, left.length, length);
            return joined;
        }
    }
}
