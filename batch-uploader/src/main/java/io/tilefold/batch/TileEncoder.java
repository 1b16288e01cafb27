package io.tilefold.batch;

import io.tilefold.core.algebra.CorruptStateException;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import java.util.Iterator;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

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
        return new Encoded(rows, plan.compile());
    }

    private final class Encoded extends BaseRows {
        private final TileLayout layout;
        private final UnsafeBuffer keyBytes = new UnsafeBuffer(0, 0);
        private final UnsafeBuffer tileBytes = new UnsafeBuffer(0, 0);

        Encoded(Iterator<InternalRow> rows, GroupByPlan plan) {
            super(rows, plan, batchEndMs, shardCount);
            this.layout = plan.tiles();
        }

        @Override
        protected void expand(InternalRow row) {
            byte[] key = row.getBinary(0);
            long startMs = row.getLong(1);
            long count = row.getLong(2);
            if (startMs == DayRowEncoder.NO_TIME) {
                withoutTime(count);
            } else if (reaches(startMs, count)) {
                if (key.length == 0) {
                    withoutKey(count);
                    return;
                }
                byte[] tile = row.getBinary(3);
                check(tile);
                keyBytes.wrap(key);
                giveTile(key, KeyHash.hash(keyBytes, 0, key.length), startMs, tile);
            }
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
