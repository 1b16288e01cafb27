package io.tilefold.batch;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

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
        return new Encoded(rows, plan.compile(), TaskContext.getPartitionId());
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

    /** The encoded rows of one task, then its tally. */
    private final class Encoded implements Iterator<InternalRow> {
        private final Iterator<InternalRow> rows;
        private final int partition;
        private final FlatEvents events;
        private final long reachMs;
        private final Tally tally = new Tally();
        private @Nullable InternalRow next;
        private boolean ended;

        Encoded(Iterator<InternalRow> rows, GroupByPlan plan, int partition) {
            this.rows = rows;
            this.partition = partition;
            this.events = new FlatEvents(plan);
            this.reachMs = plan.tail(batchEndMs);
        }

        @Override
        public boolean hasNext() {
            while (next == null && rows.hasNext()) {
                next = encode(rows.next());
            }
            if (next == null && !ended) {
                ended = true;
                next = tally(partition % shardCount, tally);
            }
            return next != null;
        }

        @Override
        public InternalRow next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            InternalRow result = next;
            next = null;
            return result;
        }

        /** Null if the row is no event of this base. */
        private @Nullable InternalRow encode(InternalRow row) {
            tally.read++;
            int time = events.columns();
            if (row.isNullAt(time)) {
                tally.nullTime++;
                return null;
            }
            long timeMs = row.getLong(time);
            if (timeMs >= batchEndMs) {
                tally.afterEnd++;
                return null;
            }
            if (timeMs < reachMs) {
                tally.beforeReach++;
                return null;
            }
            byte[] bytes = events.flat(row);
            if (!events.hasKey()) {
                tally.nullKey++;
                return null;
            }
            KeyEncoder key = events.key();
            return row(KeyHash.shard(key.hash(), shardCount), key.toBytes(), timeMs, bytes);
        }
    }
}
