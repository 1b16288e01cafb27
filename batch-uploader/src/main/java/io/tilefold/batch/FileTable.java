package io.tilefold.batch;

import static io.tilefold.core.definition.Query.DEFAULT_PARTITION_COLUMN;

import io.tilefold.core.value.Schema;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/** A table of files below a directory, one directory {@code ds=yyyy-MM-dd} per day. Reads the directories it is asked for and no other. */
public final class FileTable implements Table {
    /** Directory beside the partitions of a table that a backfill writes: a file for each day that is whole, of the partition's name. */
    public static final String RECORDS = "_tilefold";

    private final SparkSession spark;
    private final TableLocation location;
    private final FileSystem files;
    private final Path root;

    /** @throws JobException if nothing is there */
    FileTable(SparkSession spark, TableLocation location) {
        this.spark = spark;
        this.location = location;
        Path path = new Path(location.path());
        try {
            files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
            root = files.makeQualified(path);
            if (!files.exists(root)) {
                throw new JobException("table " + location.table() + ": there is nothing at " + root
                        + ", where --table " + location.table() + "=" + location.path() + " points");
            }
        } catch (IOException e) {
            throw new JobException("table " + location.table() + " at " + path + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return location.table();
    }

    @Override
    public String describe() {
        return "table " + location.table() + " at " + root;
    }

    @Override
    public StructType columns() {
        List<Path> partitions = subdirectories("");
        Path newest = partitions.isEmpty() ? root : partitions.get(partitions.size() - 1);
        return switch (location.format()) {
            case PARQUET, JSON -> load(reader(), List.of(newest)).schema();
            case CSV ->
                textual(load(reader().option("header", true).option("inferSchema", true), List.of(newest))
                        .schema());
        };
    }

    /** All of it, with the types that its files have or that are inferred. */
    Dataset<Row> rows() {
        DataFrameReader reader = location.format() == TableLocation.Format.CSV
                ? reader().option("header", true).option("inferSchema", true)
                : reader();
        return load(reader, List.of(root));
    }

    @Override
    public List<LocalDate> partitions(String partitionColumn) {
        List<Path> directories = subdirectories(partitionColumn + "=");
        if (directories.isEmpty()) {
            throw new JobException(describe() + " has no partitions: expected are directories " + partitionColumn
                    + "=yyyy-MM-dd in it");
        }
        List<LocalDate> days = new ArrayList<>();
        for (Path directory : directories) {
            String ds = directory.getName().substring(partitionColumn.length() + 1);
            days.add(Days.parse(describe() + ": partition " + partitionColumn, ds));
        }
        return days;
    }

    /** Where {@code backfill} keeps its records: those of a staging query's days. */
    @Override
    public boolean isKnownEmpty(LocalDate day) {
        Path record = new Path(new Path(root, RECORDS), DEFAULT_PARTITION_COLUMN + "=" + day);
        try {
            return files.exists(record);
        } catch (IOException e) {
            throw new JobException(describe() + ": " + record + ": " + e.getMessage(), e);
        }
    }

    boolean isAt(Path path) {
        return root.equals(path);
    }

    @Override
    public Dataset<Row> read(String partitionColumn, List<LocalDate> days, Schema declared) {
        List<Path> directories = days.stream()
                .map(day -> new Path(root, partitionColumn + "=" + day))
                .toList();
        return switch (location.format()) {
            case PARQUET -> parquet(partitionColumn, directories, declared);
            case CSV -> csv(partitionColumn, directories, declared);
            case JSON -> json(partitionColumn, directories, declared);
        };
    }

    /** With the newest partition's columns: a column added on the way is null before. */
    private Dataset<Row> parquet(String partitionColumn, List<Path> directories, Schema declared) {
        StructType columns =
                load(reader(), List.of(directories.get(directories.size() - 1))).schema();
        ColumnCheck.check(this, columns, declared, ColumnCheck::typed);
        return ColumnCheck.conform(load(reader().schema(columns), directories), declared, partitionColumn);
    }

    /** As text by the header's names, cast to the declared types; every file's header must be the newest's. */
    private Dataset<Row> csv(String partitionColumn, List<Path> directories, Schema declared) {
        DataFrameReader headed = reader().option("header", true).option("enforceSchema", false);
        StructType columns =
                load(headed, List.of(directories.get(directories.size() - 1))).schema();
        ColumnCheck.check(this, columns, declared, ColumnCheck::text);
        return ColumnCheck.conform(load(headed.schema(columns), directories), declared, partitionColumn);
    }

    /** Read twice: once for the names and types that are there, once as declared. */
    private Dataset<Row> json(String partitionColumn, List<Path> directories, Schema declared) {
        StructType columns = load(reader(), directories).schema();
        ColumnCheck.check(this, columns, declared, ColumnCheck::json);
        List<StructField> parsed = new ArrayList<>();
        declared.fields().stream()
                .filter(field -> !field.name().equalsIgnoreCase(partitionColumn))
                .forEach(field -> parsed.add(DataTypes.createStructField(
                        ColumnCheck.find(columns, field.name()).orElseThrow().name(),
                        SparkTypes.toSpark(field.type()),
                        true)));
        DataFrameReader typed = reader().schema(DataTypes.createStructType(parsed));
        return ColumnCheck.conform(load(typed, directories), declared, partitionColumn);
    }

    private DataFrameReader reader() {
        return spark.read().format(location.format().sparkName()).option("basePath", root.toString());
    }

    private Dataset<Row> load(DataFrameReader reader, List<Path> paths) {
        try {
            return reader.load(paths.stream().map(Path::toString).toArray(String[]::new));
        } catch (Exception e) {
            // Scala code throws AnalysisException, which is checked, without declaring it.
            if (e instanceof AnalysisException || e instanceof RuntimeException) {
                throw new JobException(
                        describe() + " cannot be read as " + location.format().sparkName() + ": "
                                + JobException.firstLine(String.valueOf(e.getMessage())),
                        e);
            }
            throw e;
        }
    }

    /** In CSV a day or a moment is text until somebody casts it. */
    private static StructType textual(StructType inferred) {
        return new StructType(Arrays.stream(inferred.fields())
                .map(field -> field.dataType() instanceof DateType
                                || field.dataType() instanceof TimestampType
                                || field.dataType() instanceof TimestampNTZType
                        ? DataTypes.createStructField(field.name(), DataTypes.StringType, true)
                        : field)
                .toArray(StructField[]::new));
    }

    /** Partition directories whose names begin so, ascending. */
    private List<Path> subdirectories(String prefix) {
        try {
            return Arrays.stream(files.listStatus(root))
                    .filter(FileStatus::isDirectory)
                    .map(FileStatus::getPath)
                    .filter(path ->
                            path.getName().startsWith(prefix) && path.getName().indexOf('=') > 0)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new JobException(describe() + " cannot be listed: " + e.getMessage(), e);
        }
    }
}
