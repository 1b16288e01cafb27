package io.tilefold.batch;

import io.tilefold.core.algebra.CorruptStateException;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** Turns kept tiles into what the shuffle sorts, as {@link EventEncoder} does rows: the tiles that the batch end's windows reach, then a tally of the rows that they are of. */
final class TileEncoder implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    private final ShippedPlan plan;
    private final long batchEndMs;
    private final int shardCount;

    TileEncoder(ShippedPlan plan, long batchEndMs, int shardCount) {
        this.plan = plan;
        this.batchEndMs = batchEndMs;
        this.shardCount = shardCount;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Encoded(rows, plan.compile(), TaskContext.getPartitionId());
    }

    private final class Encoded implements Iterator<InternalRow> {
        private final Iterator<InternalRow> rows;
        private final int partition;
        private final TileLayout layout;
        private final long reachMs;
        private final UnsafeBuffer keyBytes = new UnsafeBuffer(0, 0);
        private final UnsafeBuffer tileBytes = new UnsafeBuffer(0, 0);
        private final Tally tally = new Tally();
        private @Nullable InternalRow next;
        private boolean ended;

        Encoded(Iterator<InternalRow> rows, GroupByPlan plan, int partition) {
            this.rows = rows;
            this.partition = partition;
            this.layout = plan.tiles();
            this.reachMs = plan.tail(batchEndMs);
        }

        @Override
        public boolean hasNext() {
            while (next == null && rows.hasNext()) {
                next = encode(rows.next());
            }
            if (next == null && !ended) {
                ended = true;
                next = EventEncoder.tally(partition % shardCount, tally);
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

        /** Null if no window reaches the tile. */
        private @Nullable InternalRow encode(InternalRow row) {
            byte[] key = row.getBinary(0);
            long startMs = row.getLong(1);
            long count = row.getLong(2);
            tally.read += count;
            if (startMs == DayRowEncoder.NO_TIME) {
                tally.nullTime += count;
                return null;
            }
            if (startMs >= batchEndMs) {
                tally.afterEnd += count;
                return null;
            }
            if (startMs < reachMs) {
                tally.beforeReach += count;
                return null;
            }
            if (key.length == 0) {
                tally.nullKey += count;
                return null;
            }
            byte[] tile = row.getBinary(3);
            check(tile);
            keyBytes.wrap(key);
            int shard = KeyHash.shard(KeyHash.hash(keyBytes, 0, key.length), shardCount);
            return EventEncoder.row(shard, key, startMs, tile);
        }

        private void check(byte[] tile) {
            tileBytes.wrap(tile);
            try {
                int length = layout.verify(tileBytes, 0, tile.length);
                if (length != tile.length) {
                    throw new CorruptStateException(0, "length " + length + " of " + tile.length + " bytes");
                }
            } catch (CorruptStateException e) {
                throw new JobException("a kept tile is damaged: " + e.getMessage() + ". Run again", e);
            }
        }
    }
}
