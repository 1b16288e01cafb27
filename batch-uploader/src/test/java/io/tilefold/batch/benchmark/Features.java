package io.tilefold.batch.benchmark;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Features of a key's flights, up to thirty: five operations over five windows and all of history; as a GroupBy, and as SQL over the views {@code events} (k, ts, delay)
 * and {@code asks} (id, k, asked_ms).
 */
public record Features(int count) {
    public static final int ALL = 30;
    static final String GROUP_BY = "departures";

    private static final List<Length> WINDOWS = List.of(
            new Length("1h", 3_600_000L, 300_000L),
            new Length("6h", 21_600_000L, 300_000L),
            new Length("1d", 86_400_000L, 3_600_000L),
            new Length("7d", 604_800_000L, 3_600_000L),
            new Length("30d", 2_592_000_000L, 86_400_000L),
            new Length("", Long.MAX_VALUE, 1));

    private static final List<Operation> OPERATIONS = List.of(
            new Operation("count", "count"),
            new Operation("sum", "sum"),
            new Operation("average", "avg"),
            new Operation("min", "min"),
            new Operation("max", "max"));

    private record Length(String name, long lengthMs, long hopMs) {
        boolean isHistory() {
            return lengthMs == Long.MAX_VALUE;
        }

        /** The first moment of the window at {@code at}. */
        String tail(String at) {
            return "(" + at + " - " + lengthMs + " - (" + at + " - " + lengthMs + ") % " + hopMs + ")";
        }
    }

    private record Operation(String name, String function) {}

    GroupBy groupBy() {
        GroupBy.Builder features = GroupBy.builder(GROUP_BY)
                .source(Source.events("events", Query.builder().timeColumn("ts").build()))
                .keys("k")
                .accuracy(Accuracy.TEMPORAL)
                .online(true);
        for (int i = 0; i < count; i++) {
            Aggregation.Builder aggregation = Aggregation.of(operation(i).name(), "delay");
            features.aggregate(
                    window(i).isHistory()
                            ? aggregation
                            : aggregation.windows(window(i).name()));
        }
        return features.build();
    }

    /** The columns' names without the prefix that a join gives them. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("delay_" + operation(i).name()
                    + (window(i).isHistory() ? "" : "_" + window(i).name()));
        }
        return names;
    }

    private static Operation operation(int feature) {
        return OPERATIONS.get(feature / WINDOWS.size());
    }

    private static Length window(int feature) {
        return WINDOWS.get(feature % WINDOWS.size());
    }

    /** Each question joined with all its key's events before it. */
    public String rangeJoin() {
        return "SELECT id, "
                + columns((operation, window) -> operation.function()
                        + (window.isHistory()
                                ? "(delay)"
                                : "(CASE WHEN ts >= " + window.tail("asked_ms") + " THEN delay END)"))
                + " FROM asks LEFT JOIN (SELECT k AS of_key, ts, delay FROM events) e ON of_key = k AND ts < asked_ms GROUP BY id, asked_ms";
    }

    /**
     * Window functions over events and questions in one. Frames of Spark have a fixed length: tails that slide where Tilefold's hop, values that differ a
     * little for it.
     */
    String sparkWindows() {
        return windows(window -> window.lengthMs() + " PRECEDING");
    }

    /** The same with frames whose start is an expression: the values asked for. */
    public String duckWindows() {
        return windows(window -> "(t - " + window.tail("t") + ") PRECEDING");
    }

    private String windows(java.util.function.Function<Length, String> from) {
        return "SELECT * FROM (SELECT id, "
                + columns((operation, window) ->
                        operation.function() + "(delay) OVER (PARTITION BY k ORDER BY t RANGE BETWEEN "
                                + (window.isHistory() ? "UNBOUNDED PRECEDING" : from.apply(window))
                                + " AND 1 PRECEDING)")
                + " FROM (SELECT k, ts AS t, delay, CAST(NULL AS BIGINT) AS id FROM events"
                + " UNION ALL SELECT k, asked_ms, NULL, id FROM asks) u) v WHERE id IS NOT NULL";
    }

    private String columns(BiFunction<Operation, Length, String> value) {
        List<String> names = names();
        List<String> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String sql = value.apply(operation(i), window(i));
            // A window without input gives null, count too.
            columns.add((operation(i).name().equals("count") ? "nullif(" + sql + ", 0)" : sql) + " AS " + names.get(i));
        }
        return String.join(", ", columns);
    }
}
