package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.JobException;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One join's training set, its labels aside: they are {@link LabelBackfill}'s. The left's rows go from key group to key group; in each they meet the rows of the group's parts in one shuffle, sorted by key and
 * time, and take their answers along.
 */
final class JoinBackfill implements Backfill {
    private final SparkSession spark;
    private final Tables tables;
    private final CompiledJoin join;
    private final List<PartPlan> parts = new ArrayList<>();
    private final List<ExternalColumns> externals = new ArrayList<>();
    private final List<KeyGroup> groups;
    private final LeftRows left;
    private final int partitions;
    private final SkewSettings skew;
    private final Consumer<String> progress;

    /**
     * Checks what can be checked without reading a row.
     *
     * @param partitions of each shuffle
     * @throws JobException naming what this version does not backfill, or what is wrong with the left's table
     */
    JoinBackfill(
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
        refuse(join.definition());
        for (JoinPart part : join.definition().parts()) {
            parts.add(new PartPlan(part, groupBy(catalog, part.groupBy())));
        }
        for (Join.ExternalPart part : join.definition().externalParts()) {
            externals.add(ExternalColumns.of(
                    join.name(), part, part.offlineGroupBy().map(groupBy -> groupBy(catalog, groupBy))));
        }
        this.groups = KeyGroup.of(join, all());
        this.left = new LeftRows(spark, tables, join, groups);
    }

    /** The join's parts, and the GroupBys that external parts have offline. */
    private List<PartPlan> all() {
        List<PartPlan> all = new ArrayList<>(parts);
        externals.forEach(external -> external.offline().ifPresent(all::add));
        return all;
    }

    private static void refuse(Join definition) {
        if (definition.left() instanceof Source.JoinOutput parent) {
            throw new JobException("join " + definition.name() + ": its left is the join " + parent.join()
                    + ". A left is events or entities; write the parent's table as events");
        }
        if (definition.parts().isEmpty()) {
            throw new JobException("join " + definition.name() + " has no part: there is nothing to compute");
        }
    }

    private CompiledGroupBy groupBy(Catalog catalog, String name) {
        return catalog.groupBy(name)
                .orElseThrow(() -> new JobException(
                        "join " + join.name() + ": the catalog has no GroupBy " + name + ": compile again"));
    }

    @Override
    public String name() {
        return join.name();
    }

    @Override
    public Computed computedWith() {
        Map<String, DefinitionId> ingredients = new HashMap<>();
        ingredients.put("Join " + join.name(), DefinitionIds.of(join.definition(), join.left(), List.of()));
        all().forEach(part -> ingredients.put(
                "GroupBy " + part.groupBy().name(), part.groupBy().id()));
        return Computed.with(join.id(), ingredients);
    }

    /** Days of the left's partitions. */
    @Override
    public List<LocalDate> days() {
        return left.days();
    }

    @Override
    public Dataset<Row> rows(List<LocalDate> days) {
        JavaRDD<byte[]> answered = left.encoded(days);
        Moments moments = Moments.of(answered, left.layout(), groups);
        if (moments.rows() == 0) {
            return named(CatalystRows.none(spark), days);
        }
        progress.accept(String.format(
                java.util.Locale.ROOT,
                "%s: %,d left rows of %d days, %s to %s",
                join.name(),
                moments.rows(),
                days.size(),
                days.get(0),
                days.get(days.size() - 1)));
        PartRows partRows = new PartRows(spark, tables, moments, progress);
        for (KeyGroup group : groups) {
            answered = group.answered(spark, answered, left.layout(), partRows, skew, moments.leastMs(), partitions);
        }
        JavaRDD<byte[]> placed =
                DayTasks.ofRows(moments.rowsByPartition(), partitions).place(spark, answered, left.layout());
        return named(placed, days);
    }

    private Dataset<Row> named(JavaRDD<byte[]> answered, List<LocalDate> days) {
        return new TrainingRows(join, parts, externals, groups, left.layout(), tables).of(spark, answered, days);
    }
}
