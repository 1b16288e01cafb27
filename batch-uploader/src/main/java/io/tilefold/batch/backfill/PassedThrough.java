package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
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
            throw new JobException("GroupBy " + part.groupBy().name() + " has no aggregations and two rows of key "
                    + describeKey(next) + " in the snapshot of " + LocalDate.ofEpochDay(rowDay - 1)
                    + ": an entity has one row");
        }
        hasRow = true;
        day = rowDay;
        length = next.length();
        row.putBytes(0, next.buffer(), 0, length);
    }

    private String describeKey(FlatRow entity) {
        List<String> values = new ArrayList<>();
        for (int column : part.plan().keyColumns()) {
            Field field = part.plan().row().field(column);
            ValueType type = field.type();
            String value;
            if (type.isBytes()) {
                byte[] bytes = new byte[entity.bytesLength(column)];
                entity.buffer().getBytes(entity.bytesOffset(column), bytes);
                value = new String(bytes, StandardCharsets.UTF_8);
            } else {
                value = type.isFloating()
                        ? Double.toString(entity.getDouble(column))
                        : Long.toString(entity.getLong(column));
            }
            values.add(field.name() + "=" + value);
        }
        return String.join(", ", values);
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
