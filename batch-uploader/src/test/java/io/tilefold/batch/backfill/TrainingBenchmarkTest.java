package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.batch.benchmark.BenchmarkCatalog;
import io.tilefold.batch.benchmark.Features;
import io.tilefold.batch.benchmark.GeneratedTables;
import io.tilefold.catalog.CatalogFile;
import io.tilefold.core.definition.Catalog;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the benchmark compares is the same: the backfill, Spark SQL and two formulations in DuckDB give equal values of copied flights, of which one key has 30%. */
class TrainingBenchmarkTest {
    private static final Features FEATURES = new Features(Features.ALL);

    @TempDir
    private Path directory;

    private final SparkSession spark = LocalSpark.session();

    @Test
    void theBackfillEqualsSqlOfTwoEngines() throws Exception {
        GeneratedTables tables = new GeneratedTables(directory);
        tables.write(spark, "airport", 1, 30, 6_000, 300);
        List<String> expected = sparkSql(tables);
        assertThat(expected).hasSizeGreaterThan(200);
        assertThat(backfill(tables)).isEqualTo(expected);
        assertThat(duckdb(tables, FEATURES.duckWindows())).isEqualTo(expected);
        assertThat(duckdb(tables, FEATURES.rangeJoin())).isEqualTo(expected);
    }

    private List<String> backfill(GeneratedTables tables) throws Exception {
        Path file = directory.resolve("catalog.bin");
        BenchmarkCatalog.write(file, FEATURES);
        Catalog catalog = CatalogFile.read(file);
        Tables found = new Tables(
                spark,
                List.of(
                        TableLocation.parse("events=" + tables.events()),
                        TableLocation.parse("asks=" + tables.asks())));
        JoinBackfill backfill =
                new JoinBackfill(spark, found, catalog, catalog.joins().get(0), 2, SkewSettings.of(1, 2), line -> {});
        String[] columns =
                FEATURES.names().stream().map(name -> "departures_" + name).toArray(String[]::new);
        return lines(backfill.rows(backfill.days()).select("id", columns).collectAsList());
    }

    private List<String> sparkSql(GeneratedTables tables) {
        spark.read().parquet(tables.events().toString()).createOrReplaceTempView("events");
        spark.read().parquet(tables.asks().toString()).createOrReplaceTempView("asks");
        return lines(spark.sql(FEATURES.rangeJoin()).collectAsList());
    }

    private static List<String> lines(List<Row> rows) {
        List<List<@Nullable Object>> lines = new ArrayList<>();
        for (Row row : rows) {
            List<@Nullable Object> line = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                line.add(row.get(i));
            }
            lines.add(line);
        }
        return sorted(lines);
    }

    private static List<String> duckdb(GeneratedTables tables, String sql) throws SQLException {
        List<List<@Nullable Object>> lines = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE VIEW events AS SELECT * FROM read_parquet('" + tables.events() + "/*/*.parquet')");
            statement.execute("CREATE VIEW asks AS SELECT * FROM read_parquet('" + tables.asks() + "/*/*.parquet')");
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    List<@Nullable Object> line = new ArrayList<>();
                    for (int i = 1; i <= FEATURES.count() + 1; i++) {
                        line.add(rows.getObject(i));
                    }
                    lines.add(line);
                }
            }
        }
        return sorted(lines);
    }

    private static List<String> sorted(List<List<@Nullable Object>> lines) {
        return lines.stream()
                .sorted(Comparator.comparingLong(line -> Long.parseLong(String.valueOf(line.get(0)))))
                .map(line -> line.stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .toList();
    }
}
