package io.tilefold.batch.analyze;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * What one pass over a table's rows tells: counts, times, and the keys with the most rows by a frequent-items sketch, whose counts are lower bounds.
 *
 * @param rows that pass the wheres
 * @param nullKeys rows with a null in their key: they belong to no key
 * @param otherDays rows whose time is not on the day of their partition
 * @param leastMs 0 if there is no time
 */
record RowStatistics(
        long rows, long nullKeys, long nullTimes, long otherDays, long leastMs, long mostMs, List<HeavyKey> heaviest) {
    private static final int HEAVIEST = 3;
    private static final int TRACKED = 10_000;

    /**
     * A key and its rows.
     *
     * @param key its columns as text, separated by commas
     */
    record HeavyKey(String key, long rows) {}

    /**
     * Reads the rows.
     *
     * @param rows keys, then {@code time} and {@code day}
     * @param time column of epoch milliseconds
     * @param day column of days since the epoch
     */
    static RowStatistics of(Dataset<Row> rows, List<String> keys, String time, String day) {
        Column ms = ColumnCheck.column(time);
        Column isNullKey = keys.stream()
                .map(key -> ColumnCheck.column(key).isNull())
                .reduce(Column::or)
                .orElse(functions.lit(false));
        Column text = functions.concat_ws(
                ",",
                keys.stream().map(key -> ColumnCheck.column(key).cast("string")).toArray(Column[]::new));
        Row found = rows.withColumn("__key", functions.when(functions.not(isNullKey), text))
                .agg(
                        functions.count(functions.lit(1)),
                        functions.count_if(isNullKey),
                        functions.count_if(ms.isNull()),
                        functions.count_if(
                                functions.floor(ms.divide(Days.DAY_MS)).notEqual(ColumnCheck.column(day))),
                        functions.min(ms),
                        functions.max(ms),
                        functions.expr("approx_top_k(__key, " + HEAVIEST + ", " + TRACKED + ")"))
                .head();
        List<HeavyKey> heaviest = new ArrayList<>();
        for (Row item : found.<Row>getList(6)) {
            if (!item.isNullAt(0)) {
                heaviest.add(new HeavyKey(item.getString(0), item.getLong(1)));
            }
        }
        return new RowStatistics(
                found.getLong(0),
                found.getLong(1),
                found.getLong(2),
                found.getLong(3),
                found.isNullAt(4) ? 0 : found.getLong(4),
                found.isNullAt(5) ? 0 : found.getLong(5),
                List.copyOf(heaviest));
    }
}
