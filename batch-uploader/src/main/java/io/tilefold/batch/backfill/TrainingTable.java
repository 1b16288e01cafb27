package io.tilefold.batch.backfill;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.core.definition.DefinitionId;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * A training set in Parquet files, and which of its days are whole:
 *
 * <pre>
 *  out/ds=2001-02-09/part-....parquet
 *  out/_tilefold/ds=2001-02-09          id of the join that the day was computed with; written when the day is whole
 * </pre>
 *
 * A day without that file is not there, whatever lies in its directory: a run that was killed is continued by the next. Other readers pass over names that begin
 * with an underscore.
 */
final class TrainingTable {
    private static final String RECORDS = "_tilefold";
    private static final String DAY = TrainingRows.DS + "=";

    private final SparkSession spark;
    private final FileSystem files;
    private final Path root;

    /** @param path a local path or a URI; made when missing */
    TrainingTable(SparkSession spark, String path) {
        this.spark = spark;
        Path given = new Path(path);
        try {
            files = given.getFileSystem(spark.sparkContext().hadoopConfiguration());
            root = files.makeQualified(given);
        } catch (IOException e) {
            throw new JobException("--out " + path + ": " + e.getMessage(), e);
        }
    }

    /** Rows and nulls that were written. */
    record Written(long rows, Map<String, Long> nulls) {
        static Written none() {
            return new Written(0, new LinkedHashMap<>());
        }

        Written plus(Written other) {
            Map<String, Long> both = new LinkedHashMap<>(nulls);
            other.nulls.forEach((column, count) -> both.merge(column, count, Long::sum));
            return new Written(rows + other.rows, both);
        }
    }

    /** The days that are whole, and the join's id of each. */
    NavigableMap<LocalDate, String> days() {
        NavigableMap<LocalDate, String> days = new TreeMap<>();
        try {
            for (FileStatus record : files.listStatus(new Path(root, RECORDS))) {
                String name = record.getPath().getName();
                Optional<LocalDate> day =
                        name.startsWith(DAY) ? Days.find(name.substring(DAY.length())) : Optional.empty();
                if (day.isPresent()) {
                    days.put(day.get(), read(record.getPath()));
                }
            }
        } catch (FileNotFoundException nothingWritten) {
            return days;
        } catch (IOException e) {
            throw failure("cannot be listed", e);
        }
        return days;
    }

    private String read(Path record) throws IOException {
        try (var in = files.open(record)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** Puts rows in place of these days; a day without rows is empty and whole. */
    Written replace(List<LocalDate> days, Optional<Dataset<Row>> rows, DefinitionId id) {
        Written written = Written.none();
        try {
            for (LocalDate day : days) {
                files.delete(new Path(new Path(root, RECORDS), DAY + day), false);
                files.delete(new Path(root, DAY + day), true);
            }
            files.mkdirs(root);
            if (rows.isPresent()) {
                Counted counted = new Counted(rows.get());
                counted.rows()
                        .write()
                        .mode(SaveMode.Append)
                        .partitionBy(TrainingRows.DS)
                        .parquet(root.toString());
                written = counted.written();
            }
            for (LocalDate day : days) {
                try (OutputStream out = files.create(new Path(new Path(root, RECORDS), DAY + day), true)) {
                    out.write((id.hex() + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
        return written;
    }

    /** Puts rows in place of all there is. */
    Written replaceAll(Dataset<Row> rows) {
        Counted counted = new Counted(rows);
        counted.rows().write().mode(SaveMode.Overwrite).parquet(root.toString());
        return counted.written();
    }

    /** Rows that are counted while they are written. */
    private static final class Counted {
        private final Observation observation = new Observation();
        private final String[] names;
        private final Dataset<Row> rows;

        Counted(Dataset<Row> rows) {
            names = rows.columns();
            List<Column> counts = new ArrayList<>();
            for (int i = 0; i < names.length; i++) {
                counts.add(functions.count(ColumnCheck.column(names[i])).as("column_" + i));
            }
            this.rows = rows.observe(
                    observation, functions.count(functions.lit(1)).as("rows"), counts.toArray(Column[]::new));
        }

        Dataset<Row> rows() {
            return rows;
        }

        /** Once they are written. */
        Written written() {
            Row counted = observation.getRow();
            Map<String, Long> nulls = new LinkedHashMap<>();
            for (int i = 0; i < names.length; i++) {
                nulls.put(names[i], counted.getLong(0) - counted.getLong(i + 1));
            }
            return new Written(counted.getLong(0), nulls);
        }
    }

    private JobException failure(String what, IOException e) {
        return new JobException("training set " + root + " " + what + ": " + e.getMessage(), e);
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
