package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.EntityKeys;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import java.time.LocalDate;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** The entity's row itself, of each day's snapshot. A key has one row or none. */
final class PassedThrough implements PartAnswers {
    private final PartPlan part;
    private final FlatRowWriter nothing;
    private final ExpandableArrayBuffer row = new ExpandableArrayBuffer(128);
    private DirectBuffer answer = row;
    private boolean hasRow;
    private int length;
    private long day;

    PassedThrough(PartPlan part) {
        this.part = part;
        this.nothing = new FlatRowWriter(part.answer().size());
        nothing.reset().finish();
    }

    @Override
    public void start() {
        hasRow = false;
    }

    @Override
    public void apply(FlatRow next, int kind, long fromMs, long timeMs) {
        long rowDay = Math.floorDiv(fromMs + 1, Days.DAY_MS);
        if (hasRow && rowDay == day) {
            throw EntityKeys.secondRow(part.groupBy(), part.plan(), next, LocalDate.ofEpochDay(rowDay - 1));
        }
        hasRow = true;
        day = rowDay;
        length = next.length();
        row.putBytes(0, next.buffer(), 0, length);
    }

    @Override
    public int answer(long momentMs) {
        boolean isToday = hasRow && day == Math.floorDiv(momentMs, Days.DAY_MS);
        answer = isToday ? row : nothing.buffer();
        return isToday ? length : nothing.finish();
    }

    @Override
    public DirectBuffer buffer() {
        return answer;
    }
}
