package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.Expanding;
import io.tilefold.batch.FlatEvents;
import io.tilefold.batch.JvmFlags;
import io.tilefold.core.plan.KeyTiles.Scope;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Rows of an entities source as rows of the pass. The snapshot of day d − 1 and the mutations of day d count on day d alone: SEMANTICS.md §3, "The table at
 * q". A row of the snapshot counts from the day's start on, a mutation from its moment on; in windows with a length not before the row's own time,
 * which then lies before the moment asked for, as that of an event does.
 */
final class EntityRows implements FlatMapFunction<Iterator<InternalRow>, InternalRow> {
    private static final long serialVersionUID = 1;

    /** Behind the selected columns. */
    static final int TIME = 0;

    static final int DAY = 1;
    static final int MUTATION_TIME = 2;
    static final int IS_BEFORE = 3;

    private final PartPlan part;
    private final int position;
    private final boolean areMutations;
    private final KeyFilter keys;
    private final HeavyKeys heavy;

    /** @param position of the part in its group */
    EntityRows(PartPlan part, int position, boolean areMutations, KeyFilter keys, HeavyKeys heavy) {
        this.part = part;
        this.position = position;
        this.areMutations = areMutations;
        this.keys = keys;
        this.heavy = heavy;
    }

    @Override
    public Iterator<InternalRow> call(Iterator<InternalRow> rows) {
        JvmFlags.check();
        return new Rows(rows, new FlatEvents(part.plan()));
    }

    private final class Rows extends Expanding<InternalRow, InternalRow> {
        private final FlatEvents events;

        Rows(Iterator<InternalRow> rows, FlatEvents events) {
            super(rows);
            this.events = events;
        }

        @Override
        protected void expand(InternalRow row) {
            int extra = events.columns();
            long day = row.getLong(extra + DAY) + (areMutations ? 0 : 1);
            long startMs = day * Days.DAY_MS;
            long fromMs = startMs - 1;
            boolean isTakenBack = false;
            if (areMutations) {
                if (row.isNullAt(extra + MUTATION_TIME) || row.getLong(extra + MUTATION_TIME) < startMs) {
                    return;
                }
                fromMs = row.getLong(extra + MUTATION_TIME);
                isTakenBack = row.getBoolean(extra + IS_BEFORE);
            }
            byte[] bytes = events.flat(row);
            if (events.hasKey() && keys.contains(events.key().hash())) {
                if (row.isNullAt(extra + TIME)) {
                    give(fromMs, startMs, Scope.HISTORY, isTakenBack, 0, bytes);
                    return;
                }
                long timeMs = row.getLong(extra + TIME);
                if (timeMs <= fromMs) {
                    give(fromMs, startMs, Scope.ALL, isTakenBack, timeMs, bytes);
                } else {
                    give(fromMs, startMs, Scope.HISTORY, isTakenBack, timeMs, bytes);
                    give(timeMs, startMs, Scope.BOUNDED, isTakenBack, timeMs, bytes);
                }
            }
        }

        private void give(long fromMs, long dayMs, Scope scope, boolean isTakenBack, long timeMs, byte[] bytes) {
            boolean inVain = scope == Scope.BOUNDED && (part.isSnapshot() || part.passesThrough());
            long lastMs = dayMs + Days.DAY_MS - 2; // what begins to count later does so after the day's last moment
            if (fromMs <= lastMs && !inVain) {
                give(SortedRow.of(
                        heavy.place(events.key().hash(), dayMs),
                        events.key().toBytes(),
                        fromMs,
                        SortedRow.kind(position, scope, isTakenBack),
                        timeMs,
                        bytes));
            }
        }
    }
}
