package io.tilefold.batch.backfill;

import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.JobException;
import io.tilefold.batch.Setups;
import io.tilefold.batch.SparkTypes;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join.BootstrapPart;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;

/**
 * The bootstrap parts of a join: a left row that a part's table has a row for (equal keys and ds) takes the outputs that the table has, nulls too; earlier parts win. Two rows
 * of a table for one key and ds fail the job. Everything is computed first and replaced then: a covered row costs what others cost.
 */
final class Bootstrap {
    private final Tables tables;
    private final CompiledJoin join;
    private final LeftLayout left;
    private final List<Given> given = new ArrayList<>();

    /** A part whose columns are in the rows: which output is where, and the column that is not null where a row has a match. */
    private record Given(String matched, Map<String, String> columns) {}

    Bootstrap(Tables tables, CompiledJoin join, LeftLayout left) {
        this.tables = tables;
        this.join = join;
        this.left = left;
    }

    /** The rows with the columns of all parts behind them; every row stays one row. */
    Dataset<Row> joined(Dataset<Row> rows, List<LocalDate> days) {
        Dataset<Row> joined = rows;
        List<BootstrapPart> parts = join.definition().bootstrapParts();
        for (int i = 0; i < parts.size(); i++) {
            joined = joined(joined, parts.get(i), "__tilefold_boot_" + i + "_", days);
        }
        return joined;
    }

    private Dataset<Row> joined(Dataset<Row> rows, BootstrapPart part, String prefix, List<LocalDate> days) {
        Table table = tables.find(part.table());
        Set<LocalDate> available = Set.copyOf(table.partitions(part.query().partitionColumn()));
        List<LocalDate> there = days.stream().filter(available::contains).toList();
        if (there.isEmpty()) {
            return rows;
        }
        List<String> keys = part.keys().isEmpty() ? join.definition().rowIds() : part.keys();
        Dataset<Row> source = selected(part, table, keys, there);
        List<Column> grouped = new ArrayList<>();
        Column equal = functions.col(prefix + "ds").equalTo(functions.col(AnswerDecoder.column(left.day())));
        grouped.add(ColumnCheck.column(part.query().partitionColumn()).as(prefix + "ds"));
        for (String key : keys) {
            int column = leftColumn(part, key);
            grouped.add(ColumnCheck.column(key).as(prefix + "key_" + column));
            equal = equal.and(
                    functions.col(prefix + "key_" + column).equalTo(functions.col(AnswerDecoder.column(column))));
        }
        Given columns = new Given(prefix + "matched", new LinkedHashMap<>());
        List<Column> values = new ArrayList<>();
        for (String name : source.columns()) {
            if (!keys.contains(name) && !name.equalsIgnoreCase(part.query().partitionColumn())) {
                columns.columns().put(name, prefix + "value_" + values.size());
                values.add(functions.first(ColumnCheck.column(name)).as(prefix + "value_" + values.size()));
            }
        }
        given.add(columns);
        Dataset<Row> unique = source.groupBy(grouped.toArray(Column[]::new))
                .agg(matched(part, keys, grouped).as(columns.matched()), values.toArray(Column[]::new));
        return rows.join(unique, equal, "left_outer");
    }

    private Dataset<Row> selected(BootstrapPart part, Table table, List<String> keys, List<LocalDate> days) {
        String partition = part.query().partitionColumn();
        List<Field> declared = new ArrayList<>();
        for (StructField column : table.columns().fields()) {
            if (!column.name().equalsIgnoreCase(partition)) {
                SparkTypes.fromSpark(column.dataType()).ifPresent(type -> declared.add(new Field(column.name(), type)));
            }
        }
        Dataset<Row> rows = table.read(partition, days, new Schema(declared));
        try (Setups unused = Setups.run(
                rows.sparkSession(),
                part.query().setups(),
                (what, cause) -> new JobException(describe(part) + ": " + what, cause))) {
            for (String where : part.query().wheres()) {
                rows = rows.where(where);
            }
            if (part.query().selects().isEmpty()) {
                return rows;
            }
            Map<String, Column> selects = new LinkedHashMap<>();
            keys.forEach(key -> selects.put(key, ColumnCheck.column(key).as(key)));
            part.query()
                    .selects()
                    .forEach((alias, sql) ->
                            selects.put(alias, functions.expr(sql).as(alias)));
            selects.put(partition, ColumnCheck.column(partition));
            return rows.select(selects.values().toArray(Column[]::new));
        } catch (JobException e) {
            throw e;
        } catch (Exception e) {
            throw new JobException(describe(part) + ": " + JobException.firstLine(String.valueOf(e.getMessage())), e);
        }
    }

    /** True; fails where there are two rows. */
    private Column matched(BootstrapPart part, List<String> keys, List<Column> grouped) {
        Column twice = functions.raise_error(functions.concat_ws(
                " ",
                functions.lit(describe(part) + " has two rows of ds, " + String.join(", ", keys) + " ="),
                functions.concat_ws(
                        ", ", grouped.stream().map(key -> key.cast("string")).toArray(Column[]::new))));
        return functions
                .when(functions.count(functions.lit(1)).gt(1), twice.cast("boolean"))
                .otherwise(functions.lit(true));
    }

    private int leftColumn(BootstrapPart part, String key) {
        List<String> names = left.columns().fields().stream().map(Field::name).toList();
        int column = names.indexOf(key);
        if (column < 0) {
            throw new JobException(describe(part) + ": key " + key + " is no column of the left; it has "
                    + String.join(", ", names) + ". Select it, or give other keys");
        }
        return column;
    }

    private String describe(BootstrapPart part) {
        return "join " + join.name() + ", bootstrap part " + part.table();
    }

    /** An output's column: what the first part that matches and has it says, else what was computed. */
    Column of(String name, Column computed) {
        Column value = computed;
        for (int i = given.size() - 1; i >= 0; i--) {
            Given part = given.get(i);
            String column = part.columns().get(name);
            if (column != null) {
                value = functions
                        .when(functions.col(part.matched()).isNotNull(), functions.col(column))
                        .otherwise(value);
            }
        }
        return value;
    }

    /** True if a part has a column of that name. */
    boolean has(String name) {
        return given.stream().anyMatch(part -> part.columns().containsKey(name));
    }

    /** @throws JobException if a part selects what is no output */
    void checkNames(Set<String> outputs) {
        for (BootstrapPart part : join.definition().bootstrapParts()) {
            for (String name : part.query().selects().keySet()) {
                List<String> keys = part.keys().isEmpty() ? join.definition().rowIds() : part.keys();
                if (!outputs.contains(name) && !keys.contains(name)) {
                    throw new JobException(describe(part) + " selects " + name + ", which is no output of the join: "
                            + String.join(", ", outputs.stream().sorted().toList()));
                }
            }
        }
    }
}
