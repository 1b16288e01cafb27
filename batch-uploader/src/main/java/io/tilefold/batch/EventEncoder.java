package io.tilefold.batch;

import io.tilefold.core.plan.GroupByPlan;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Turns selected rows into what the shuffle sorts: (shard, key bytes, time, flat row). Rows come as {@link SourceRows} makes them:
 * selected columns, then the time.
 *
 * <p>Each task ends with one row that carries its {@link Tally}: an empty key, which no event has and which sorts first.
 */
final class EventEncoder implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    static final String SHARD = "shard";
    static final String KEY = "key";
    static final String TIME = "time_ms";
    static final String EVENT = "event";
    static final StructType ENCODED = new StructType()
            .add(SHARD, DataTypes.IntegerType, false)
            .add(KEY, DataTypes.BinaryType, false)
            .add(TIME, DataTypes.LongType, false)
            .add(EVENT, DataTypes.BinaryType, false);

    private static final byte[] TALLY_KEY = {};

    private final ShippedPlan plan;
    private final long batchEndMs;
    private final int shardCount;

    EventEncoder(ShippedPlan plan, long batchEndMs, int shardCount) {
        this.plan = plan;
        this.batchEndMs = batchEndMs;
        this.shardCount = shardCount;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        GroupByPlan compiled = plan.compile();
        FlatEvents events = new FlatEvents(compiled);
        return new BaseRows(rows, compiled, batchEndMs, shardCount) {
            @Override
            protected void expand(InternalRow row) {
                int time = events.columns();
                if (row.isNullAt(time)) {
                    withoutTime(1);
                } else if (reaches(row.getLong(time), 1)) {
                    byte[] bytes = events.flat(row);
                    if (events.hasKey()) {
                        give(events.key().toBytes(), events.key().hash(), row.getLong(time), bytes);
                    } else {
                        withoutKey(1);
                    }
                }
            }
        };
    }

    static boolean isTally(byte[] key) {
        return key.length == 0;
    }

    static InternalRow row(int shard, byte[] key, long timeMs, byte[] event) {
        return new GenericInternalRow(new Object[] {shard, key, timeMs, event});
    }

    static InternalRow tally(int shard, Tally tally) {
        return row(shard, TALLY_KEY, 0, tally.toBytes());
    }
}
