package io.tilefold.batch.backfill;

import static io.tilefold.batch.backfill.Definitions.schema;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.ValueType.Scalar;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The backfill beside SQL written by hand, over flights that are copied until they are as many as wanted. Tiny by default, to see that both give the same values. Large:
 *
 * <pre>{@code
 * mvn -pl batch-uploader -am test -Dtest=TrainingBenchmarkTest -Dsurefire.failIfNoSpecifiedTests=false \
 *   -Dtilefold.benchmark.events=3000000 -Dtilefold.benchmark.queries=300000 -Dtilefold.benchmark.subset=3000
 * }</pre>
 */
class TrainingBenchmarkTest {
    private static final String FLIGHTS = "../examples/flights/data/flights";
    private static final long EVENTS = Long.getLong("tilefold.benchmark.events", 4_000);
    private static final long QUERIES = Long.getLong("tilefold.benchmark.queries", 300);

    /** Queries of the range join: as many as end in bearable time. */
    private static final long SUBSET = Long.getLong("tilefold.benchmark.subset", 300);

    private static final String[][] WINDOWS = {
        {"_1h", "3600000", "300000"},
        {"_6h", "21600000", "300000"},
        {"_1d", "86400000", "3600000"},
        {"_7d", "604800000", "3600000"},
        {"_30d", "2592000000", "86400000"},
    };
    private static final String[][] OPERATIONS = {
        {"count", "count"}, {"sum", "sum"}, {"average", "avg"}, {"min", "min"}, {"max", "max"}
    };

    @TempDir
    private Path directory;

    private final SparkSession spark = LocalSpark.session();
    private final PrintStream out = System.out;

    @Test
    void thirtyFeaturesOfAnAirportsDepartures() {
        generate();
        List<Row> ours = new ArrayList<>();
        for (int round = 1; round <= (EVENTS > 100_000 ? 3 : 1); round++) {
            ours = timed("tilefold backfill, round " + round, QUERIES, this::backfill);
        }
        spark.read().parquet(path("events")).createOrReplaceTempView("events");
        spark.read().parquet(path("asks")).where("id < " + SUBSET).createOrReplaceTempView("asks");
        List<Row> joined = timed("Spark SQL, range join", SUBSET, () -> spark.sql(rangeJoin()));
        if (EVENTS > 100_000) {
            spark.read().parquet(path("asks")).createOrReplaceTempView("asks");
            timed("Spark SQL, window functions (tails do not hop)", QUERIES, () -> spark.sql(windowFunctions()));
        }
        assertThat(joined).isNotEmpty().isEqualTo(ours.subList(0, joined.size()));
    }

    private String path(String table) {
        return directory.resolve(table).toString();
    }

    private interface Job {
        Dataset<Row> rows();
    }

    private List<Row> timed(String what, long queries, Job job) {
        long startNs = System.nanoTime();
        Path result = directory.resolve("result-" + startNs);
        job.rows().write().parquet(result.toString());
        out.printf(
                Locale.ROOT,
                "%-50s %,11d events %,9d queries %8.2f s%n",
                what,
                EVENTS,
                queries,
                (System.nanoTime() - startNs) / 1e9);
        return spark.read()
                .parquet(result.toString())
                .orderBy("id")
                .selectExpr(columns())
                .limit((int) SUBSET)
                .collectAsList();
    }

    private static String[] columns() {
        List<String> columns = new ArrayList<>(List.of("id"));
        for (String[] operation : OPERATIONS) {
            for (String[] window : WINDOWS) {
                columns.add("departures_delay_" + operation[0] + window[0]);
            }
            columns.add("departures_delay_" + operation[0]);
        }
        return columns.toArray(String[]::new);
    }

