package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.NotYetException;
import io.tilefold.batch.SourceRows;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * A join's labels: SEMANTICS.md §1, "Label part". A left row takes, on each label day that lies as many days after it as the label part says, the values that its keys have at the
 * midnight which ends that day: what {@link GroupByBackfill} writes for that day. The same pass as a join's parts, with each left row asked once for each label day.
 *
 * <p>Rows: row ids, keys, {@code ts}, the labels under their names as of a part, {@code label_ds}, {@code ds}.
 */
final class LabelBackfill {
    private static final int NAMED_DAYS = 5;
    private static final String PREFIX = "__tilefold_label_";

    private final SparkSession spark;
    private final Tables tables;
    private final CompiledJoin join;
    private final Join.LabelPart label;
    private final PartPlan part;
    private final CompiledJoin identified;
    private final KeyGroup group;
    private final LeftRows left;
    private final int partitions;
    private final SkewSettings skew;
    private final Consumer<String> progress;

    /**
     * Checks what can be checked without reading a row.
     *
     * @param join one with a label part
     * @param partitions of the shuffle
     * @throws JobException naming what is missing
     */
    LabelBackfill(
            SparkSession spark,
            Tables tables,
            Catalog catalog,
            CompiledJoin join,
            int partitions,
            SkewSettings skew,
            Consumer<String> progress) {
        this.spark = spark;
        this.tables = tables;
        this.join = join;
        this.partitions = partitions;
        this.skew = skew;
        this.progress = progress;
        this.label = join.definition()
                .labelPart()
                .orElseThrow(() -> new JobException("join " + join.name() + " has no label part"));
        if (!(join.definition().left() instanceof Source.Events)) {
            throw new JobException("join " + join.name() + ": labels are of left events, and its left is another kind");
        }
        CompiledGroupBy groupBy = catalog.groupBy(label.groupBy())
                .orElseThrow(() -> new JobException("join " + join.name() + ", label part: the catalog has no GroupBy "
                        + label.groupBy() + ": compile again"));
        this.part = new PartPlan(label.part(), groupBy);
        this.identified = new CompiledJoin(join.id(), join.definition(), join.leftSource(), identifying());
        List<KeyGroup> groups = KeyGroup.of(identified, List.of(part));
        this.group = groups.get(0);
        this.left = new LeftRows(spark, tables, identified, groups);
    }

    /** The left's columns that name a row and find its labels: row ids, then keys. */
    private Schema identifying() {
        Set<String> names = new LinkedHashSet<>(join.definition().rowIds());
        names.addAll(part.leftColumns());
        List<Field> fields = new ArrayList<>();
        for (String name : names) {
            join.left().find(name).ifPresentOrElse(fields::add, () -> {
                if (part.leftColumns().contains(name)) {
                    throw new JobException("join " + join.name() + ", label part: its key " + name
                            + " is no column of the left: compile again");
                }
            });
        }
        return new Schema(fields);
    }

    String name() {
        return join.name() + " labels";
    }

    /** What the labels are computed with: other definitions, another id. */
    Computed computedWith() {
        return Computed.with(
                DefinitionIds.ofLabels(
                        join.definition(), join.left(), List.of(part.groupBy().id())),
                Map.of(
                        "Labels of " + join.name(),
                        DefinitionIds.ofLabels(join.definition(), join.left(), List.of()),
                        "GroupBy " + part.groupBy().name(),
                        part.groupBy().id()));
    }

    /** The training set's columns by which labels are found. */
    List<String> keys() {
        return List.copyOf(group.leftColumns());
    }

    /** Names of the labels in their table: {@code {prefix_}{groupBy}_{output}}. */
    List<String> labels() {
        List<String> names = new ArrayList<>();
        for (String column : named(CatalystRows.none(spark)).columns()) {
            if (!isIdentifying(column)) {
                names.add(column);
            }
        }
        return names;
    }

    private boolean isIdentifying(String column) {
        return identified.left().find(column).isPresent()
                || column.equals(TrainingRows.TS)
                || LabelOutput.PARTITION_COLUMNS.contains(column);
    }

