package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.Days;
import io.tilefold.batch.SourceRows;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;

/** A GroupBy's values at the midnight after each day: SEMANTICS.md §3. Rows: keys, outputs, {@code ds}. */
final class GroupByBackfill implements Backfill {
    private final SparkSession spark;
    private final Tables tables;
    private final CompiledGroupBy groupBy;
    private final PartPlan part;
    private final KeyGroup group;
    private final LeftLayout layout;
    private final int partitions;
    private final Consumer<String> progress;

    /** @param partitions of the shuffle */
    GroupByBackfill(
            SparkSession spark, Tables tables, CompiledGroupBy groupBy, int partitions, Consumer<String> progress) {
        this.spark = spark;
        this.tables = tables;
        this.groupBy = groupBy;
        this.partitions = partitions;
        this.progress = progress;
        this.part = new PartPlan(JoinPart.of(groupBy.name()), groupBy);
        List<String> keys = groupBy.definition().keys();
        int[] columns = new int[keys.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = i;
        }
        this.group = new KeyGroup(0, new ArrayList<>(keys), columns, new ArrayList<>(List.of(part)));
        this.layout = new LeftLayout(part.plan().keys(), 0);
    }

    @Override
    public String name() {
        return groupBy.name();
    }

    @Override
    public Computed computedWith() {
        return Computed.with(groupBy.id(), Map.of("GroupBy " + groupBy.name(), groupBy.id()));
    }

    /** From the GroupBy's start date, else the first day that all sources have, to the last that all have. */
    @Override
    public List<LocalDate> days() {
        LocalDate first = groupBy.definition()
                .backfillStartDate()
                .map(ds -> Days.parse("backfillStartDate", ds))
                .orElse(LocalDate.MIN);
        LocalDate last = LocalDate.MAX;
        for (Source source : groupBy.definition().sources()) {
            Table table = SourceRows.find(tables, groupBy, source);
            List<LocalDate> available = table.partitions(source.query().partitionColumn());
            first = available.get(0).isAfter(first) ? available.get(0) : first;
            LocalDate newest = available.get(available.size() - 1);
            last = newest.isBefore(last) ? newest : last;
        }
        return first.isAfter(last)
                ? List.of()
                : first.datesUntil(last.plusDays(1)).toList();
    }

    @Override
    public Dataset<Row> rows(List<LocalDate> days) {
        Moments moments = Moments.midnightsAfter(days);
        long[] midnightsMs = days.stream()
                .mapToLong(day -> Days.startMs(day.plusDays(1)))
                .sorted()
                .toArray();
        Optional<JavaRDD<InternalRow>> rows = new PartRows(spark, tables, moments, progress)
                .of(group, HeavyKeys.NONE).stream().reduce(JavaRDD::union);
        DayTasks tasks = DayTasks.ofDays(days, partitions);
        return named(rows.map(all -> tasks.place(
                        spark,
                        SortedRow.sorted(spark, all, partitions)
                                .mapPartitions(new SnapshotTask(part, layout, midnightsMs)),
                        layout))
                .orElseGet(() -> CatalystRows.none(spark)));
    }

    private Dataset<Row> named(JavaRDD<byte[]> answered) {
        AnswerDecoder decoder = new AnswerDecoder(layout, List.of(group));
        Dataset<Row> rows = decoder.decode(spark, answered);
        Map<String, String> inputs = new LinkedHashMap<>();
        Schema keys = layout.columns();
        for (int i = 0; i < keys.size(); i++) {
            inputs.put(keys.field(i).name(), AnswerDecoder.column(i));
        }
        inputs.put(TrainingRows.TS, AnswerDecoder.column(layout.ts()));
        inputs.put(TrainingRows.DS, AnswerDecoder.column(layout.day()));
        Map<String, String> outputs = new LinkedHashMap<>();
        for (Field output : part.outputs().fields()) {
            outputs.put(output.name(), AnswerDecoder.column(decoder.firstOutput(part) + outputs.size()));
        }
        DerivedColumns.Result derived = new DerivedColumns(
                        "GroupBy " + groupBy.name(), groupBy.definition().derivations())
                .apply(rows, inputs, outputs, "__tilefold_derived_");
        List<Column> columns = new ArrayList<>();
        inputs.remove(TrainingRows.TS);
        String ds = inputs.remove(TrainingRows.DS);
        inputs.forEach((name, column) -> columns.add(functions.col(column).as(name)));
        derived.outputs()
                .forEach((name, column) -> columns.add(functions.col(column).as(name)));
        columns.add(functions.col(String.valueOf(ds)).as(TrainingRows.DS));
        return derived.rows().select(columns.toArray(Column[]::new));
    }
}
