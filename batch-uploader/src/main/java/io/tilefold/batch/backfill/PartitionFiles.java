package io.tilefold.batch.backfill;

import io.tilefold.batch.FileTable;
import io.tilefold.batch.JobException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Partitions as directories of Parquet files, and the records beside them:
 *
 * <pre>
 *  out/ds=2001-02-09/part-....parquet
 *  out/_tilefold/ds=2001-02-09          what the day was computed with ({@link Computed}); written when the day is whole
 * </pre>
 *
 * A partition without rows has a file without rows, unless it is to have none. One without its record is not there, whatever lies in its directory: a run that was killed is continued by the next. Other readers pass over names that begin
 * with an underscore.
 */
final class PartitionFiles implements PartitionStore {
    private static final long BLOCK_SIZE = 64 << 20;
    private static final String RECORDS = FileTable.RECORDS;
    private static final String PROBE = "_probe";

    private final SparkSession spark;
    private final String given;
    private final List<String> columns;
    private final boolean emptyPartitions;
    private final FileSystem files;
    private final Path root;

    /**
     * @param path a local path or a URI; made when missing
     * @param columns the partition columns
     * @param emptyPartitions whether a partition without rows has a directory, with a file without rows
     */
    PartitionFiles(SparkSession spark, String path, List<String> columns, boolean emptyPartitions) {
        this.spark = spark;
        this.emptyPartitions = emptyPartitions;
        this.given = path;
        this.columns = List.copyOf(columns);
        try {
            Path named = new Path(path);
            files = named.getFileSystem(spark.sparkContext().hadoopConfiguration());
            root = files.makeQualified(named);
        } catch (IOException | IllegalArgumentException e) {
            throw new JobException("--out " + path + ": " + e.getMessage(), e);
        }
    }

    /** The directory, with the scheme of its file system. */
    Path root() {
        return root;
    }

    /**
     * Writes a small file beside the directory, in place of one that is there.
     *
     * @return where it is
     */
    Path writeBeside(String name, String text) {
        Path file = new Path(root.getParent(), name);
        try (OutputStream out = files.create(file, true)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new JobException(file + " cannot be written: " + words(e), e);
        }
        return file;
    }

    @Override
    public SortedMap<String, String> records() {
        SortedMap<String, String> records = new TreeMap<>();
        try {
            for (FileStatus record : files.listStatus(new Path(root, RECORDS))) {
                String name = record.getPath().getName();
                if (record.isFile() && !name.startsWith("_")) {
                    records.put(name, read(record.getPath()));
                }
            }
        } catch (FileNotFoundException nothingWritten) {
            return records;
        } catch (IOException e) {
            throw failure("cannot be listed", e);
        }
        return records;
    }

    private String read(Path record) throws IOException {
        try (var in = files.open(record)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    @Override
    public void remove(Collection<String> records) {
        try {
            for (String name : records) {
                files.delete(new Path(new Path(root, RECORDS), name), false);
            }
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
    }

    @Override
    public void put(Map<String, String> records) {
        try {
            for (Map.Entry<String, String> record : records.entrySet()) {
                try (OutputStream out = files.create(new Path(new Path(root, RECORDS), record.getKey()), true)) {
                    out.write(record.getValue().getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
    }

    @Override
    public void prepare() {
        Path probe = new Path(new Path(root, RECORDS), PROBE);
        try {
            if (!files.mkdirs(probe.getParent())) {
                throw new IOException("no directory can be made there");
            }
            files.create(probe, true).close();
            files.delete(probe, false);
        } catch (IOException e) {
            throw new JobException(
                    "--out " + given + ": " + root + " cannot be written (" + words(e)
                            + "): give a directory that may be written, or made",
                    e);
        }
    }

    private static String words(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : JobException.firstLine(e.getMessage());
    }

    @Override
    public Written replace(List<Partition> partitions, Dataset<Row> rows) {
        delete(partitions);
        Written written = CountedRows.write(
                rows,
                this,
                counted -> counted.write()
                        .mode(SaveMode.Append)
                        .option("parquet.block.size", blockSize())
                        .partitionBy(columns.toArray(String[]::new))
                        .parquet(root.toString()));
        if (emptyPartitions) {
            writeColumns(partitions, rows);
        }
        return written;
    }

    @Override
    public void delete(List<Partition> partitions) {
        try {
            for (Partition partition : partitions) {
                files.delete(directory(partition), true);
            }
            files.mkdirs(root);
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
    }

    /** A file without rows in each partition that has none: a reader of these alone finds their columns. */
    private void writeColumns(List<Partition> partitions, Dataset<Row> rows) {
        try {
            @Nullable Path first = null;
            for (Partition partition : partitions) {
                Path directory = directory(partition);
                if (files.exists(directory)) {
                    continue;
                }
                if (first == null) {
                    spark.createDataFrame(
                                    List.<Row>of(),
                                    rows.drop(columns.toArray(String[]::new)).schema())
                            .write()
                            .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false")
                            .parquet(directory.toString());
                    first = onlyFile(directory);
                } else {
                    Path copy = new Path(directory, first.getName());
                    var unused = FileUtil.copy(
                            files,
                            first,
                            files,
                            copy,
                            false,
                            spark.sparkContext().hadoopConfiguration());
                }
            }
        } catch (IOException e) {
            throw failure("cannot be written", e);
        }
    }

    private Path onlyFile(Path directory) throws IOException {
        return Arrays.stream(files.listStatus(directory))
                .map(FileStatus::getPath)
                .filter(path -> path.getName().endsWith(".parquet"))
                .findFirst()
                .orElseThrow(() -> new FileNotFoundException(directory + " has no file without rows"));
    }

    private Path directory(Partition partition) {
        Path directory = root;
        for (int i = 0; i < columns.size(); i++) {
            directory = new Path(
                    directory, columns.get(i) + "=" + partition.values().get(i));
        }
        return directory;
    }

    @Override
    public Written replaceAll(Dataset<Row> rows) {
        return CountedRows.write(
                rows, this, counted -> counted.write().mode(SaveMode.Overwrite).parquet(root.toString()));
    }

    /** Of a row group, in bytes: a task has a few files open at once. */
    private long blockSize() {
        return spark.sparkContext().hadoopConfiguration().getLong("parquet.block.size", BLOCK_SIZE);
    }

    private JobException failure(String what, IOException e) {
        return new JobException("training set " + root + " " + what + ": " + words(e), e);
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
