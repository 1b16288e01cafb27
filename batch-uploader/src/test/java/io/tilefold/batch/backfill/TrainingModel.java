package io.tilefold.batch.backfill;

import io.tilefold.testsupport.ModelAggregation;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.SlowModel;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** SEMANTICS.md §3 read aloud: the rows that a left row's value is made of are looked for among all rows of the tables, for each left row anew. */
final class TrainingModel {
    private static final long DAY_MS = 86_400_000L;

    private TrainingModel() {}

    /** The rows a value is made of at {@code q}, and whether a window that is all of history looks at their times. */
    record Found(long q, List<ModelChange> changes, boolean areEntities) {
        @Nullable Object value(String window, ModelAggregation asked) {
            if (!areEntities) {
                return SlowModel.answer(changes, q, window, asked).value();
            }
            if (window.isEmpty()) {
                return SlowModel.answer(changes, asked).value(); // every row of the table
            }
            List<ModelChange> timed = changes.stream()
                    .filter(change -> change.event().timeMs() != Long.MIN_VALUE)
                    .toList();
            return SlowModel.answer(timed, q, window, asked).value();
        }
    }

    /** Events of all partitions up to the moment's day. */
    static Found events(List<Map<String, Object>> table, long q, Predicate<Map<String, Object>> ofKey) {
        long lastDay = Math.floorDiv(q - 1, DAY_MS);
        return cumulative(table.stream().filter(row -> day(row) <= lastDay).toList(), q, ofKey);
    }

    /** Events of a table, whatever their partitions. */
    static Found cumulative(List<Map<String, Object>> table, long q, Predicate<Map<String, Object>> ofKey) {
        List<ModelChange> changes = new ArrayList<>();
        for (Map<String, Object> row : table) {
            if (row.get("ts") instanceof Long timeMs && ofKey.test(row)) {
                changes.add(ModelChange.take(new ModelEvent(timeMs, values(row))));
            }
        }
        return new Found(q, changes, false);
    }

    /** The table at q: the snapshot before q's day, and the mutations of the day before q. */
    static Found entities(
            List<Map<String, Object>> snapshots,
            List<Map<String, Object>> mutations,
            String time,
            long q,
            Predicate<Map<String, Object>> ofKey) {
        long day = Math.floorDiv(q, DAY_MS);
        List<ModelChange> changes = new ArrayList<>();
        for (Map<String, Object> row : snapshots) {
            if (day(row) == day - 1 && ofKey.test(row)) {
                changes.add(ModelChange.take(event(row, time)));
            }
        }
        for (Map<String, Object> row : mutations) {
            long at = (Long) row.getOrDefault("mutation_ts", Long.MIN_VALUE);
            if (day(row) == day && at >= day * DAY_MS && at < q && ofKey.test(row)) {
                ModelEvent event = event(row, time);
                changes.add(
                        Boolean.TRUE.equals(row.get("is_before"))
                                ? ModelChange.takeBack(event)
                                : ModelChange.take(event));
            }
        }
        return new Found(q, changes, true);
    }

    private static ModelEvent event(Map<String, Object> row, String time) {
        return new ModelEvent((Long) row.getOrDefault(time, Long.MIN_VALUE), values(row));
    }

    private static long day(Map<String, Object> row) {
        return LocalDate.parse(String.valueOf(row.get("ds"))).toEpochDay();
    }

    private static Map<String, @Nullable Object> values(Map<String, Object> row) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        row.forEach((name, value) -> values.put(name, value instanceof Integer number ? (Long) (long) number : value));
        return values;
    }
}
