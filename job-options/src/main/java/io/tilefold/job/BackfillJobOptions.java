package io.tilefold.job;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What a backfill computes, of which days, and where it writes. Confined to one thread. */
public final class BackfillJobOptions {
    @ArgGroup(multiplicity = "1")
    private What what = new What();

    private static final class What {
        @Option(names = "--join", paramLabel = "NAME", description = "A join: its training set.")
        private @Nullable String join;

        @Option(
                names = "--group-by",
                paramLabel = "NAME",
                description = "Or a GroupBy: its values at the midnight after each day.")
        private @Nullable String groupBy;

        @Option(
                names = "--staging-query",
                paramLabel = "NAME",
                description = "Or a staging query: its table, up to --end-ds.")
        private @Nullable String stagingQuery;
    }

    @ArgGroup(multiplicity = "1")
    private Where where = new Where();

    private static final class Where {
        @Option(names = "--out", paramLabel = "PATH", description = "Where to write Parquet.")
        private @Nullable String path;

        @Option(
                names = "--out-table",
                paramLabel = "NAME",
                description = "Or a table of Spark's catalog; made when missing.")
        private @Nullable String table;
    }

    @Option(
            names = "--out-format",
            paramLabel = "NAME",
            description = "Of an --out-table that is made: parquet, delta, iceberg. Default: the catalog's.")
    private @Nullable String outFormat;

    @Option(
            names = "--start-ds",
            paramLabel = "DAY",
            description =
                    "First day to compute, yyyy-MM-dd. Default: the first that the output has, else that the tables have.")
    private @Nullable String startDs;

    @Option(
            names = "--end-ds",
            paramLabel = "DAY",
            description = "Last day to compute, yyyy-MM-dd. Default: the last that the tables have.")
    private @Nullable String endDs;

    @Option(
            names = "--step-days",
            paramLabel = "N",
            description = "Days computed and written at a time. Default: ${DEFAULT-VALUE}.")
    private int stepDays = 30;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Tasks of each shuffle. Default: three for each core.")
    private @Nullable Integer partitions;

    @Option(
            names = "--slices",
            paramLabel = "N",
            description =
                    "Slices of time into which keys with very many rows are cut. Default: one for each core, if there are"
                            + " at least 4; 1: none.")
    private @Nullable Integer slices;

    @Option(
            names = "--label-end-ds",
            paramLabel = "DAY",
            description = "Last label day of a join with a label part. Default: the last that the labels' tables have.")
    private @Nullable String labelEndDs;

    @Option(names = "--no-labels", description = "Leave the labels of a join with a label part out.")
    private boolean noLabels;

    @Option(
            names = "--only-labels",
            description = "Compute the labels of a join with a label part and not its features.")
    private boolean onlyLabels;

    @Option(
            names = "--require-end-ds",
            description = {
                "End with exit code 75 if the left or the sources have no partition of --end-ds yet, or the labels' tables none of --label-end-ds."
            })
    private boolean requireEndDs;

    @Option(names = "--dry-run", description = "Print which days would be computed, and why, and end.")
    private boolean dryRun;

    /** One of join, GroupBy and staging query is given. */
    public Optional<String> join() {
        return Optional.ofNullable(what.join);
    }

    public Optional<String> groupBy() {
        return Optional.ofNullable(what.groupBy);
    }

    public Optional<String> stagingQuery() {
        return Optional.ofNullable(what.stagingQuery);
    }

    /** One of path and table is given. */
    public Optional<String> outPath() {
        return Optional.ofNullable(where.path);
    }

    public Optional<String> outTable() {
        return Optional.ofNullable(where.table);
    }

    public Optional<String> outFormat() {
        return Optional.ofNullable(outFormat);
    }

    /** As given. */
    public Optional<String> startDs() {
        return Optional.ofNullable(startDs);
    }

    /** As given. */
    public Optional<String> endDs() {
        return Optional.ofNullable(endDs);
    }

    /** As given. */
    public Optional<String> labelEndDs() {
        return Optional.ofNullable(labelEndDs);
    }

    public boolean noLabels() {
        return noLabels;
    }

    public boolean onlyLabels() {
        return onlyLabels;
    }

    public int stepDays() {
        return stepDays;
    }

    public OptionalInt partitions() {
        return of(partitions);
    }

    public OptionalInt slices() {
        return of(slices);
    }

    private static OptionalInt of(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    public boolean requireEndDs() {
        return requireEndDs;
    }

    public boolean dryRun() {
        return dryRun;
    }
}
