package io.tilefold.batch;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * One source's rows as {@link EventEncoder} takes them: its query run as Spark SQL over the partitions that count. A query reads the table's
 * columns, never a sibling's alias: {@code wheres} and {@code timeColumn} too.
 */
final class SourceRows {
    private static final String TIME = "__tilefold_time_ms";

    private final SparkSession spark;
    private final CompiledGroupBy groupBy;
    private final Table table;
    private final Query query;
    private final Schema declared;
    private final ScanRange range;

    SourceRows(
            SparkSession spark,
            Tables tables,
            CompiledGroupBy groupBy,
            GroupByPlan plan,
            int sourceIndex,
            LocalDate endDs) {
        this.spark = spark;
        this.groupBy = groupBy;
        Source.Events source = events(groupBy, sourceIndex);
        this.table = tables.find(source.table());
        this.query = source.query();
        this.declared = groupBy.sourceSchemas().get(sourceIndex);
        this.range = ScanRange.of(plan, source, endDs);
        if (query.timeColumn().isEmpty()
                && (source.cumulative() || groupBy.definition().accuracy() != Accuracy.SNAPSHOT)) {
            throw problem("a timeColumn is missing: only SNAPSHOT events that are not cumulative do without");
        }
    }

    private static Source.Events events(CompiledGroupBy groupBy, int sourceIndex) {
        Source source = groupBy.definition().sources().get(sourceIndex);
        if (source instanceof Source.Events events) {
            return events;
        }
        throw new JobException("GroupBy " + groupBy.name() + ", source " + sourceIndex + ": "
                + (source instanceof Source.Entities entities
                        ? "entities (" + entities.snapshotTable() + ")"
                        : "the output of a join")
                + " cannot be uploaded by this version; events can");
    }

    /**
     * What was read, and its rows.
     *
     * @param rows the selected columns in the plan's order, then the time
     */
    record Scan(String table, List<LocalDate> days, List<LocalDate> holes, Dataset<Row> rows) {}

    /**
     * Checks table, columns, types and expressions; reads no row.
     *
     * @throws JobException naming what is missing or wrong
     */
    Scan scan() {
        List<LocalDate> days = chooseDays();
        Dataset<Row> rows = table.read(query.partitionColumn(), days, declared);
        query.setups().forEach(this::setup);
        for (String where : query.wheres()) {
            rows = filter(rows, where);
        }
        return new Scan(table.name(), days, range.holes(days), encodable(select(rows)));
    }

    private List<LocalDate> chooseDays() {
        List<LocalDate> available = table.partitions(query.partitionColumn());
        List<LocalDate> days = range.choose(available);
        LocalDate newest = available.get(available.size() - 1);
        if (days.isEmpty()) {
            throw problem(
                    "no partition in the range " + range + " (" + available.get(0) + " to " + newest + " are there)");
        }
        if (range.endRequired() && !days.contains(range.to())) {
            throw problem("partition " + query.partitionColumn() + "=" + range.to() + " is missing (newest: " + newest
                    + "): an upload would lack its last day. Wait for it, or upload an earlier --ds");
        }
        return days;
    }

    private void setup(String statement) {
        try {
            var unused = spark.sql(statement);
        } catch (Exception e) {
            throw problem("setup \"" + statement + "\": " + words(e), e);
        }
    }

    private Dataset<Row> filter(Dataset<Row> rows, String where) {
        Column condition = expression("where", where, rows);
        try {
            return rows.where(condition);
        } catch (Exception e) {
            throw problem("where \"" + where + "\": " + words(e), e);
        }
    }

    private Dataset<Row> select(Dataset<Row> rows) {
        List<Column> columns = new ArrayList<>();
        for (Field field : groupBy.selected().fields()) {
            String sql = query.selects().get(field.name());
            columns.add(
                    (sql == null ? ColumnCheck.column(field.name()) : expression("select " + field.name(), sql, rows))
                            .as(field.name()));
        }
        Column time = query.timeColumn().isPresent()
                ? expression("timeColumn", query.timeColumn().get(), rows)
                : endOfDay();
        columns.add(time.as(TIME));
        try {
            return rows.select(columns.toArray(Column[]::new));
        } catch (Exception e) {
            throw problem(words(e), e);
        }
    }

    /** SNAPSHOT events without a time column count as the last millisecond of their partition's day. */
    private Column endOfDay() {
        return functions
                .unix_date(ColumnCheck.column(query.partitionColumn()).cast("date"))
                .cast("bigint")
                .multiply(Days.DAY_MS)
                .plus(Days.DAY_MS - 1);
    }

    /** Checks the types, then as {@link Carried} carries them. */
    private Dataset<Row> encodable(Dataset<Row> selected) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < groupBy.selected().size(); i++) {
            Field field = groupBy.selected().field(i);
            DataType found = selected.schema().fields()[i].dataType();
            if (!ColumnCheck.typed(found, field.type())) {
                throw problem("select " + field.name() + ": expected " + field.type() + ", found "
                        + SparkTypes.describe(found) + ". Compile again");
            }
            columns.add(Carried.column(ColumnCheck.column(field.name()), field.type())
                    .as(field.name()));
        }
        DataType time = selected.schema().apply(TIME).dataType();
        Optional<ValueType> timeType = SparkTypes.fromSpark(time);
        if (timeType.filter(ValueType::isInteger).isEmpty()) {
            throw problem("timeColumn gives " + SparkTypes.describe(time)
                    + ": epoch milliseconds are a long; write unix_millis(...) of a timestamp, or CAST(... AS BIGINT)");
        }
        columns.add(ColumnCheck.column(TIME).cast("bigint").as(TIME));
        return selected.select(columns.toArray(Column[]::new));
    }

    /** Resolved on its own first, so that an error names the expression. */
    private Column expression(String what, String sql, Dataset<Row> rows) {
        try {
            Column column = functions.expr(sql);
            var unused = rows.select(column);
            return column;
        } catch (Exception e) {
            throw problem(what + " \"" + sql + "\": " + words(e), e);
        }
    }

    private static String words(Exception e) {
        return JobException.firstLine(String.valueOf(e.getMessage()));
    }

    private JobException problem(String what) {
        return problem(what, null);
    }

    private JobException problem(String what, @Nullable Exception cause) {
        return new JobException("GroupBy " + groupBy.name() + ", " + table.describe() + ": " + what, cause);
    }
}
