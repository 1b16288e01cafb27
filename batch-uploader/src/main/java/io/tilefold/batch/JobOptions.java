package io.tilefold.batch;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.StagingQuery;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every job over a catalog's definitions and their tables. Confined to one thread. */
public final class JobOptions {
    @Option(names = "--catalog", required = true, paramLabel = "FILE", description = "What tilefold compile wrote.")
    private Path catalog = Path.of("");

    @Option(
            names = "--table",
            paramLabel = "NAME=PATH[?format=parquet|csv|json]",
            description = "Where a table's directories ds=yyyy-MM-dd are. Repeatable. Default: Spark's catalog.")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark master, if spark-submit did not say. Default: local[*].")
    private @Nullable String master;

    /** @throws JobException naming the file that cannot be read */
    public Catalog catalog() {
        try {
            return CatalogFile.read(catalog);
        } catch (IOException e) {
            throw new JobException(
                    "--catalog " + catalog + " cannot be read (" + e + "): give what tilefold compile wrote", e);
        }
    }

    /** For messages. */
    public Path catalogFile() {
        return catalog;
    }

    /** @throws JobException if an option is malformed: said before Spark starts */
    public JobSession session(String application) {
        var unused = locations();
        return JobSession.open(application, master);
    }

    /** @throws JobException if an option is malformed, or a name is given twice */
    public Tables tables(SparkSession spark) {
        return new Tables(spark, locations());
    }

    private List<TableLocation> locations() {
        return tables.stream().map(TableLocation::parse).toList();
    }

    /** @throws JobException naming the joins there are */
    public static CompiledJoin join(Catalog catalog, String name) {
        return catalog.join(name)
                .orElseThrow(() -> unknown(
                        "--join " + name, "join", catalog.joins().stream().map(CompiledJoin::name)));
    }

    /** @throws JobException naming the GroupBys there are */
    public static CompiledGroupBy groupBy(Catalog catalog, String name) {
        return catalog.groupBy(name)
                .orElseThrow(() -> unknown(
                        "--group-by " + name,
                        "GroupBy",
                        catalog.groupBys().stream().map(CompiledGroupBy::name)));
    }

    /** @throws JobException naming the staging queries there are */
    public static StagingQuery stagingQuery(Catalog catalog, String name) {
        return catalog.stagingQueries().stream()
                .filter(query -> query.name().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(
                        "--staging-query " + name,
                        "staging query",
                        catalog.stagingQueries().stream().map(StagingQuery::name)));
    }

    private static JobException unknown(String option, String kind, Stream<String> names) {
        return new JobException(
                option + ": the catalog has no such " + kind + "; it has " + names.collect(Collectors.joining(", ")));
    }
}
