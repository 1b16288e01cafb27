package io.tilefold.batch;

import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.TileTable;
import io.tilefold.core.value.FlatRow;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Turns selected rows into what the shuffle sorts: (shard, key bytes, time, flat row), or tiles of rows of one key and hop in their place where that makes them
 * fewer ({@link RowFold}). Rows come as {@link SourceRows} makes them: selected columns, then the time.
 *
 * <p>Of entities a row without time counts in all of history and in no other window, and so does one of a time not before the batch end unless later moments are asked
 * for (TEMPORAL) that some window with a length covers: its time here is {@link #HISTORY_ONLY}, behind all others of its key, and its own stands behind its bytes.
 *
 * <p>Each task gives one row that carries its {@link Tally}: an empty key, which no event has and which sorts first.
 */
final class EventEncoder implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    /** The shard of an event; of a tile the shard and the number of shards: {@code repartitionById} takes the remainder. */
    static final String PLACE = "place";

    static final String KEY = "key";
    static final String TIME = "time_ms";
    static final String EVENT = "event";
    static final StructType ENCODED = new StructType()
            .add(PLACE, DataTypes.IntegerType, false)
            // Bytes, and called text: Spark compares text where it lies, in the same order, and copies bytes out of
            // both rows.
            .add(KEY, DataTypes.StringType, false)
            .add(TIME, DataTypes.LongType, false)
            .add(EVENT, DataTypes.BinaryType, false);

    /** Stands for the time of a row that counts in all of history alone. */
    static final long HISTORY_ONLY = Long.MIN_VALUE;

    private final ShippedPlan plan;
    private final boolean ofEntities;
    private final long batchEndMs;
    private final int shardCount;
    private final boolean folds;

    /** @param folds false: every row goes as it is */
    EventEncoder(ShippedPlan plan, boolean ofEntities, long batchEndMs, int shardCount, boolean folds) {
        this.plan = plan;
        this.ofEntities = ofEntities;
        this.batchEndMs = batchEndMs;
        this.shardCount = shardCount;
        this.folds = folds;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Encoded(rows, plan.compile());
    }

    private final class Encoded extends BaseRows {
        private final FlatEvents events;
        private final boolean hasHistory;
        private final boolean takesAhead;
        private final @Nullable RowFold fold;

        Encoded(Iterator<InternalRow> rows, GroupByPlan plan) {
            super(rows, plan, batchEndMs, shardCount);
            this.events = new FlatEvents(plan);
            this.hasHistory = plan.hasUnbounded();
            this.takesAhead = plan.isMutable() && !plan.windows().get(0).isUnbounded();
            this.fold = !ofEntities && folds && RowFold.isFor(plan)
                    ? new RowFold(plan, batchEndMs, RowFold.TABLE_BYTES)
                    : null;
        }

        @Override
        protected void expand(InternalRow row) {
            int time = events.columns();
            boolean hasTime = !row.isNullAt(time);
            long timeMs = hasTime ? row.getLong(time) : 0;
            boolean isAhead = hasTime && timeMs >= batchEndMs;
            if (isAhead && takesAhead) {
                read(1);
                encode(row, timeMs, 0);
            } else if (ofEntities && hasHistory && (isAhead || !hasTime)) {
                read(1);
                encode(row, HISTORY_ONLY, timeMs);
            } else if (!hasTime) {
                withoutTime(1);
            } else if (reaches(timeMs, 1)) {
                encode(row, timeMs, 0);
            }
        }

        private void encode(InternalRow row, long timeMs, long ownTimeMs) {
            FlatRow event = events.read(row);
            if (!events.hasKey()) {
                withoutKey(1);
            } else if (fold != null && fold.isOn()) {
                fold.add(events.key(), event, timeMs);
            } else {
                byte[] bytes = FlatEvents.bytes(event);
                giveEvent(
                        events.key().toBytes(),
                        events.key().hash(),
                        timeMs,
                        timeMs == HISTORY_ONLY ? withOwnTime(bytes, ownTimeMs) : bytes);
            }
        }

        @Override
        protected void giveKept() {
            if (fold != null && fold.next()) {
                TileTable tiles = fold.table();
                giveTile(tiles.key(), tiles.keyHash(), tiles.startMs(), tiles.tile());
            }
        }

        @Override
        protected void end() {
            if (fold != null) {
                fold.end();
            }
            super.end();
        }
    }

    private static byte[] withOwnTime(byte[] event, long timeMs) {
        return ByteBuffer.allocate(event.length + Long.BYTES)
                .put(event)
                .putLong(timeMs)
                .array();
    }

    /** Length of a row's event without what may stand behind it. */
    static int eventLength(long timeMs, byte[] event) {
        return timeMs == HISTORY_ONLY ? event.length - Long.BYTES : event.length;
    }

    /** A row's own time, whatever its windows. */
    static long ownTimeMs(long timeMs, byte[] event) {
        return timeMs == HISTORY_ONLY ? ByteBuffer.wrap(event).getLong(event.length - Long.BYTES) : timeMs;
    }

    static boolean isTally(UTF8String key) {
        return key.numBytes() == 0;
    }

    /** True of a row that is a tile of events, at its hop's start; else it is an event. */
    static boolean isTile(int place, int shardCount) {
        return place >= shardCount;
    }

    static InternalRow row(int place, byte[] key, long timeMs, byte[] event) {
        return new GenericInternalRow(new Object[] {place, UTF8String.fromBytes(key), timeMs, event});
    }

    static InternalRow tally(int shard, Tally tally) {
        return new GenericInternalRow(new Object[] {shard, UTF8String.EMPTY_UTF8, 0L, tally.toBytes()});
    }
}
