package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.core.plan.SlidingWindows;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowSink;
import org.agrona.DirectBuffer;

/** Windows over the table as it is on each day: every day starts from its own snapshot. */
final class EntityAnswers implements PartAnswers {
    private final PartPlan part;
    private final SlidingWindows windows;
    private final RowSink sink;
    private long day;

    EntityAnswers(PartPlan part) {
        this.part = part;
        this.windows = new SlidingWindows(part.plan());
        this.sink = new RowSink(part.answer().size());
    }

    @Override
    public void start() {
        day = Long.MIN_VALUE;
    }

    private void startDay(long next) {
        day = next;
        windows.start(next * Days.DAY_MS);
    }

    @Override
    public void apply(FlatRow row, int kind, long fromMs, long timeMs) {
        // A day's snapshot counts from the millisecond before it on.
        long rowDay = Math.floorDiv(fromMs + 1, Days.DAY_MS);
        if (rowDay != day) {
            startDay(rowDay);
        }
        windows.apply(row, timeMs, SortedRow.isTakenBack(kind), SortedRow.scope(kind));
    }

    @Override
    public int answer(long momentMs) {
        long momentDay = Math.floorDiv(momentMs, Days.DAY_MS);
        if (momentDay != day) {
            startDay(momentDay);
        }
        windows.fold(part.q(momentMs));
        windows.emit(sink.reset());
        return sink.finish();
    }

    @Override
    public DirectBuffer buffer() {
        return sink.buffer();
    }
}
