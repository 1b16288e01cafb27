package io.tilefold.batch;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.PartitionTiles;
import io.tilefold.core.value.FlatRow;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Folds the rows of day partitions, sorted by partition, key and newest first, to tiles: {@link PartitionTiles}. Memory: a key's tile. Rows of no key give empty
 * tiles with an empty key, rows without a time one at {@link DayRowEncoder#NO_TIME}: they are counted.
 */
final class DayTileTask implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    static final String SLOT = "slot";
    static final String GRAIN = "grain";
    static final String START = "start_ms";
    static final String ROWS = "rows";
    static final String TILE = "tile";

    /** What a file of tiles has. */
    static final StructType KEPT = new StructType()
            .add(EventEncoder.KEY, DataTypes.BinaryType, false)
            .add(START, DataTypes.LongType, false)
            .add(ROWS, DataTypes.LongType, false)
            .add(TILE, DataTypes.BinaryType, false);

    static final StructType WRITTEN =
            KEPT.add(SLOT, DataTypes.IntegerType, false).add(GRAIN, DataTypes.StringType, false);

    private final ShippedPlan plan;
    private final long batchEndMs;

    DayTileTask(ShippedPlan plan, long batchEndMs) {
        this.plan = plan;
        this.batchEndMs = batchEndMs;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Folded(rows, plan.compile());
    }

    private final class Folded extends Expanding<InternalRow, InternalRow> {
        private final int columns;
        private final PartitionTiles tiles;
        private final FlatRow event = new FlatRow();
        private final UnsafeBuffer eventBytes = new UnsafeBuffer(0, 0);
        private final ExpandableArrayBuffer compact = new ExpandableArrayBuffer(256);
        private byte[] key = {};
        private int slot = -1;

        Folded(Iterator<InternalRow> rows, GroupByPlan plan) {
            super(rows);
            this.columns = plan.row().size();
            this.tiles = new PartitionTiles(plan, new PartitionTiles.Grid(plan, batchEndMs), this::put);
        }

        @Override
        protected void end() {
            if (slot >= 0) {
                tiles.finish();
            }
        }

        @Override
        protected void expand(InternalRow row) {
            int rowSlot = DayRowEncoder.slot(row.getLong(1));
            byte[] rowKey = row.getBinary(2);
            long timeMs = row.getLong(3);
            byte[] rowEvent = row.getBinary(4);
            if (rowSlot != slot || !Arrays.equals(rowKey, key)) {
                if (slot >= 0) {
                    tiles.finish();
                }
                tiles.start();
                slot = rowSlot;
                key = rowKey;
            }
            if (key.length > 0) {
                eventBytes.wrap(rowEvent);
                tiles.add(event.wrap(eventBytes, 0, rowEvent.length, columns), timeMs);
            } else if (rowEvent.length == 0) {
                tiles.count(timeMs);
            } else {
                long count = ByteBuffer.wrap(rowEvent).getLong();
                give(tile(PartitionTiles.Grain.BOTH, DayRowEncoder.NO_TIME, count, new byte[0]));
            }
        }

        private void put(PartitionTiles.Grain grain, long startMs, long count, TileBuffer tile) {
            byte[] bytes = new byte[key.length == 0 ? 0 : tile.writeTo(compact, 0)];
            compact.getBytes(0, bytes);
            give(tile(grain, startMs, count, bytes));
        }

        private InternalRow tile(PartitionTiles.Grain grain, long startMs, long count, byte[] bytes) {
            return new GenericInternalRow(
                    new Object[] {key, startMs, count, bytes, slot, UTF8String.fromString(grain.name())});
        }
    }
}
