package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A training set by day, and which of its days are whole: a day is there with what it was computed with, or not at all. A day's record, named {@code ds=2001-02-09}, holds the
 * {@link Computed}.
 */
final class TrainingOutput {
    private static final String DAY = TrainingRows.DS + "=";

    private final PartitionStore store;

    TrainingOutput(PartitionStore store) {
        this.store = store;
    }

    /** In Parquet files below a path; a day without rows has a file without rows. */
    static TrainingOutput files(SparkSession spark, String path) {
        return new TrainingOutput(new PartitionFiles(spark, path, List.of(TrainingRows.DS), true));
    }

    /** As {@link #files}, of a staging query's table: those that read a day of which it has no row are to find that it is missing, not that it is empty. */
    static TrainingOutput stagingFiles(SparkSession spark, String path) {
        return new TrainingOutput(new PartitionFiles(spark, path, List.of(TrainingRows.DS), false));
    }

    /**
     * In a table of Spark's catalog.
     *
     * @param format of a table that is made; none: the catalog's default
     */
    static TrainingOutput table(SparkSession spark, String name, Optional<String> format) {
        return new TrainingOutput(new PartitionTable(spark, name, format, List.of(TrainingRows.DS)));
    }

    /** The days that are whole. */
    NavigableMap<LocalDate, Computed> days() {
        NavigableMap<LocalDate, Computed> days = new TreeMap<>();
        store.records().forEach((name, text) -> {
            Optional<LocalDate> day = name.startsWith(DAY) ? Days.find(name.substring(DAY.length())) : Optional.empty();
            day.ifPresent(found -> days.put(found, Computed.parse(text)));
        });
        return days;
    }

    /** Says so if the place cannot be written. */
    void prepare() {
        store.prepare();
    }

    /** Puts rows in place of these days; a day without rows is empty and whole. */
    Written replace(List<LocalDate> days, Dataset<Row> rows, Computed with) {
        store.remove(days.stream().map(day -> DAY + day).toList());
        Written written = store.replace(
                days.stream()
                        .map(day -> new PartitionStore.Partition(List.of(day.toString())))
                        .toList(),
                rows);
        Map<String, String> records = days.stream().collect(Collectors.toMap(day -> DAY + day, day -> with.text()));
        store.put(records);
        return written;
    }

    /** Puts rows in place of all there is. */
    Written replaceAll(Dataset<Row> rows) {
        return store.replaceAll(rows);
    }

    @Override
    public String toString() {
        return store.toString();
    }
}
