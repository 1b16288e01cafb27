package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.Setups;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.StagingQuery;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A staging query's table or view. With a start partition its rows carry their day in {@code ds}; without one the table is written whole. */
final class StagingBackfill implements Backfill {
    private static final Pattern TEMPORARY =
            Pattern.compile("^\\s*CREATE\\s+(OR\\s+REPLACE\\s+)?TEMP(ORARY)?\\s", Pattern.CASE_INSENSITIVE);

    private final SparkSession spark;
    private final Tables tables;
    private final StagingQuery definition;
    private final LocalDate latest;

    /** Setups, as they are written. */
    private final Set<String> done = new HashSet<>();

    /** @param latest last day of the run */
    StagingBackfill(SparkSession spark, Tables tables, StagingQuery definition, LocalDate latest) {
        this.spark = spark;
        this.tables = tables;
        this.definition = definition;
        this.latest = latest;
    }

    @Override
    public String name() {
        return definition.name();
    }

    @Override
    public Computed computedWith() {
        DefinitionId id = DefinitionIds.of(definition);
        return Computed.with(id, Map.of(owner(), id));
    }

    /** True if it is made by {@link #createView}, and has no rows to write. */
    boolean isView() {
        return definition.isView();
    }

    @Override
    public boolean isWhole() {
        return definition.startPartition().isEmpty();
    }

    @Override
    public List<LocalDate> days() {
        if (isWhole()) {
            return List.of(latest);
        }
        LocalDate first = Days.parse(
                owner() + ": startPartition", definition.startPartition().orElseThrow());
        return first.isAfter(latest)
                ? List.of()
                : first.datesUntil(latest.plusDays(1)).toList();
    }

    /**
     * Days of which the newest partition that the query asks a table for is missing; its own table is not asked. Seen of a step at once where nothing is missing; else of each of
     * its days, as if that were computed alone.
     */
    @Override
    public SortedMap<LocalDate, String> waiting(List<LocalDate> days) {
        tables.register();
        LocalDate last = days.get(days.size() - 1);
        if (days.size() > 1 && inputs(days).stream().allMatch(input -> input.isWhole(last))) {
            return new TreeMap<>();
        }
        SortedMap<LocalDate, String> waiting = new TreeMap<>();
        for (LocalDate day : days) {
            for (PartitionsRead input : inputs(List.of(day))) {
                input.newest(day)
                        .filter(partition -> !input.isThere(partition))
                        .ifPresent(partition -> waiting.putIfAbsent(day, input.lacks(partition)));
            }
        }
        return waiting;
    }

    private List<PartitionsRead> inputs(List<LocalDate> days) {
        return PartitionsRead.of(query(days), tables).stream()
                .filter(input -> !input.table().equals(Names.clean(definition.name())))
                .toList();
    }

    @Override
    public Dataset<Row> rows(List<LocalDate> days) {
        tables.register();
        return query(days);
    }

    /** The tables are registered. */
    private Dataset<Row> query(List<LocalDate> days) {
        Macros macros = new Macros(days.get(0), days.get(days.size() - 1), latest, this::newest);
        Dataset<Row> rows;
        try (Setups unused = setUp(macros)) {
            rows = run("query", macros.expand(owner(), definition.query()));
        }
        if (isWhole()) {
            return rows;
        }
        if (!Arrays.asList(rows.columns()).contains(TrainingRows.DS)) {
            throw new JobException(
                    owner() + " gives no column ds: with a startPartition each row carries its day; it gives "
                            + String.join(", ", rows.columns()));
        }
        return rows.where(rows.col(TrainingRows.DS)
                .cast("string")
                .isin(days.stream().map(LocalDate::toString).toArray()));
    }

    /** Makes the view of Spark's catalog, or makes it anew: its macros are those of this run. */
    void createView(String view) {
        Macros macros = new Macros(latest, latest, latest, this::newest);
        try (Setups setups = setUp(macros)) {
            var unused = run(
                    "view " + view + " of query",
                    "CREATE OR REPLACE VIEW " + view + " AS " + macros.expand(owner(), definition.query()));
        }
    }

    /** Once what is the same for every chunk and outlives it. */
    private Setups setUp(Macros macros) {
        List<String> statements = definition.setups().stream()
                .filter(setup -> done.add(setup)
                        || StagingQuery.MACRO.matcher(setup).find()
                        || TEMPORARY.matcher(setup).find())
                .map(setup -> macros.expand(owner(), setup))
                .toList();
        return Setups.run(spark, statements, (what, cause) -> new JobException(owner() + ", " + what, cause));
    }

    private LocalDate newest(String table) {
        List<LocalDate> partitions = tables.find(table).partitions(Query.DEFAULT_PARTITION_COLUMN);
        return partitions.get(partitions.size() - 1);
    }

    private Dataset<Row> run(String what, String sql) {
        try {
            return spark.sql(sql);
        } catch (Exception e) {
            throw new JobException(
                    owner() + ", " + what + " \"" + sql.strip() + "\": "
                            + JobException.firstLine(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private String owner() {
        return "StagingQuery " + definition.name();
    }
}