    /** Copies of the flights, each at another moment of its hour; questions at random moments for airports as they occur. */
    private void generate() {
        Dataset<Row> flights = spark.read().parquet(FLIGHTS).selectExpr("ts", "delay", "origin");
        long copies = EVENTS / flights.count() + 1;
        Dataset<Row> copied = flights.crossJoin(spark.range(copies).toDF("copy"))
                .selectExpr(
                        "ts + pmod(xxhash64(ts, origin, delay, copy), 3600000) AS ts",
                        "delay",
                        "origin",
                        "xxhash64(copy, ts, origin) AS place");
        copied.orderBy("place")
                .limit((int) EVENTS)
                .selectExpr("ts", "delay", "origin", "date_format(timestamp_millis(ts), 'yyyy-MM-dd') AS ds")
                .repartition(2)
                .sortWithinPartitions("ds")
                .write()
                .partitionBy("ds")
                .parquet(path("events"));
        copied.orderBy("place")
                .limit((int) QUERIES)
                .selectExpr("row_number() OVER (ORDER BY place) - 1 AS id", "origin", "ts + pmod(place, 1000) AS at")
                .where("at < 981936000000")
                .selectExpr(
                        "CAST(id AS BIGINT) AS id",
                        "origin",
                        "at",
                        "date_format(timestamp_millis(at), 'yyyy-MM-dd') AS ds")
                .repartition(2)
                .sortWithinPartitions("ds")
                .write()
                .partitionBy("ds")
                .parquet(path("asks"));
    }

    private Dataset<Row> backfill() {
        GroupBy.Builder departures = GroupBy.builder("departures")
                .source(Source.events("events", Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .accuracy(Accuracy.TEMPORAL);
        for (String[] operation : OPERATIONS) {
            departures.aggregate(Aggregation.of(operation[0], "delay").windows("1h", "6h", "1d", "7d", "30d"));
            departures.aggregate(Aggregation.of(operation[0], "delay"));
        }
        CompiledGroupBy groupBy = Definitions.compiled(
                departures.build(),
                schema("ts", Scalar.LONG, "delay", Scalar.INT, "origin", Scalar.STRING),
                schema("origin", Scalar.STRING, "delay", Scalar.INT));
        Join join = Join.builder(
                        "asked",
                        Source.events(
                                "asks",
                                Query.builder()
                                        .select("id", "id")
                                        .timeColumn("at")
                                        .build()))
                .part(JoinPart.of("departures"))
                .build();
        Catalog catalog = new Catalog(
                List.of(groupBy),
                List.of(Definitions.compiled(
                        join,
                        schema("id", Scalar.LONG, "origin", Scalar.STRING, "at", Scalar.LONG),
                        schema("id", Scalar.LONG, "origin", Scalar.STRING),
                        List.of(groupBy))),
                List.of());
        Tables tables = new Tables(
                spark,
                List.of(TableLocation.parse("events=" + path("events")), TableLocation.parse("asks=" + path("asks"))));
        JoinBackfill backfill =
                new JoinBackfill(spark, tables, catalog, catalog.joins().get(0), 6, SkewSettings.of(1, 6), line -> {});
        List<LocalDate> days = backfill.days();
        return backfill.rows(days).orElseThrow();
    }

    private static String rangeJoin() {
        StringBuilder sql = new StringBuilder("SELECT id");
        for (String[] operation : OPERATIONS) {
            for (String[] window : WINDOWS) {
                String tail = "at - " + window[1] + " - pmod(at - " + window[1] + ", " + window[2] + ")";
                output(sql, operation, "CASE WHEN ts >= " + tail + " THEN delay END", "", window[0]);
            }
            output(sql, operation, "delay", "", "");
        }
        return sql
                + " FROM asks LEFT JOIN (SELECT ts, delay, origin AS o FROM events) ON o = origin AND ts < at GROUP BY id, at";
    }

    private static String windowFunctions() {
        StringBuilder sql = new StringBuilder("SELECT id, t");
        for (String[] operation : OPERATIONS) {
            for (String[] window : WINDOWS) {
                output(sql, operation, "delay", over(window[1] + " PRECEDING"), window[0]);
            }
            output(sql, operation, "delay", over("UNBOUNDED PRECEDING"), "");
        }
        return "SELECT * FROM (" + sql + " FROM (SELECT origin, ts AS t, delay, CAST(NULL AS BIGINT) AS id FROM events"
                + " UNION ALL SELECT origin, at, NULL, id FROM asks)) WHERE id IS NOT NULL";
    }

    private static String over(String from) {
        return " OVER (PARTITION BY origin ORDER BY t RANGE BETWEEN " + from + " AND 1 PRECEDING)";
    }

    private static void output(StringBuilder sql, String[] operation, String input, String over, String window) {
        String value = operation[1] + "(" + input + ")" + over;
        // A window without input gives null, count too.
        sql.append(", ")
                .append(operation[0].equals("count") ? "nullif(" + value + ", 0)" : value)
                .append(" AS departures_delay_")
                .append(operation[0])
                .append(window);
    }
}
