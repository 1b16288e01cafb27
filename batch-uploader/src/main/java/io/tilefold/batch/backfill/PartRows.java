package io.tilefold.batch.backfill;

import io.tilefold.batch.CatalystRows;
import io.tilefold.batch.ColumnCheck;
import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.KeyValues;
import io.tilefold.batch.MutationColumns;
import io.tilefold.batch.QueryRows;
import io.tilefold.batch.QueryRows.Extra;
import io.tilefold.batch.ScanRange;
import io.tilefold.batch.Setups;
import io.tilefold.batch.SourceRows;
import io.tilefold.batch.Table;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;

/** The rows of a part's sources that moments of a left can need, as rows of the pass. */
final class PartRows {
    private static final String MUTATION_TIME = "__tilefold_mutation_ms";
    private static final String IS_BEFORE = "__tilefold_is_before";
    private static final String NET = "__tilefold_net";
    private static final int NAMED_DAYS = 5;
    private static final int SAMPLED_DAYS = 4;
    private static final int HEAVY_KEYS_MAX = 64;

    private final SparkSession spark;
    private final Tables tables;
    private final Moments moments;
    private final Consumer<String> progress;

    PartRows(SparkSession spark, Tables tables, Moments moments, Consumer<String> progress) {
        this.spark = spark;
        this.tables = tables;
        this.moments = moments;
        this.progress = progress;
    }

    /** Rows of all parts of a group. */
    List<JavaRDD<InternalRow>> of(KeyGroup group, HeavyKeys heavy) {
        KeyFilter keys = new KeyFilter(moments.keys(group));
        List<JavaRDD<InternalRow>> rows = new ArrayList<>();
        for (int position = 0; position < group.parts().size(); position++) {
            PartPlan part = group.parts().get(position);
            CompiledGroupBy groupBy = part.groupBy();
            KeyValues needed = moments.values(group, part);
            for (int i = 0; i < groupBy.definition().sources().size(); i++) {
                Source source = groupBy.definition().sources().get(i);
                if (source instanceof Source.Entities entities) {
                    addEntities(
                            part, position, entities, groupBy.sourceSchemas().get(i), needed, keys, heavy, rows);
                } else {
                    events(part, position, i, needed, keys, heavy).ifPresent(rows::add);
                }
            }
        }
        return rows;
    }

    private Optional<JavaRDD<InternalRow>> events(
            PartPlan part, int position, int sourceIndex, KeyValues needed, KeyFilter keys, HeavyKeys heavy) {
        SourceRows source = source(part, sourceIndex);
        if (source.beginsLater()) {
            progress.accept(part.name() + ": WARNING: source " + sourceIndex + " begins after the moments asked for");
            return Optional.empty();
        }
        SourceRows.Scan scan = source.scan(needed);
        progress.accept(part.name() + ": reading " + scan.describe());
        return Optional.of(events(scan, part, position, sourceIndex, keys, heavy));
    }

    private SourceRows source(PartPlan part, int sourceIndex) {
        ScanRange range = ScanRange.between(
                part.plan(),
                SourceRows.events(part.groupBy(), sourceIndex),
                part.q(moments.leastMs()),
                part.q(moments.mostMs()));
        return new SourceRows(spark, tables, part.groupBy(), sourceIndex, range);
    }

    private JavaRDD<InternalRow> events(
            SourceRows.Scan scan, PartPlan part, int position, int sourceIndex, KeyFilter keys, HeavyKeys heavy) {
        boolean isCumulative = SourceRows.events(part.groupBy(), sourceIndex).cumulative();
        return CatalystRows.of(scan.rows())
                .mapPartitions(
                        new EventRows(part, position, isCumulative, moments.leastMs(), moments.mostMs(), keys, heavy));
    }

    /** Looks for heavy keys in a few days of each events source of a group. */
    HeavyKeys heavyKeys(KeyGroup group, SkewSettings skew) {
        if (skew.slicesMax() < 2 || moments.days().size() < 2) {
            return HeavyKeys.NONE;
        }
        KeyFilter keys = new KeyFilter(moments.keys(group));
        LongHashSet heavy = new LongHashSet();
        for (int position = 0; position < group.parts().size(); position++) {
            PartPlan part = group.parts().get(position);
            for (int i = 0;
                    !part.isOfEntities()
                            && i < part.groupBy().definition().sources().size();
                    i++) {
                SourceRows source = source(part, i);
                if (source.beginsLater()) {
                    continue;
                }
                SourceRows.Scan sample = source.sample(SAMPLED_DAYS);
                Dataset<Row> counts = CatalystRows.frame(
                                spark, events(sample, part, position, i, keys, HeavyKeys.NONE), SortedRow.SCHEMA)
                        .groupBy("key")
                        .count();
                double scale = (double) source.days() / sample.days().size();
                Row total = counts.agg(functions.sum("count")).head();
                double rows = total.isNullAt(0) ? 0 : total.getLong(0) * scale;
                counts.where(functions.col("count").multiply(scale).geq(skew.leastRows(rows)))
                        .orderBy(functions.col("count").desc())
                        .limit(HEAVY_KEYS_MAX)
                        .collectAsList()
                        .forEach(row -> heavy.add(hash(row.getAs(0))));
            }
        }
        if (!heavy.isEmpty()) {
            progress.accept(String.join(", ", group.leftColumns()) + ": " + heavy.size()
                    + " keys with very many rows are cut along time");
        }
        long[] hashes = heavy.stream().mapToLong(Long::longValue).toArray();
        return HeavyKeys.of(hashes, moments.days(), skew.slicesMax());
    }

