package io.tilefold.batch.backfill;

import io.tilefold.core.plan.SlidingWindows;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.RowSink;
import org.agrona.DirectBuffer;

/** Windows that slide over a key's events. */
final class EventAnswers implements PartAnswers {
    private final PartPlan part;
    private final SlidingWindows windows;
    private final RowSink sink;
    private final long leastQ;

    EventAnswers(PartPlan part, long leastMs) {
        this.part = part;
        this.windows = new SlidingWindows(part.plan());
        this.sink = new RowSink(part.answer().size());
        this.leastQ = part.q(leastMs);
    }

    @Override
    public void start() {
        windows.start(leastQ);
    }

    @Override
    public void apply(FlatRow row, int kind, long fromMs, long timeMs) {
        windows.apply(row, timeMs, SortedRow.isTakenBack(kind), SortedRow.scope(kind));
    }

    @Override
    public void merge(int code, int index, DirectBuffer tile) {
        windows.merge(code, index, tile);
    }

    @Override
    public int answer(long momentMs) {
        windows.fold(part.q(momentMs));
        windows.emit(sink.reset());
        return sink.finish();
    }

    @Override
    public DirectBuffer buffer() {
        return sink.buffer();
    }
}
