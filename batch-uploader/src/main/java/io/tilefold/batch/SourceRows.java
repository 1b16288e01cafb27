package io.tilefold.batch;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The rows of one source of a GroupBy over the partitions that count, as {@link FlatEvents} takes them: the selected columns in the plan's
 * order, then {@link #TIME} and {@link #DAY}.
 */
public final class SourceRows {
    /** Event time in epoch milliseconds; may be null. */
    public static final String TIME = "__tilefold_time_ms";

    /** The partition's day since the epoch. */
    public static final String DAY = "__tilefold_day";

    private final QueryRows rows;
    private final Table table;
    private final Schema declared;
    private final ScanRange range;
    private final boolean ofEntities;

    public SourceRows(SparkSession spark, Tables tables, CompiledGroupBy groupBy, int sourceIndex, ScanRange range) {
        Source.Events source = events(groupBy, sourceIndex);
        this.table = find(tables, groupBy, groupBy.definition().sources().get(sourceIndex));
        this.rows = new QueryRows(spark, "GroupBy " + groupBy.name(), table, source.query(), groupBy.selected());
        this.declared = groupBy.sourceSchemas().get(sourceIndex);
        this.range = range;
        this.ofEntities = groupBy.definition().sources().get(sourceIndex) instanceof Source.Entities;
        if (!ofEntities
                && source.query().timeColumn().isEmpty()
                && (source.cumulative() || groupBy.definition().accuracy() != Accuracy.SNAPSHOT)) {
            throw rows.problem("a timeColumn is missing: only SNAPSHOT events that are not cumulative do without");
        }
    }

    /**
     * The events source at this index. The output of a join is one: its table has the join's name cleaned, and its time is {@code ts} unless the query says otherwise.
     * What an upload takes of entities is one too: the rows of a snapshot.
     */
    public static Source.Events events(CompiledGroupBy groupBy, int sourceIndex) {
        Source source = groupBy.definition().sources().get(sourceIndex);
        if (source instanceof Source.Events events) {
            return events;
        }
        if (source instanceof Source.Entities entities) {
            return new Source.Events(entities.snapshotTable(), Optional.empty(), entities.query(), false);
        }
        Source.JoinOutput output = (Source.JoinOutput) source;
        return new Source.Events(Names.clean(output.join()), Optional.empty(), timed(output.query()), false);
    }

    private static Query timed(Query query) {
        return query.timeColumn().isPresent()
                ? query
                : new Query(
                        query.selects(),
                        query.wheres(),
                        Optional.of("ts"),
                        query.setups(),
                        query.partitionColumn(),
                        query.startPartition(),
                        query.endPartition(),
                        query.mutationTimeColumn(),
                        query.reversalColumn());
    }

    /**
     * The table whose partitions a source has.
     *
     * @throws JobException if there is none, saying where it was looked for and, of a join's output, what makes it
     */
    public static Table find(Tables tables, CompiledGroupBy groupBy, Source source) {
        if (!(source instanceof Source.JoinOutput output)) {
            return tables.find(
                    source instanceof Source.Events events
                            ? events.table()
                            : ((Source.Entities) source).snapshotTable());
        }
        String name = Names.clean(output.join());
        try {
            return tables.find(name);
        } catch (JobException missing) {
            throw new JobException(
                    missing.getMessage() + "; GroupBy " + groupBy.name() + " reads it as the output of join "
                            + output.join() + ": tilefold backfill --join " + output.join() + " makes it, --table "
                            + name + "=PATH then says where it is (tilefold daily does both)",
                    missing);
        }
    }

    /** What is read, and its rows. */
    public record Scan(String table, List<LocalDate> days, List<LocalDate> holes, Dataset<Row> rows) {
        private static final int NAMED_HOLES = 5;

        /** {@code "flights, 40 partitions 2001-01-01 to 2001-02-09"}, and which days between them have none. */
        public String describe() {
            String line =
                    table + ", " + days.size() + " partitions " + days.get(0) + " to " + days.get(days.size() - 1);
            return holes.isEmpty()
                    ? line
                    : line + "; WARNING: " + holes.size() + " days in between have none: "
                            + holes.stream()
                                    .limit(NAMED_HOLES)
                                    .map(LocalDate::toString)
                                    .collect(Collectors.joining(", "))
                            + (holes.size() > NAMED_HOLES ? ", ..." : "");
        }
    }

    /**
     * Checks table, columns, types and expressions; reads no row.
     *
     * @throws JobException naming what is missing or wrong
     */
    public Scan scan() {
        return scan(KeyValues.ANY);
    }

    /** As {@link #scan()}, of the rows that have some of these values at least. */
    public Scan scan(KeyValues needed) {
        List<LocalDate> days = rows.choose(range);
        return scan(days, range.holes(days), needed);
    }

    /** True if the source begins after the range: its rows count for none of the moments. */
    public boolean beginsLater() {
        return rows.beginsAfter(range);
    }

    /** Number of days that {@link #scan} reads. */
    public int days() {
        return rows.choose(range).size();
    }

    /** {@link #scan} of at most so many of its days, evenly spread. */
    public Scan sample(int daysMax) {
        List<LocalDate> days = rows.choose(range);
        int count = Math.min(daysMax, days.size());
        List<LocalDate> sampled = IntStream.range(0, count)
                .mapToObj(i -> days.get((int) ((2L * i + 1) * days.size() / (2L * count))))
                .toList();
        return scan(sampled, List.of(), KeyValues.ANY);
    }

    private Scan scan(List<LocalDate> days, List<LocalDate> holes, KeyValues needed) {
        try (Setups unused = rows.setUp()) {
            Dataset<Row> passing = rows.passing(days, declared);
            Dataset<Row> selected = rows.select(
                    passing,
                    List.of(
                            new QueryRows.Extra(TIME, ofEntities ? rows.entityTimeMs(passing) : rows.timeMs(passing)),
                            new QueryRows.Extra(DAY, rows.partitionDay())),
                    needed);
            return new Scan(table.name(), days, holes, selected);
        }
    }
}
