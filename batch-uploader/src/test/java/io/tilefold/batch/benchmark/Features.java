package io.tilefold.batch.benchmark;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * Thirty features of a key's flights: five operations over five windows and all of history; as a GroupBy, and as SQL over the views {@code events} (k, ts, delay) and
 * {@code asks} (id, k, asked_ms).
 */
final class Features {
    static final String GROUP_BY = "departures";

    private static final List<Length> WINDOWS = List.of(
            new Length("1h", 3_600_000L, 300_000L),
            new Length("6h", 21_600_000L, 300_000L),
            new Length("1d", 86_400_000L, 3_600_000L),
            new Length("7d", 604_800_000L, 3_600_000L),
            new Length("30d", 2_592_000_000L, 86_400_000L));

    private static final List<Operation> OPERATIONS = List.of(
            new Operation("count", "count"),
            new Operation("sum", "sum"),
            new Operation("average", "avg"),
            new Operation("min", "min"),
            new Operation("max", "max"));

    private Features() {}

    private record Length(String name, long lengthMs, long hopMs) {
        /** The first moment of the window at {@code at}. */
        String tail(String at) {
            return "(" + at + " - " + lengthMs + " - (" + at + " - " + lengthMs + ") % " + hopMs + ")";
        }
    }

    private record Operation(String name, String function) {}

    static GroupBy groupBy() {
        GroupBy.Builder features = GroupBy.builder(GROUP_BY)
                .source(Source.events("events", Query.builder().timeColumn("ts").build()))
                .keys("k")
                .accuracy(Accuracy.TEMPORAL)
                .online(true);
        String[] windows = WINDOWS.stream().map(Length::name).toArray(String[]::new);
        for (Operation operation : OPERATIONS) {
            features.aggregate(Aggregation.of(operation.name(), "delay").windows(windows));
            features.aggregate(Aggregation.of(operation.name(), "delay"));
        }
        return features.build();
    }

    /** The columns' names without the prefix that a join gives them. */
    static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Operation operation : OPERATIONS) {
            WINDOWS.forEach(window -> names.add("delay_" + operation.name() + "_" + window.name()));
            names.add("delay_" + operation.name());
        }
        return names;
    }

    /** Each question joined with all its key's events before it. */
    static String rangeJoin() {
        return "SELECT id, "
                + columns((operation, window) -> operation.function()
                        + (window.lengthMs() == Long.MAX_VALUE
                                ? "(delay)"
                                : "(CASE WHEN ts >= " + window.tail("asked_ms") + " THEN delay END)"))
                + " FROM asks LEFT JOIN (SELECT k AS of_key, ts, delay FROM events) e ON of_key = k AND ts < asked_ms GROUP BY id, asked_ms";
    }

    /**
     * Window functions over events and questions in one. Frames of Spark have a fixed length: tails that slide where Tilefold's hop, values that differ a
     * little for it.
     */
    static String sparkWindows() {
        return windows(window -> window.lengthMs() + " PRECEDING");
    }

    /** The same with frames whose start is an expression: the values asked for. */
    static String duckWindows() {
        return windows(window -> "(t - " + window.tail("t") + ") PRECEDING");
    }

    private static String windows(java.util.function.Function<Length, String> from) {
        return "SELECT * FROM (SELECT id, "
                + columns((operation, window) ->
                        operation.function() + "(delay) OVER (PARTITION BY k ORDER BY t RANGE BETWEEN "
                                + (window.lengthMs() == Long.MAX_VALUE ? "UNBOUNDED PRECEDING" : from.apply(window))
                                + " AND 1 PRECEDING)")
                + " FROM (SELECT k, ts AS t, delay, CAST(NULL AS BIGINT) AS id FROM events"
                + " UNION ALL SELECT k, asked_ms, NULL, id FROM asks) u) v WHERE id IS NOT NULL";
    }

    private static String columns(BiFunction<Operation, Length, String> value) {
        List<Length> windows = new ArrayList<>(WINDOWS);
        windows.add(new Length("", Long.MAX_VALUE, 1));
        List<String> names = names();
        List<String> columns = new ArrayList<>();
        for (Operation operation : OPERATIONS) {
            for (Length window : windows) {
                String sql = value.apply(operation, window);
                // A window without input gives null, count too.
                columns.add((operation.name().equals("count") ? "nullif(" + sql + ", 0)" : sql) + " AS "
                        + names.get(columns.size()));
            }
        }
        return columns.stream().collect(Collectors.joining(", "));
    }
}
