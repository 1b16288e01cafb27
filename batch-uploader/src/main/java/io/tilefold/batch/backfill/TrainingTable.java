package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * A training set in Parquet files, and which of its days are whole:
 *
 * <pre>
 *  out/ds=2001-02-09/part-....parquet
 *  out/_tilefold/ds=2001-02-09          what the day was computed with ({@link Computed}); written when the day is whole
 * </pre>
 *
 * A day without that file is not there, whatever lies in its directory: a run that was killed is continued by the next. Other readers pass over names that begin
 * with an underscore.
 */
final class TrainingTable implements TrainingOutput {
    private static final long BLOCK_SIZE = 64 << 20;
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

    @Override
    public NavigableMap<LocalDate, Computed> days() {
        NavigableMap<LocalDate, Computed> days = new TreeMap<>();
        try {
            for (FileStatus record : files.listStatus(new Path(root, RECORDS))) {
                String name = record.getPath().getName();
                Optional<LocalDate> day =
                        name.startsWith(DAY) ? Days.find(name.substring(DAY.length())) : Optional.empty();
                if (day.isPresent()) {
                    days.put(day.get(), Computed.parse(read(record.getPath())));
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

    @Override
    public Written replace(List<LocalDate> days, Optional<Dataset<Row>> rows, Computed with) {
        Written written = Written.none();
        try {
            for (LocalDate day : days) {
                files.delete(new Path(new Path(root, RECORDS), DAY + day), false);
                files.delete(new Path(root, DAY + day), true);
            }
            files.mkdirs(root);
            if (rows.isPresent()) {
                CountedRows counted = new CountedRows(rows.get());
                counted.rows()
                        .write()
                        .mode(SaveMode.Append)
                        .option("parquet.block.size", blockSize())
                        .partitionBy(TrainingRows.DS)
                        .parquet(root.toString());
                written = counted.written();
            }
            for (LocalDate day : days) {
                try (OutputStream out = files.create(new Path(new Path(root, RECORDS), DAY + day), true)) {
                    out.write(with.text().getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
        return written;
    }

    @Override
    public Written replaceAll(Dataset<Row> rows) {
        CountedRows counted = new CountedRows(rows);
        counted.rows().write().mode(SaveMode.Overwrite).parquet(root.toString());
        return counted.written();
    }

    /** Of a row group, in bytes: a task has a few files open at once. */
    private long blockSize() {
        return spark.sparkContext().hadoopConfiguration().getLong("parquet.block.size", BLOCK_SIZE);
    }

    private JobException failure(String what, IOException e) {
        return new JobException("training set " + root + " " + what + ": " + e.getMessage(), e);
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
