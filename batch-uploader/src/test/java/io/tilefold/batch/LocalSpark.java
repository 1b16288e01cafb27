package io.tilefold.batch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The one Spark session of a test JVM, as a job configures it, and tables in it. */
public final class LocalSpark {
    private static @Nullable SparkSession session;

    private LocalSpark() {}

    public static synchronized SparkSession session() {
        if (session == null) {
            SparkSession.Builder builder = SparkSession.builder();
            JobSession.LOCAL_FILES.forEach(builder::config);
            session = JobSession.configure(builder.master("local[2]")
                    .appName("batch-uploader tests")
                    .config("spark.ui.enabled", "false")
                    .config("spark.driver.host", "127.0.0.1")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    .config("spark.log.level", "WARN")
                    .config("spark.sql.shuffle.partitions", "2")
                    .config("spark.sql.warehouse.dir", warehouse())
                    .getOrCreate());
        }
        return session;
    }

    private static String warehouse() {
        try {
            Path directory = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "warehouse");
            return directory.toUri().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows from maps by column name; a column that is not in the map is null. */
    public static void write(
            Path directory, TableLocation.Format format, StructType columns, List<Map<String, Object>> rows) {
        writer(columns, rows)
                .format(format.sparkName())
                .option("header", true)
                .mode("append")
                .save(directory.toString());
    }

    public static void writeCatalogTable(String name, StructType columns, List<Map<String, Object>> rows) {
        session().sql("DROP TABLE IF EXISTS " + name);
        writer(columns, rows).format("parquet").saveAsTable(name);
    }

    private static DataFrameWriter<Row> writer(StructType columns, List<Map<String, Object>> rows) {
        List<Row> sparkRows = new ArrayList<>();
        for (Map<String, Object> row : rows) {
            @Nullable Object[] values = new @Nullable Object[columns.size()];
            for (int i = 0; i < values.length; i++) {
                StructField field = columns.fields()[i];
                values[i] = row.get(field.name());
            }
            sparkRows.add(RowFactory.create(values));
        }
        return session().createDataFrame(sparkRows, columns).coalesce(1).write().partitionBy("ds");
    }

    /** {@code row("origin", "JFK", "delay", 3)}. */
    public static Map<String, Object> row(@Nullable Object... namesAndValues) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            Object value = namesAndValues[i + 1];
            if (value != null) {
                row.put(String.valueOf(namesAndValues[i]), value);
            }
        }
        return row;
    }
}
