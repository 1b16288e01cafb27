package io.tilefold.batch.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Flights copied until they are as many as wanted, each copy at another moment of its hour, and questions at moments and for keys as the flights have them. A key is an
 * airport (229, the largest with 6% of all flights) or a route (3,301, at most 0.3%).
 */
public final class GeneratedTables {
    private static final String FLIGHTS = "examples/flights/data/flights";

    private final Path directory;

    public GeneratedTables(Path directory) {
        this.directory = directory;
    }

    public Path events() {
        return directory.resolve("events");
    }

    public Path asks() {
        return directory.resolve("asks");
    }

    boolean exist() {
        return Files.exists(asks().resolve("_SUCCESS"));
    }

    /**
     * Numbers of rows are met within a thousandth or two.
     *
     * @param key airport or route
     * @param spread keys in the place of each, its rows dealt out among them
     * @param hotPercent of all events and questions have one key
     */
    public void write(SparkSession spark, String key, long spread, int hotPercent, long events, long questions) {
        spark.conf().set("spark.sql.maxConcurrentOutputFileWriters", "100");
        String keyColumn = key.equals("airport") ? "origin" : "concat(origin, '-', destination)";
        Dataset<Row> flights =
                spark.read().parquet(home().resolve(FLIGHTS).toString()).selectExpr("ts", "delay", keyColumn + " AS k");
        long count = flights.count();
        long copies = events / count + 1;
        Dataset<Row> copied = flights.crossJoin(spark.range(copies).toDF("copy"))
                .selectExpr(
                        "ts + pmod(xxhash64(ts, k, delay, copy), 3600000) AS ts",
                        "delay",
                        "k",
                        "pmod(xxhash64(copy, ts, k, 'event'), 1000000007) AS event",
                        "pmod(xxhash64(copy, ts, k, 'question'), 1000000007) AS question")
                .withColumn("k", functions.expr(spread > 1 ? "concat(k, '-', pmod(event, " + spread + "))" : "k"))
                .withColumn(
                        "k",
                        functions.expr("CASE WHEN pmod(xxhash64(question, event, 'hot'), 100) < " + hotPercent
                                + " THEN 'HOT' ELSE k END"))
                .selectExpr("*", "date_format(timestamp_millis(ts), 'yyyy-MM-dd') AS ds");
        long all = count * copies;
        write(copied.where("event < " + part(events, all)).select("ts", "delay", "k", "ds"), events());
        write(
                copied.where("question < " + part(questions, all))
                        .selectExpr(
                                "monotonically_increasing_id() AS id",
                                "k",
                                "ts + pmod(question, 1000) AS asked_ms",
                                "date_format(timestamp_millis(ts + pmod(question, 1000)), 'yyyy-MM-dd') AS ds"),
                asks());
    }

    private static long part(long wanted, long all) {
        return Math.round(1_000_000_007.0 * wanted / all);
    }

    private static void write(Dataset<Row> rows, Path path) {
        // A file of flights is a day: its copies are written where they are made.
        rows.write().partitionBy("ds").parquet(path.toString());
    }

    private static Path home() {
        return Path.of(System.getProperty("tilefold.home", ".."));
    }
}
