package io.tilefold.batch;

import io.tilefold.core.definition.Query;
import io.tilefold.core.time.Hop;
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
 * A query run as Spark SQL over some partitions of a table: its selected columns as {@link Carried} carries them, and behind them what the caller adds.
 * Expressions read the table's columns, never a sibling's alias: {@code wheres} and {@code timeColumn} too.
 */
public final class QueryRows {
    private final SparkSession spark;
    private final String owner;
    private final Table table;
    private final Query query;
    private final Schema selected;

    /**
     * A column behind the selected ones.
     *
     * @param column over the table's rows
     */
    public record Extra(String name, Column column) {}

    /**
     * @param owner of the query, for messages: {@code "GroupBy route"}
     * @param selected the columns wanted: those without a select are the table's own
     */
    public QueryRows(SparkSession spark, String owner, Table table, Query query, Schema selected) {
        this.spark = spark;
        this.owner = owner;
        this.table = table;
        this.query = query;
        this.selected = selected;
    }

    /** Runs the query's setups: what they declare is there for its expressions until it is closed. */
    public Setups setUp() {
        return Setups.run(spark, query.setups(), this::problem);
    }

    /**
     * The table's rows that pass the wheres; reads none yet. This and what else takes expressions of the query is called within {@link #setUp}.
     *
     * @param days ascending, not empty
     * @param declared columns of the table that are read
     * @throws JobException naming what is missing or wrong
     */
    public Dataset<Row> passing(List<LocalDate> days, Schema declared) {
        Dataset<Row> rows = table.read(query.partitionColumn(), days, declared);
        for (String where : query.wheres()) {
            rows = filter(rows, where);
        }
        return rows;
    }

    private Dataset<Row> filter(Dataset<Row> rows, String where) {
        Column condition = expression("where", where, rows);
        try {
            return rows.where(condition);
        } catch (Exception e) {
            throw problem("where \"" + where + "\": " + words(e), e);
        }
    }

    /** True for the rows of its table that pass the wheres, false for all others. */
    public Column passes(Dataset<Row> rows) {
        return query.wheres().stream()
                .map(where -> functions.coalesce(expression("where", where, rows), functions.lit(false)))
                .reduce(functions.lit(true), Column::and);
    }

    /** The query's time in epoch milliseconds; without a time column the last millisecond of the partition's day. */
    public Column timeMs(Dataset<Row> passing) {
        if (query.timeColumn().isEmpty()) {
            return partitionDay().multiply(Days.DAY_MS).plus(Days.DAY_MS - 1);
        }
        Column time = expression("timeColumn", query.timeColumn().get(), passing);
        DataType type = passing.select(time).schema().fields()[0].dataType();
        if (SparkTypes.fromSpark(type).filter(ValueType::isInteger).isEmpty()) {
            throw problem("timeColumn gives " + SparkTypes.describe(type)
                    + ": epoch milliseconds are a long; write unix_millis(...) of a timestamp, or CAST(... AS BIGINT)");
        }
        return time.cast("bigint");
    }

    /**
     * The query's time of entities in epoch milliseconds: null where the time column gives none, or one beyond {@link Hop#TIME_MS_MAX}, which live does not
     * index; null everywhere without a time column.
     */
    public Column entityTimeMs(Dataset<Row> passing) {
        if (query.timeColumn().isEmpty()) {
            return functions.lit(null).cast("bigint");
        }
        Column time = timeMs(passing);
        return functions.when(time.between(-Hop.TIME_MS_MAX, Hop.TIME_MS_MAX), time);
    }

    /** The partition's day as a number of days since the epoch. */
    public Column partitionDay() {
        return functions
                .unix_date(ColumnCheck.column(query.partitionColumn()).cast("date"))
                .cast("bigint");
    }

    /** The selected columns, types checked, as {@link Carried} carries them, then the extra ones as they are. */
    public Dataset<Row> select(Dataset<Row> passing, List<Extra> extras) {
        return select(passing, extras, KeyValues.ANY);
    }

    /** As {@link #select(Dataset, List)}, of the rows that have some of these values at least. */
    public Dataset<Row> select(Dataset<Row> passing, List<Extra> extras, KeyValues needed) {
        List<Column> raw = new ArrayList<>();
        for (Field field : selected.fields()) {
            String sql = query.selects().get(field.name());
            raw.add((sql == null
                            ? ColumnCheck.column(field.name())
                            : expression("select " + field.name(), sql, passing))
                    .as(field.name()));
        }
        extras.forEach(extra -> raw.add(extra.column().as(extra.name())));
        Dataset<Row> rows;
        try {
            rows = passing.select(raw.toArray(Column[]::new));
        } catch (Exception e) {
            throw problem(words(e), e);
        }
        for (int i = 0; i < selected.size(); i++) {
            DataType found = rows.schema().fields()[i].dataType();
            Optional<Column> condition =
                    needed.condition(selected.field(i).name(), selected.field(i).type(), found);
            rows = condition.isPresent() ? rows.where(condition.get()) : rows;
        }
        List<Column> carried = new ArrayList<>();
        for (int i = 0; i < selected.size(); i++) {
            carried.add(carried(selected.field(i), rows.schema().fields()[i].dataType()));
        }
        extras.forEach(extra -> carried.add(ColumnCheck.column(extra.name())));
        return rows.select(carried.toArray(Column[]::new));
    }

    private Column carried(Field field, DataType found) {
        if (!ColumnCheck.typed(found, field.type())) {
            throw problem("select " + field.name() + ": expected " + field.type() + ", found "
                    + SparkTypes.describe(found) + ". Compile again");
        }
        return Carried.column(ColumnCheck.column(field.name()), field.type()).as(field.name());
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

    /** A failure that names the owner and the table. */
    public JobException problem(String what) {
        return problem(what, null);
    }

    private JobException problem(String what, @Nullable Exception cause) {
        return new JobException(words(what), cause);
    }

    private String words(String what) {
        return owner + ", " + table.describe() + ": " + what;
    }

    /** True if the table has partitions, but all of them after a range: there is nothing to read, and nothing to wait for. */
    public boolean beginsAfter(ScanRange range) {
        List<LocalDate> available = table.partitions(query.partitionColumn());
        return range.choose(available).isEmpty() && available.get(0).isAfter(range.to());
    }

    /**
     * Which partitions to read.
     *
     * @throws JobException if there is none in the range
     * @throws NotYetException if the range's end is required and not there yet
     */
    public List<LocalDate> choose(ScanRange range) {
        List<LocalDate> available = table.partitions(query.partitionColumn());
        List<LocalDate> days = range.choose(available);
        LocalDate newest = available.get(available.size() - 1);
        Optional<String> advice = range.ifEndIsMissing();
        boolean isToCome = advice.isPresent() && newest.isBefore(range.to());
        if (days.isEmpty() && !isToCome) {
            throw problem(
                    "no partition in the range " + range + " (" + available.get(0) + " to " + newest + " are there)");
        }
        if (advice.isPresent() && !days.contains(range.to())) {
            throw new NotYetException(words("partition " + query.partitionColumn() + "=" + range.to()
                    + " is missing (newest: " + newest + "): " + advice.get()));
        }
        return days;
    }
}
