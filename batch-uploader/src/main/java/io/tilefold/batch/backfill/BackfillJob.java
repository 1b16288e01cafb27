package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobCommand;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JobOptions;
import io.tilefold.batch.JvmFlags;
import io.tilefold.batch.NotYetException;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.StagingQuery;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The Spark job that writes a join's training set: for every row of its left the values that would have been served at its time; or a GroupBy's values at
 * every midnight.
 *
 * <pre>{@code
 * spark-submit --class io.tilefold.batch.backfill.BackfillJob \
 *   --conf spark.driver.extraJavaOptions=--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
 *   --conf spark.executor.extraJavaOptions=--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED \
 *   tilefold-batch-uploader-job.jar \
 *   --catalog catalog.bin --join flight_context --table flights=/data/flights --out /data/training
 * }</pre>
 *
 * <p>Days that the output has and that were computed with the same definitions are kept; a run that was killed is continued by the next.
 */
@Command(
        name = "tilefold-backfill",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Computes a training set from tables and writes it as Parquet, one directory per day.")
public final class BackfillJob implements Callable<Integer> {
    private static final int PARTITIONS_PER_CORE = 3;
    private static final int SLICING_CORES_MIN = 4;

    @Mixin
    private JobOptions options = new JobOptions();

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    /** What is computed. */
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

    /** Where it is written. */
    private static final class Where {
        @Option(names = "--out", paramLabel = "PATH", description = "Where the training set is, as Parquet.")
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
                    "First day to compute, yyyy-MM-dd. Default: the first that the output has, else that the left or the sources have.")
    private @Nullable String startDs;

    @Option(
            names = "--end-ds",
            paramLabel = "DAY",
            description = "Last day to compute, yyyy-MM-dd. Default: the last that the left or the sources have.")
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
                    "Slices of time into which keys with very many rows are cut. Default: one for each core, if there are at least 4; 1: none.")
    private @Nullable Integer slices;

    @Option(
            names = "--require-end-ds",
            description = "End with exit code 75 if the left or the sources have no partition of --end-ds yet.")
    private boolean requireEndDs;

    @Option(names = "--dry-run", description = "Print which days would be computed, and why, and end.")
    private boolean dryRun;

    BackfillJob() {}

    public static void main(String[] args) {
        int code = JobCommand.run(new BackfillJob(), args);
        if (code != 0) {
            System.exit(code); // returning is how a job succeeds in every deploy mode
        }
    }

    @Override
    public Integer call() throws IOException {
        JvmFlags.check();
        if (stepDays < 1) {
            throw new JobException("--step-days " + stepDays + ": at least 1");
        }
        Catalog catalog = options.catalog();
        Optional<LocalDate> start = Optional.ofNullable(startDs).map(ds -> Days.parse("--start-ds", ds));
        Optional<LocalDate> end = Optional.ofNullable(endDs).map(ds -> Days.parse("--end-ds", ds));
        try (SparkSession spark = options.session("tilefold backfill")) {
            int shuffled =
                    partitions == null ? spark.sparkContext().defaultParallelism() * PARTITIONS_PER_CORE : partitions;
            Backfill backfill = backfill(spark, options.tables(spark), catalog, shuffled, end);
            TrainingOutput table = output(spark);
            if (backfill.isWhole()) {
                runWhole(backfill, table);
                return 0;
            }
            if (requireEndDs) {
                requireEnd(backfill, end);
            }
            BackfillPlan plan = BackfillPlan.of(backfill.days(), table.days(), backfill.computedWith(), start, end);
            plan.describe().forEach(line -> System.out.println(backfill.name() + ": " + line));
            if (!dryRun) {
                run(backfill, table, plan.steps(stepDays), System.out);
            }
            return 0;
        }
    }

    private static void requireEnd(Backfill backfill, Optional<LocalDate> end) {
        LocalDate wanted = end.orElseThrow(() -> new JobException("--require-end-ds: give --end-ds"));
        List<LocalDate> days = backfill.days();
        if (days.isEmpty() || days.get(days.size() - 1).isBefore(wanted)) {
            throw new NotYetException(backfill.name() + ": there is no partition of " + wanted + " yet; the newest is "
                    + (days.isEmpty() ? "none" : days.get(days.size() - 1)));
        }
    }

    private TrainingOutput output(SparkSession spark) {
        String table = where.table;
        if (table != null) {
            return new CatalogTrainingTable(spark, table, Optional.ofNullable(outFormat));
        }
        if (outFormat != null) {
            throw new JobException("--out-format " + outFormat + ": only of an --out-table; --out is Parquet");
        }
        return new TrainingTable(spark, String.valueOf(where.path));
    }

    private void runWhole(Backfill backfill, TrainingOutput table) {
        if (dryRun) {
            System.out.println(backfill.name() + ": to compute: the whole table, as each time");
            return;
        }
        TrainingOutput.Written written =
                table.replaceAll(backfill.rows(backfill.days()).orElseThrow());
        System.out.printf(Locale.ROOT, "%s: wrote %,d rows to %s%n", backfill.name(), written.rows(), table);
        printNulls(written, System.out);
    }

    private Backfill backfill(
            SparkSession spark, Tables found, Catalog catalog, int shuffled, Optional<LocalDate> end) {
        Consumer<String> progress = System.out::println;
        String join = what.join;
        if (join != null) {
            CompiledJoin compiled = JobOptions.join(catalog, join);
            return new JoinBackfill(
                    spark, found, catalog, compiled, shuffled, SkewSettings.of(slices(spark), shuffled), progress);
        }
        String staging = what.stagingQuery;
        if (staging != null) {
            StagingQuery definition = JobOptions.stagingQuery(catalog, staging);
            LocalDate latest = end.orElseThrow(
                    () -> new JobException("--staging-query " + staging + ": give --end-ds, the last day to write"));
            return new StagingBackfill(spark, found, definition, latest);
        }
        String groupBy = String.valueOf(what.groupBy);
        CompiledGroupBy compiled = JobOptions.groupBy(catalog, groupBy);
        return new GroupByBackfill(spark, found, compiled, shuffled, progress);
    }

    private int slices(SparkSession spark) {
        int cores = spark.sparkContext().defaultParallelism();
        return slices != null ? slices : cores < SLICING_CORES_MIN ? 1 : cores;
    }

    private static void run(Backfill backfill, TrainingOutput table, List<List<LocalDate>> steps, PrintStream out) {
        TrainingOutput.Written written = TrainingOutput.Written.none();
        String name = backfill.name();
        int days = 0;
        for (int i = 0; i < steps.size(); i++) {
            long startNs = System.nanoTime();
            List<LocalDate> step = steps.get(i);
            TrainingOutput.Written ofStep = table.replace(step, backfill.rows(step), backfill.computedWith());
            written = written.plus(ofStep);
            days += step.size();
            out.printf(
                    Locale.ROOT,
                    "%s: step %d of %d, %s to %s: %,d rows, %.1f s%n",
                    name,
                    i + 1,
                    steps.size(),
                    step.get(0),
                    step.get(step.size() - 1),
                    ofStep.rows(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) / 1000.0);
        }
        out.printf(Locale.ROOT, "%s: wrote %,d rows of %d days to %s%n", name, written.rows(), days, table);
        printNulls(written, out);
    }

    private static void printNulls(TrainingOutput.Written written, PrintStream out) {
        int width =
                written.nulls().keySet().stream().mapToInt(String::length).max().orElse(0);
        for (Map.Entry<String, Long> column : written.nulls().entrySet()) {
            out.printf(
                    Locale.ROOT,
                    "  %-" + width + "s  %,12d nulls  %5.1f%%%n",
                    column.getKey(),
                    column.getValue(),
                    written.rows() == 0 ? 0.0 : 100.0 * column.getValue() / written.rows());
        }
    }
}
