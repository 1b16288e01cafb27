package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.Expanding;
import io.tilefold.batch.FlatEvents;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.KeyTiles.Scope;
import io.tilefold.core.time.Hop;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Events of one source as rows of the pass, less those that no moment asked for can need. An event counts from its time on, but not before the day of its
 * partition: a moment reads the partitions up to its own day, whatever else the run computes. For a SNAPSHOT it counts from the next midnight on.
 */
final class EventRows implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    private final PartPlan part;
    private final int position;
    private final boolean isCumulative;
    private final long leastMs;
    private final long mostMs;
    private final KeyFilter keys;
    private final HeavyKeys heavy;

    /**
     * @param position of the part in its group
     * @param leastMs first moment asked for
     * @param mostMs last moment asked for
     */
    EventRows(
            PartPlan part,
            int position,
            boolean isCumulative,
            long leastMs,
            long mostMs,
            KeyFilter keys,
            HeavyKeys heavy) {
        this.part = part;
        this.position = position;
        this.isCumulative = isCumulative;
        this.leastMs = leastMs;
        this.mostMs = mostMs;
        this.keys = keys;
        this.heavy = heavy;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        GroupByPlan plan = part.plan();
        FlatEvents events = new FlatEvents(plan);
        SliceTiles tiles = new SliceTiles(plan, heavy);
        int kind = SortedRow.kind(position, Scope.ALL, false);
        long reachMs = plan.windows().stream()
                .mapToLong(window -> window.tail(part.q(leastMs)))
                .min()
                .orElse(Long.MIN_VALUE);
        return new Expanding<InternalRow, InternalRow>(rows) {
            @Override
            protected void expand(InternalRow row) {
                if (row.isNullAt(events.columns())) {
                    return;
                }
                long timeMs = row.getLong(events.columns());
                long fromMs = countsFrom(timeMs, row.getLong(events.columns() + 1));
                if (fromMs >= mostMs || timeMs < reachMs) {
                    return;
                }
                byte[] bytes = events.flat(row);
                if (!events.hasKey()) {
                    return;
                }
                long hash = events.key().hash();
                if (!keys.contains(hash)) {
                    return;
                }
                byte[] key = events.key().toBytes();
                give(SortedRow.of(heavy.place(hash, fromMs), key, fromMs, kind, timeMs, bytes));
                if (heavy.contains(hash)) {
                    tiles.add(key, hash, fromMs, timeMs, bytes);
                }
            }

            @Override
            protected void end() {
                tiles.forEach((place, key, fromMs, code, index, bytes) ->
                        give(SortedRow.of(place, key, fromMs, SortedRow.kindOfTile(position, code), index, bytes)));
            }
        };
    }

    private long countsFrom(long timeMs, long partitionDay) {
        long known = isCumulative ? timeMs : Math.max(timeMs, partitionDay * Days.DAY_MS);
        return part.isSnapshot() ? Hop.DAY.floor(known) + Days.DAY_MS - 1 : known;
    }
}
