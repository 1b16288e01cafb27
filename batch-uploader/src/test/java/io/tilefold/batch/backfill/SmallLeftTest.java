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
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A left of ten rows reads what ten rows need: the partitions that its windows reach, and of their files what may hold its keys. */
class SmallLeftTest {
    private static final LocalDate DAY = LocalDate.parse("2001-02-05");
    private static final long ROWS_A_DAY = 100_000;
    private static final int KEYS = 1_000;
    private static final int DAYS = 6;

    @TempDir
    private Path directory;

    @Test
    void filesAreReadWhereTheLeftsKeysMayBe() throws TimeoutException {
        long start = DAY.toEpochDay() * Market.DAY_MS;
        LocalSpark.session()
                .range(ROWS_A_DAY * DAYS)
                .selectExpr(
                        "CAST(id % " + KEYS + " AS INT) AS item",
                        "concat('w', lpad(CAST(id % " + KEYS + " AS STRING), 4, '0')) AS who",
                        "CAST(id % 7 AS DOUBLE) AS price",
                        "'t' AS tag",
                        start + Market.DAY_MS - 1 + " - id * " + Market.DAY_MS / ROWS_A_DAY + " AS ts")
                .withColumn(
                        "ds", functions.expr("CAST(date_from_unix_date(CAST(floor(ts / 86400000) AS INT)) AS STRING)"))
                .repartition(functions.col("ds"))
                .sortWithinPartitions("ds", "item")
                .write()
                .option("parquet.block.size", 64 << 10)
                .partitionBy("ds")
                .parquet(directory.resolve("views").toString());
        List<Map<String, Object>> asks = new ArrayList<>();
        for (long i = 0; i < 10; i++) {
            asks.add(LocalSpark.row(
                    "id",
                    i,
                    "visitor",
                    "w0500",
                    "item",
                    (int) (500 + i % 2),
                    "score",
                    1.0,
                    "at",
                    start + Market.DAY_MS / 2 + i,
                    "ds",
                    DAY.toString()));
        }
        TableLocation left = Market.write(directory, "asks", Market.ASK, asks);
        Tables tables = new Tables(
                LocalSpark.session(),
                List.of(
                        left,
                        new TableLocation(
                                "views", directory.resolve("views").toString(), TableLocation.Format.PARQUET)));

        assertThat(rowsRead(tables, "item", "item")).isBetween(2L * ROWS_A_DAY / KEYS, ROWS_A_DAY / 2);
        assertThat(rowsRead(tables, "who", "visitor")).isBetween(ROWS_A_DAY / KEYS, ROWS_A_DAY / 2);
    }

    /** Of both tables, in all jobs of the run, for windows that reach three partitions. */
    private static long rowsRead(Tables tables, String key, String leftColumn) throws TimeoutException {
        Query views = Query.builder().timeColumn("ts").build();
        GroupBy definition = GroupBy.builder("of_" + key)
                .source(Source.events("views", views))
                .keys(key)
                .accuracy(Accuracy.TEMPORAL)
                .aggregate(Aggregation.of("count", "price").windows("24h"))
                .build();
        CompiledGroupBy groupBy = Definitions.compiled(
                definition,
                Definitions.VIEW,
                key.equals("item")
                        ? schema("item", Scalar.LONG, "price", Scalar.DOUBLE)
                        : schema("who", Scalar.STRING, "price", Scalar.DOUBLE));
        Join join = Join.builder(
                        "small",
                        Source.events("asks", Query.builder().timeColumn("at").build()))
                .part(new JoinPart("of_" + key, Map.of(leftColumn, key), java.util.Optional.empty()))
                .build();
        CompiledJoin compiled = Definitions.compiled(
                join,
                Definitions.ASK,
                schema("id", Scalar.LONG, leftColumn, leftColumn.equals("item") ? Scalar.INT : Scalar.STRING),
                List.of(groupBy));
        AtomicLong read = new AtomicLong();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                read.addAndGet(end.taskMetrics().inputMetrics().recordsRead());
            }
        };
        LocalSpark.session().sparkContext().addSparkListener(listener);
        try {
            JoinBackfill backfill = new JoinBackfill(
                    LocalSpark.session(),
                    tables,
                    new Catalog(List.of(groupBy), List.of(compiled), List.of()),
                    compiled,
                    2,
                    SkewSettings.of(1, 2),
                    line -> {});
            List<Row> rows = backfill.rows(List.of(DAY)).collectAsList();
            assertThat(rows)
                    .hasSize(10)
                    .allSatisfy(row -> assertThat(row.getLong(row.fieldIndex("of_" + key + "_price_count_24h")))
                            .isEqualTo(ROWS_A_DAY / KEYS));
            LocalSpark.session().sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            LocalSpark.session().sparkContext().removeSparkListener(listener);
        }
        return read.get();
    }
}