    /** First label day of a left row. */
    LocalDate first(LocalDate leftDay) {
        return leftDay.plusDays(label.endDays() - 1L);
    }

    /** Last label day of a left row. */
    LocalDate last(LocalDate leftDay) {
        return leftDay.plusDays(label.startDays() - 1L);
    }

    /** True if the label part gives rows of the left day labels on the label day. */
    boolean wants(LabelPartition partition) {
        return !partition.labelDay().isBefore(first(partition.leftDay()))
                && !partition.labelDay().isAfter(last(partition.leftDay()));
    }

    /**
     * What can be computed: of the left's partitions among some days, each label day of which all tables of the labels have a partition. Days that these tables leave out before
     * their newest are said.
     *
     * @param isOfRun of the left's day
     * @param labelEnd last label day; none: the newest of the tables
     */
    NavigableSet<LabelPartition> partitions(Predicate<LocalDate> isOfRun, Optional<LocalDate> labelEnd) {
        List<Available> available = available();
        LocalDate newest = newest(available);
        LocalDate end = labelEnd.filter(newest::isAfter).orElse(newest);
        NavigableSet<LabelPartition> wanted = new TreeSet<>();
        NavigableSet<LocalDate> missing = new TreeSet<>();
        for (LocalDate leftDay : left.days().stream().filter(isOfRun).toList()) {
            for (LocalDate day = first(leftDay);
                    !day.isAfter(end) && !day.isAfter(last(leftDay));
                    day = day.plusDays(1)) {
                if (isThere(available, day)) {
                    wanted.add(new LabelPartition(day, leftDay));
                } else {
                    missing.add(day);
                }
            }
        }
        if (!missing.isEmpty()) {
            progress.accept(name() + ": WARNING: no labels of " + missing.size() + " label days of which "
                    + part.groupBy().name() + " lacks a partition: "
                    + missing.stream()
                            .limit(NAMED_DAYS)
                            .map(LocalDate::toString)
                            .collect(Collectors.joining(", "))
                    + (missing.size() > NAMED_DAYS ? ", ..." : ""));
        }
        return wanted;
    }

    /** Why nothing can be computed, for people. */
    String nothingDue(Predicate<LocalDate> isOfRun) {
        Optional<LocalDate> firstLeft = left.days().stream().filter(isOfRun).findFirst();
        return firstLeft
                .map(day -> "no label day yet: rows of " + day + " have labels from label day " + first(day)
                        + " on, and the newest day of " + part.groupBy().name() + " is " + newest(available()))
                .orElse("no left day");
    }

    /**
     * Checks that a label day can be computed, if there are left rows that it labels.
     *
     * @throws NotYetException if a table of the labels has no partition of it
     */
    void require(LocalDate labelDay) {
        boolean labelsAny = left.days().stream().anyMatch(day -> wants(new LabelPartition(labelDay, day)));
        if (labelsAny && !isThere(available(), labelDay)) {
            throw new NotYetException(name() + ": " + part.groupBy().name() + " has no partition of " + labelDay
                    + " yet; the newest is " + newest(available()));
        }
    }

    /** The days that a source of the labels has. */
    private record Available(NavigableSet<LocalDate> days, boolean isCumulative) {
        boolean has(LocalDate day) {
            return isCumulative ? !days.isEmpty() && !day.isAfter(days.last()) : days.contains(day);
        }
    }

    private List<Available> available() {
        List<Available> available = new ArrayList<>();
        for (Source source : part.groupBy().definition().sources()) {
            Query query = source.query();
            NavigableSet<LocalDate> days = new TreeSet<>(
                    SourceRows.find(tables, part.groupBy(), source).partitions(query.partitionColumn()));
            if (query.startPartition().isPresent()) {
                days = days.tailSet(
                        Days.parse("startPartition", query.startPartition().get()), true);
            }
            if (query.endPartition().isPresent()) {
                days = days.headSet(
                        Days.parse("endPartition", query.endPartition().get()), true);
            }
            available.add(new Available(days, source instanceof Source.Events events && events.cumulative()));
        }
        return available;
    }

