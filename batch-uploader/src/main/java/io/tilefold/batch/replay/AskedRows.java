package io.tilefold.batch.replay;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Source;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** The rows of a training set at some of its moments, each with the moment at which serving is asked for it. */
final class AskedRows {
    /** The moment q, epoch milliseconds; the other columns are those of the training set. */
    static final String MOMENT = "tilefold_q";

    private final Dataset<Row> rows;
    private final long[] moments;

    private AskedRows(Dataset<Row> rows, long[] moments) {
        this.rows = rows;
        this.moments = moments;
    }

    /**
     * The rows of these days at no more than so many moments, evenly spread over those there are.
     *
     * @throws JobException if there is no row
     */
    static AskedRows of(
            SparkSession spark, String training, CompiledJoin join, LocalDate start, LocalDate end, int momentsMax) {
        Dataset<Row> all = read(spark, training).where(functions.col("ds").between(start.toString(), end.toString()));
        Dataset<Row> asked = all.select(moment(join).as(MOMENT), functions.col("*"));
        List<Long> moments = asked.select(MOMENT)
                .distinct()
                .orderBy(MOMENT)
                .as(Encoders.LONG())
                .collectAsList();
        if (moments.isEmpty()) {
            throw new JobException("the left of join " + join.name() + " has no row from " + start + " to " + end
                    + ": there is nothing to ask");
        }
        List<Long> chosen = spread(moments, momentsMax);
        Dataset<Row> wanted = spark.createDataset(chosen, Encoders.LONG()).toDF(MOMENT);
        return new AskedRows(
                asked.join(functions.broadcast(wanted), MOMENT)
                        .repartition(1) // sorting into ranges would read the rows once more, to learn where to cut
                        .sortWithinPartitions(ColumnCheck.column(MOMENT)),
                chosen.stream().mapToLong(Long::longValue).toArray());
    }

    private static Dataset<Row> read(SparkSession spark, String training) {
        try {
            return spark.read().parquet(training);
        } catch (Exception e) {
            throw new JobException(
                    "--training " + training + " cannot be read: "
                            + JobException.firstLine(String.valueOf(e.getMessage())),
                    e);
        }
    }

    /** SEMANTICS.md §3: the row's time for events, the end of the partition's day for entities. */
    private static Column moment(CompiledJoin join) {
        return join.definition().left() instanceof Source.Events
                ? functions.col("ts")
                : functions
                        .unix_date(functions.col("ds").cast("date"))
                        .plus(1)
                        .cast("bigint")
                        .multiply(Days.DAY_MS);
    }

    static List<Long> spread(List<Long> moments, int max) {
        if (moments.size() <= max) {
            return moments;
        }
        List<Long> chosen = new ArrayList<>();
        for (int i = 0; i < max; i++) {
            chosen.add(moments.get((int) ((2L * i + 1) * moments.size() / (2L * max))));
        }
        return chosen;
    }

    /** Sorted by moment. */
    Dataset<Row> rows() {
        return rows;
    }

    int momentCount() {
        return moments.length;
    }

    long firstMs() {
        return moments[0];
    }

    long lastMs() {
        return moments[moments.length - 1];
    }
}
