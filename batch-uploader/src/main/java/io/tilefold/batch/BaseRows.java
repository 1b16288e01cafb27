package io.tilefold.batch;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * What one task gives the shuffle of an upload, of rows or of tiles of rows: those that a window of the batch end reaches. Every row is counted, the others by the reason
 * why no answer needs them; one element is the task's {@link Tally}.
 */
abstract class BaseRows extends Expanding<InternalRow, InternalRow> {
    private final long batchEndMs;
    private final long reachMs;
    private final int shardCount;
    private final int partition = TaskContext.getPartitionId();
    private final Tally tally = new Tally();

    BaseRows(Iterator<InternalRow> source, GroupByPlan plan, long batchEndMs, int shardCount) {
        super(source);
        this.batchEndMs = batchEndMs;
        this.reachMs = plan.tail(batchEndMs);
        this.shardCount = shardCount;
    }

    /** Counts rows that some window reaches whatever their time. */
    final void read(long rows) {
        tally.read += rows;
    }

    /** Counts rows that have no time. */
    final void withoutTime(long rows) {
        read(rows);
        tally.nullTime += rows;
    }

    /** Counts rows of a time. True if a window reaches them: then one of {@link #withoutKey}, {@link #giveEvent} and {@link #giveTile} follows, at once or later. */
    final boolean reaches(long timeMs, long rows) {
        tally.read += rows;
        if (timeMs >= batchEndMs) {
            tally.afterEnd += rows;
            return false;
        }
        if (timeMs < reachMs) {
            tally.beforeReach += rows;
            return false;
        }
        return true;
    }

    /** Counts reached rows that have no key. */
    final void withoutKey(long rows) {
        tally.nullKey += rows;
    }

    /** Sends an event to its key's shard. */
    final void giveEvent(byte[] key, long hash, long timeMs, byte[] event) {
        give(EventEncoder.row(KeyHash.shard(hash, shardCount), key, timeMs, event));
    }

    /** Sends a tile of events to its key's shard. */
    final void giveTile(byte[] key, long hash, long startMs, byte[] tile) {
        give(EventEncoder.row(KeyHash.shard(hash, shardCount) + shardCount, key, startMs, tile));
    }

    @Override
    protected void end() {
        give(EventEncoder.tally(partition % shardCount, tally));
    }
}
