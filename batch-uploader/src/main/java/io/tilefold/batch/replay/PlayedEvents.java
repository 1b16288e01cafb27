package io.tilefold.batch.replay;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.MutationColumns;
import io.tilefold.batch.QueryRows;
import io.tilefold.batch.Setups;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Query;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;

/**
 * Events and mutations as records of their topics, in the order in which they would have come.
 *
 * <p>An event comes at its time, but not before the day of the partition it lies in: it is in the partition of a later day because it came late, and offline it counts from
 * that day on. Where sources of one topic have different times, the first counts. Rows without a time are left out, as nothing counts them.
 *
 * <p>A mutation comes when the table changed, as a Debezium envelope; one of another day than its partition is left out, as nothing counts it. A row before and a row after a
 * change at one millisecond make an update. Which of several at that millisecond go together the table does not tell: they are paired in the order of their texts. Each image takes
 * back, or adds, its own row, so what takes back exactly has the same value whatever the pairs; what does not may remember an update that selects nothing new.
 */
final class PlayedEvents {
    /** Moment of arrival, epoch milliseconds. */
    static final String AT = "at_ms";

    static final String TOPIC = "topic";

    /** The record's value: a JSON object. */
    static final String VALUE = "value";

    /** Where a join is asked about the event: its topic's place among those of which that is so ({@link PlayedTopics}); else null. */
    static final String ASKS = "asks";

    private static final String TIME = "__tilefold_time_ms";
    private static final String ASKING = "__tilefold_asks";

    private final SparkSession spark;
    private final Tables tables;

    PlayedEvents(SparkSession spark, Tables tables) {
        this.spark = spark;
        this.tables = tables;
    }

    /**
     * The events with {@code fromMs <= arrival < toMs}, sorted by arrival, of one arrival those first about which joins are asked; equal rows keep no order.
     *
     * @return empty if no topic feeds the join
     */
    Optional<Dataset<Row>> of(PlayedTopics topics, long fromMs, long toMs) {
        return topics.all().stream()
                .map(topic -> records(topic, topics.placeOf(topic), toMs))
                .reduce(Dataset::union)
                .map(all -> all.where(functions
                                .col(AT)
                                .geq(fromMs)
                                .and(functions.col(AT).lt(toMs)))
                        .orderBy(
                                functions.col(AT),
                                functions.col(ASKS).asc_nulls_last(),
                                functions.col(TOPIC),
                                functions.col(VALUE)));
    }

    private Dataset<Row> records(PlayedTopic played, Optional<Integer> place, long toMs) {
        Table table = tables.find(played.table());
        List<LocalDate> days = table.partitions(played.partitionColumn()).stream()
                .filter(day -> Days.startMs(day) < toMs)
                .toList();
        if (days.isEmpty()) {
            throw new JobException(
                    table.describe() + " has no partition before " + Days.of(toMs) + ": nothing to play");
        }
        Schema read = played.mutations()
                .map(mutations -> mutations.with(played.columns()))
                .orElse(played.columns());
        Dataset<Row> rows = table.read(played.partitionColumn(), days, read);
        Column dayMs = functions
                .unix_date(ColumnCheck.column(played.partitionColumn()).cast("date"))
                .cast("bigint")
                .multiply(Days.DAY_MS);
        Column row = functions.to_json(functions.struct(fields(played.columns())));
        Dataset<Row> records = played.mutations().isPresent()
                ? envelopes(rows, played.mutations().get(), dayMs, row).withColumn(ASKS, functions.lit(null))
                : events(asking(played, place, table, timed(played, table, rows)), dayMs, row);
        return records.select(
                functions.col(AT),
                functions.lit(played.topic()).as(TOPIC),
                functions.col(VALUE),
                functions.col(ASKS).cast("int").as(ASKS));
    }

    private static Dataset<Row> events(Dataset<Row> timed, Column dayMs, Column row) {
        Column time = functions.col(TIME);
        return timed.where(time.isNotNull())
                .select(
                        functions.greatest(time, dayMs).as(AT),
                        row.as(VALUE),
                        functions.col(ASKING).as(ASKS));
    }

    /** The rows with the topic's place where a join is asked about them: where they pass its left's wheres. */
    private Dataset<Row> asking(PlayedTopic played, Optional<Integer> place, Table table, Dataset<Row> rows) {
        Dataset<Row> asking = rows.withColumn(ASKING, functions.lit(null).cast("int"));
        for (Query left : played.lefts()) {
            QueryRows own = query(played, table, left);
            try (Setups unused = own.setUp()) {
                asking = asking.withColumn(
                        ASKING,
                        functions
                                .when(own.passes(asking), functions.lit(place.orElse(null)))
                                .otherwise(functions.col(ASKING)));
            }
        }
        return asking;
    }

    private static Dataset<Row> envelopes(Dataset<Row> rows, MutationColumns mutations, Column dayMs, Column row) {
        Column timeMs = mutations.timeMs();
        Column isBefore = functions.col("is_before");
        Column image = functions.col("image");
        Dataset<Row> images = rows.where(timeMs.geq(dayMs).and(timeMs.lt(dayMs.plus(Days.DAY_MS))))
                .select(timeMs.as(AT), mutations.isBefore().as("is_before"), row.as("image"));
        Column place = functions
                .row_number()
                .over(Window.partitionBy(functions.col(AT), isBefore).orderBy(image));
        Column before = functions.max(functions.when(isBefore, image));
        Column after = functions.max(functions.when(functions.not(isBefore), image));
        Column op =
                functions.when(before.isNull(), "c").when(after.isNull(), "d").otherwise("u");
        return images.withColumn("place", place)
                .groupBy(functions.col(AT), functions.col("place"))
                .agg(functions
                        .concat(
                                functions.lit("{\"before\":"),
                                functions.coalesce(before, functions.lit("null")),
                                functions.lit(",\"after\":"),
                                functions.coalesce(after, functions.lit("null")),
                                functions.lit(",\"source\":{\"ts_ms\":"),
                                functions.col(AT),
                                functions.lit("},\"op\":\""),
                                op,
                                functions.lit("\"}"))
                        .as(VALUE));
    }

    /** The rows with the least of their times, as the queries have them, behind their columns. */
    private Dataset<Row> timed(PlayedTopic played, Table table, Dataset<Row> rows) {
        Dataset<Row> timed = rows;
        List<Column> times = new ArrayList<>();
        for (Query query : played.queries()) {
            QueryRows own = query(played, table, query);
            String name = TIME + "_" + times.size();
            try (Setups unused = own.setUp()) {
                timed = timed.withColumn(name, own.timeMs(timed));
            }
            times.add(functions.col(name));
        }
        return timed.withColumn(TIME, times.size() == 1 ? times.get(0) : functions.least(times.toArray(Column[]::new)));
    }

    private QueryRows query(PlayedTopic played, Table table, Query query) {
        return new QueryRows(spark, "topic " + played.topic(), table, query, new Schema(List.of()));
    }

    /** JSON knows neither NaN nor infinities; both are null inputs. */
    private static Column[] fields(Schema columns) {
        return columns.fields().stream().map(PlayedEvents::field).toArray(Column[]::new);
    }

    private static Column field(Field field) {
        Column column = ColumnCheck.column(field.name());
        Column finite = field.type().isFloating()
                ? functions.when(functions.abs(column.cast("double")).lt(Double.POSITIVE_INFINITY), column)
                : column;
        return finite.as(field.name());
    }
}