    private static boolean isThere(List<Available> available, LocalDate day) {
        return available.stream().allMatch(source -> source.has(day));
    }

    private static LocalDate newest(List<Available> available) {
        return available.stream()
                .map(source ->
                        source.days().isEmpty() ? LocalDate.MIN : source.days().last())
                .min(LocalDate::compareTo)
                .orElse(LocalDate.MIN);
    }

    /** The rows of some partitions; none, but with all columns, if the left has none. */
    Dataset<Row> rows(NavigableSet<LabelPartition> wanted) {
        List<LocalDate> leftDays =
                wanted.stream().map(LabelPartition::leftDay).distinct().sorted().toList();
        JavaRDD<byte[]> asked = left.encoded(leftDays).mapPartitions(new LabelMoments(left.layout(), wanted));
        Moments moments = Moments.of(asked, left.layout(), List.of(group));
        if (moments.rows() == 0) {
            return named(CatalystRows.none(spark));
        }
        progress.accept(String.format(
                Locale.ROOT,
                "%s: %,d left rows, one for each label day: %s",
                name(),
                moments.rows(),
                LabelPlan.days(wanted)));
        JavaRDD<byte[]> answered = group.answered(
                spark,
                asked,
                left.layout(),
                new PartRows(spark, tables, moments, progress),
                skew,
                moments.leastMs(),
                partitions);
        return named(DayTasks.ofRows(moments.rowsByPartition(), partitions).place(spark, answered, left.layout()));
    }

    private Dataset<Row> named(JavaRDD<byte[]> answered) {
        LeftLayout layout = left.layout();
        AnswerDecoder decoder = new AnswerDecoder(layout, List.of(group));
        Dataset<Row> rows = decoder.decode(spark, answered);
        String labelDay = PREFIX + "day";
        String noTime = PREFIX + "no_ts";
        rows = rows.withColumn(labelDay, labelDay(functions.col(AnswerDecoder.column(layout.moment()))))
                .withColumn(noTime, functions.lit(null).cast("bigint"));
        Map<String, String> outputs = new LinkedHashMap<>();
        for (Field output : part.outputs().fields()) {
            outputs.put(output.name(), AnswerDecoder.column(decoder.firstOutput(part) + outputs.size()));
        }
        // Derived as the GroupBy's own values of that day are: labels are joined on keys alone.
        Map<String, String> inputs = new LinkedHashMap<>();
        List<String> keys = part.groupBy().definition().keys();
        for (int i = 0; i < keys.size(); i++) {
            inputs.put(keys.get(i), AnswerDecoder.column(group.columns()[i]));
        }
        inputs.put(TrainingRows.TS, noTime);
        inputs.put(TrainingRows.DS, labelDay);
        DerivedColumns.Result derived = new DerivedColumns(
                        "GroupBy " + part.groupBy().name(),
                        part.groupBy().definition().derivations())
                .apply(rows, inputs, outputs, PREFIX + "derived_");
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < layout.columns().size(); i++) {
            String name = layout.columns().field(i).name();
            if (!name.equals(TrainingRows.DS)) { // the partition is of that name
                columns.add(functions.col(AnswerDecoder.column(i)).as(name));
            }
        }
        columns.add(functions.col(AnswerDecoder.column(layout.ts())).as(TrainingRows.TS));
        derived.outputs()
                .forEach((name, column) ->
                        columns.add(ColumnCheck.column(column).as(Names.joinOutput(part.name(), name))));
        columns.add(functions.col(labelDay).as(LabelOutput.LABEL_DS));
        columns.add(functions.col(AnswerDecoder.column(layout.day())).as(TrainingRows.DS));
        return derived.rows().select(columns.toArray(Column[]::new));
    }

    /** The day that a midnight ends, as text. */
    private static Column labelDay(Column momentMs) {
        return functions
                .date_from_unix_date(
                        functions.floor(momentMs.minus(1).divide(Days.DAY_MS)).cast("int"))
                .cast("string");
    }
}
