package io.tilefold.batch.backfill;

import io.tilefold.batch.Expanding;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import java.util.Arrays;
import java.util.Iterator;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * One task's pass over sorted rows of a key group: every left row goes out once, with the answers of the group's parts behind it. Memory: the windows of one
 * key.
 */
final class AnswerTask implements FlatMapFunction<Iterator<InternalRow>, byte[]> {
    private static final long serialVersionUID = 1;

    private final KeyGroup group;
    private final long leastMs;

    AnswerTask(KeyGroup group, long leastMs) {
        this.group = group;
        this.leastMs = leastMs;
    }

    @Override
    public Iterator<byte[]> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Pass(rows);
    }

    private PartAnswers[] newKey() {
        return group.parts().stream().map(part -> PartAnswers.of(part, leastMs)).toArray(PartAnswers[]::new);
    }

    private final class Pass extends Expanding<InternalRow, byte[]> {
        private final OpenKeys<PartAnswers[]> keys = new OpenKeys<>(AnswerTask.this::newKey);
        private final int[] columns;
        private final byte[] noAnswers;
        private final FlatRow row = new FlatRow();
        private final UnsafeBuffer rowBytes = new UnsafeBuffer(0, 0);
        private byte[] answers = new byte[1024];

        Pass(Iterator<InternalRow> rows) {
            super(rows);
            columns = group.parts().stream()
                    .mapToInt(part -> part.plan().row().size())
                    .toArray();
            int length = 0;
            for (PartPlan part : group.parts()) {
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
        protected void expand(InternalRow next) {
            byte[] key = next.getBinary(SortedRow.KEY);
            byte[] bytes = next.getBinary(SortedRow.BYTES);
            if (key.length == 0) {
                give(joined(bytes, noAnswers, noAnswers.length));
                return;
            }
            keys.advance(SortedRow.place(next), closed -> {});
            PartAnswers[] parts = keys.at(key);
            if (keys.isNew()) {
                for (PartAnswers part : parts) {
                    part.start();
                }
            }
            take(next, bytes, parts);
        }

        private void take(InternalRow next, byte[] bytes, PartAnswers[] parts) {
            int kind = next.getInt(SortedRow.KIND);
            long timeMs = next.getLong(SortedRow.TIME);
            if (kind == SortedRow.LEFT) {
                int length = 0;
                for (PartAnswers part : parts) {
                    int count = part.answer(timeMs);
                    length = append(length, part.buffer(), count);
                }
                give(joined(bytes, answers, length));
                return;
            }
            int part = SortedRow.part(kind);
            rowBytes.wrap(bytes);
            if (SortedRow.isTile(kind)) {
                parts[part].merge(SortedRow.code(kind), (int) next.getLong(SortedRow.TS), rowBytes);
            } else {
                row.wrap(rowBytes, 0, bytes.length, columns[part]);
                parts[part].apply(row, kind, timeMs, next.getLong(SortedRow.TS));
            }
        }

        private byte[] joined(byte[] left, byte[] more, int length) {
            byte[] joined = Arrays.copyOf(left, left.length + length);
            System.arraycopy(more, 0, joined, left.length, length);
            return joined;
        }
    }
}
