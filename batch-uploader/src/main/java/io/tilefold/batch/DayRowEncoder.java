package io.tilefold.batch;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Turns the selected rows of one source, as {@link SourceRows} makes them, into what {@link DayTileTask} takes: rows sorted by the partition that they lie in and
 * their key. Unlike {@link EventEncoder} it leaves no row out: which ones count is a matter of the upload that reads the tiles.
 *
 * <p>A row of no key has an empty key and no event. Rows without a time are counted: a task ends with one row for each partition that has some, with an empty
 * key, {@link #NO_TIME} and their number.
 */
final class DayRowEncoder implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    static final String TASK = "task";
    static final String PLACE = "place";
    static final StructType ENCODED = new StructType()
            .add(TASK, DataTypes.IntegerType, false)
            .add(PLACE, DataTypes.LongType, false)
            .add(EventEncoder.KEY, DataTypes.BinaryType, false)
            .add(EventEncoder.TIME, DataTypes.LongType, false)
            .add(EventEncoder.EVENT, DataTypes.BinaryType, false);
    static final long NO_TIME = Long.MIN_VALUE;

    private static final byte[] NONE = {};
    private static final int HASH_BITS = 32;

    private final ShippedPlan plan;
    private final long[] days;
    private final int firstSlot;
    private final int splits;
    private final int tasks;

    /**
     * @param days since the epoch, ascending, those that are computed: the n-th has the slot {@code firstSlot + n}
     * @param splits tasks that a partition's keys are spread over
     */
    DayRowEncoder(ShippedPlan plan, long[] days, int firstSlot, int splits, int tasks) {
        this.plan = plan;
        this.days = days.clone();
        this.firstSlot = firstSlot;
        this.splits = splits;
        this.tasks = tasks;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Encoded(rows, plan.compile());
    }

    static int slot(long place) {
        return (int) (place >>> HASH_BITS);
    }

    private InternalRow row(int slot, long hash, byte[] key, long timeMs, byte[] event) {
        int task = Math.floorMod((long) slot * splits + Math.floorMod(hash, splits), tasks);
        long place = ((long) slot << HASH_BITS) | (hash >>> HASH_BITS);
        return new GenericInternalRow(new Object[] {task, place, key, timeMs, event});
    }

    private final class Encoded extends Expanding<InternalRow, InternalRow> {
        private final FlatEvents events;
        private final long[] withoutTime = new long[days.length];

        Encoded(Iterator<InternalRow> rows, GroupByPlan plan) {
            super(rows);
            this.events = new FlatEvents(plan);
        }

        @Override
        protected void expand(InternalRow row) {
            int time = events.columns();
            int day = Arrays.binarySearch(days, row.getLong(time + 1));
            if (day < 0) {
                throw new IllegalStateException("a row of day " + row.getLong(time + 1) + ", which is not computed");
            }
            if (row.isNullAt(time)) {
                withoutTime[day]++;
                return;
            }
            byte[] bytes = events.flat(row);
            if (events.hasKey()) {
                KeyEncoder key = events.key();
                give(row(firstSlot + day, key.hash(), key.toBytes(), row.getLong(time), bytes));
            } else {
                give(row(firstSlot + day, 0, NONE, row.getLong(time), NONE));
            }
        }

        @Override
        protected void end() {
            for (int i = 0; i < days.length; i++) {
                if (withoutTime[i] > 0) {
                    byte[] count = ByteBuffer.allocate(Long.BYTES)
                            .putLong(withoutTime[i])
                            .array();
                    give(row(firstSlot + i, 0, NONE, NO_TIME, count));
                }
            }
        }
    }
}
