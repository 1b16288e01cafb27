package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobException;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.StagingQuery;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A staging query's table or view. With a start partition its rows carry their day in {@code ds}; without one the table is written whole. */
final class StagingBackfill implements Backfill {
    private final SparkSession spark;
    private final Tables tables;
    private final StagingQuery definition;
    private final LocalDate latest;

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

    @Override
    public Dataset<Row> rows(List<LocalDate> days) {
        tables.register();
        Macros macros = new Macros(days.get(0), days.get(days.size() - 1), latest, this::newest);
        for (String setup : definition.setups()) {
            var unused = run("setup", macros.expand(owner(), setup));
        }
        Dataset<Row> rows = run("query", macros.expand(owner(), definition.query()));
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
        for (String setup : definition.setups()) {
            var unused = run("setup", macros.expand(owner(), setup));
        }
        var unused = run(
                "view " + view + " of query",
                "CREATE OR REPLACE VIEW " + view + " AS " + macros.expand(owner(), definition.query()));
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
