package io.tilefold.batch;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Turns selected rows into what the shuffle sorts: (shard, key bytes, time, flat row). Rows come as {@link SourceRows} makes them:
 * columns as {@link Carried} carries them, the time last.
 *
 * <p>Each task ends with one row that carries its {@link Tally}: an empty key, which no event has and which sorts first.
 */
final class EventEncoder implements MapPartitionsFunction<Row, Row> {
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
    public Iterator<Row> call(Iterator<Row> rows) {
        JvmFlags.check();
        return new Encoded(rows, plan.compile(), TaskContext.getPartitionId());
    }

    static boolean isTally(byte[] key) {
        return key.length == 0;
    }

    /** The encoded rows of one task, then its tally. */
    private final class Encoded implements Iterator<Row> {
        private final Iterator<Row> rows;
        private final int partition;
        private final List<ValueType> types;
        private final List<ValueType> keyTypes;
        private final int[] keyColumns;
        private final long reachMs;
        private final FlatRowWriter writer;
        private final FlatRow event = new FlatRow();
        private final KeyEncoder key = new KeyEncoder();
        private final Tally tally = new Tally();
        private @Nullable Row next;
        private boolean ended;

        Encoded(Iterator<Row> rows, GroupByPlan plan, int partition) {
            this.rows = rows;
            this.partition = partition;
            this.types = plan.row().fields().stream().map(field -> field.type()).toList();
            this.keyTypes = plan.keyTypes();
            this.keyColumns = plan.keyColumns();
            this.reachMs = plan.windows().stream()
                    .mapToLong(window -> window.tail(batchEndMs))
                    .min()
                    .orElse(Window.ALL.tail(batchEndMs));
            this.writer = new FlatRowWriter(types.size());
        }

        @Override
        public boolean hasNext() {
            while (next == null && rows.hasNext()) {
                next = encode(rows.next());
            }
            if (next == null && !ended) {
                ended = true;
                next = RowFactory.create(partition % shardCount, TALLY_KEY, 0L, tally.toBytes());
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            Row result = next;
            next = null;
            return result;
        }

        /** Null if the row is no event of this base. */
        private @Nullable Row encode(Row row) {
            tally.read++;
            if (row.isNullAt(types.size())) {
                tally.nullTime++;
                return null;
            }
            long timeMs = row.getLong(types.size());
            if (timeMs >= batchEndMs) {
                tally.afterEnd++;
                return null;
            }
            if (timeMs < reachMs) {
                tally.beforeReach++;
                return null;
            }
            byte[] bytes = flat(row);
            if (!key.encode(event, keyColumns, keyTypes)) {
                tally.nullKey++;
                return null;
            }
            return RowFactory.create(KeyHash.shard(key.hash(), shardCount), key.toBytes(), timeMs, bytes);
        }

        private byte[] flat(Row row) {
            writer.reset();
            for (int i = 0; i < types.size(); i++) {
                Carried.put(writer, i, types.get(i), row.get(i));
            }
            int length = writer.finish();
            event.wrap(writer.buffer(), 0, length, types.size());
            byte[] bytes = new byte[length];
            writer.buffer().getBytes(0, bytes);
            return bytes;
        }
    }
}