    private static long hash(byte[] key) {
        return KeyHash.hash(new UnsafeBuffer(key), 0, key.length);
    }

    private void addEntities(
            PartPlan part,
            int position,
            Source.Entities source,
            Schema declared,
            KeyValues needed,
            KeyFilter keys,
            HeavyKeys heavy,
            List<JavaRDD<InternalRow>> rows) {
        List<LocalDate> days = moments.days();
        Table snapshots = tables.find(source.snapshotTable());
        List<LocalDate> before = days.stream().map(day -> day.minusDays(1)).toList();
        List<LocalDate> there = present(part, snapshots, source.query(), before);
        if (!there.isEmpty()) {
            rows.add(entities(part, position, snapshots, source.query(), there, declared, false, needed, keys, heavy));
        }
        if (!part.isSnapshot()) {
            Table mutations = tables.find(source.mutationTable().orElseThrow());
            List<LocalDate> changed = present(part, mutations, source.query(), moments.begunDays());
            if (!changed.isEmpty()) {
                rows.add(entities(
                        part, position, mutations, source.query(), changed, declared, true, needed, keys, heavy));
            }
        }
    }

    /**
     * Those of the days that have a partition, within the query's start and end. A day that is older than the newest is named; one that is yet to come is
     * refused.
     */
    private List<LocalDate> present(PartPlan part, Table table, Query query, List<LocalDate> days) {
        Optional<LocalDate> start = query.startPartition().map(ds -> Days.parse("startPartition", ds));
        Optional<LocalDate> end = query.endPartition().map(ds -> Days.parse("endPartition", ds));
        List<LocalDate> wanted = days.stream()
                .filter(day -> start.isEmpty() || !day.isBefore(start.get()))
                .filter(day -> end.isEmpty() || !day.isAfter(end.get()))
                .toList();
        List<LocalDate> available = table.partitions(query.partitionColumn());
        LocalDate newest = available.get(available.size() - 1);
        Optional<LocalDate> toCome = wanted.stream().filter(newest::isBefore).findFirst();
        if (toCome.isPresent()) {
            throw new JobException("GroupBy " + part.groupBy().name() + ", " + table.describe() + ": partition "
                    + query.partitionColumn() + "=" + toCome.get() + " is missing (newest: " + newest
                    + "). Wait for it, or give an earlier --end-ds");
        }
        List<LocalDate> there =
                wanted.stream().filter(Set.copyOf(available)::contains).toList();
        if (there.size() < wanted.size()) {
            List<LocalDate> missing =
                    wanted.stream().filter(day -> !there.contains(day)).toList();
            progress.accept(part.name() + ": WARNING: " + table.name() + " has no partition of " + missing.size()
                    + " days: "
                    + missing.stream()
                            .limit(NAMED_DAYS)
                            .map(LocalDate::toString)
                            .collect(Collectors.joining(", "))
                    + (missing.size() > NAMED_DAYS ? ", ..." : ""));
        }
        if (!there.isEmpty()) {
            progress.accept(part.name() + ": reading " + table.name() + ", " + there.size() + " partitions "
                    + there.get(0) + " to " + there.get(there.size() - 1));
        }
        return there;
    }

    private JavaRDD<InternalRow> entities(
            PartPlan part,
            int position,
            Table table,
            Query query,
            List<LocalDate> days,
            Schema declared,
            boolean areMutations,
            KeyValues needed,
            KeyFilter keys,
            HeavyKeys heavy) {
        QueryRows rows = new QueryRows(
                spark,
                "GroupBy " + part.groupBy().name(),
                table,
                query,
                part.groupBy().selected());
        MutationColumns mutations = MutationColumns.of(query);
        Dataset<Row> selected;
        try (Setups unused = rows.setUp()) {
            Dataset<Row> passing = rows.passing(days, areMutations ? mutations.with(declared) : declared);
            List<Extra> extras = new ArrayList<>();
            extras.add(new Extra(SourceRows.TIME, rows.entityTimeMs(passing)));
            extras.add(new Extra(SourceRows.DAY, rows.partitionDay()));
            if (areMutations) {
                extras.add(new Extra(MUTATION_TIME, mutations.timeMs()));
                extras.add(new Extra(IS_BEFORE, mutations.isBefore()));
            }
            selected = rows.select(passing, extras, needed);
        }
        return CatalystRows.of(areMutations ? changing(selected) : selected)
                .mapPartitions(new EntityRows(part, position, areMutations, keys, heavy));
    }

    /** Without what a mutation takes back and adds alike: an update of columns that are not selected is none, and nothing remembers it as taken back. */
    private static Dataset<Row> changing(Dataset<Row> mutations) {
        Column isBefore = ColumnCheck.column(IS_BEFORE);
        Column net = ColumnCheck.column(NET);
        List<Column> others = Stream.of(mutations.columns())
                .filter(name -> !name.equals(IS_BEFORE))
                .map(ColumnCheck::column)
                .toList();
        List<Column> changed = new ArrayList<>(others);
        changed.add(net.lt(0).as(IS_BEFORE));
        changed.add(functions.explode(
                functions.array_repeat(functions.lit(0), functions.abs(net).cast("int"))));
        return mutations
                .groupBy(others.toArray(Column[]::new))
                .agg(functions.sum(functions.when(isBefore, -1).otherwise(1)).as(NET))
                .where(net.notEqual(0))
                .select(changed.toArray(Column[]::new));
    }
}
