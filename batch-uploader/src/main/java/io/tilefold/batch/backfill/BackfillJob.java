package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobCommand;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JobOptions;
import io.tilefold.batch.JobSession;
import io.tilefold.batch.JvmFlags;
import io.tilefold.batch.NotYetException;
import io.tilefold.batch.Tables;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.job.BackfillJobOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The Spark job that writes a join's training set: for every row of its left the values that would have been served at its time, and beside it its labels; or a GroupBy's values
 * at every midnight.
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

    /** Days that wait for their input of which a run says which input: the first ones. */
    private static final int NAMED_DAYS = 5;

    @Mixin
    private JobOptions options = new JobOptions();

    @Mixin
    private BackfillJobOptions asked = new BackfillJobOptions();

    BackfillJob() {}

    /** As {@link #main}, and leaves the JVM running: for an application with a Spark session of its own. Returns the exit code. */
    public static int run(String... args) {
        return JobCommand.run(new BackfillJob(), args);
    }

    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code); // returning is how a job succeeds in every deploy mode
        }
    }

    @Override
    public Integer call() throws IOException {
        JvmFlags.check();
        if (asked.stepDays() < 1) {
            throw new JobException("--step-days " + asked.stepDays() + ": at least 1");
        }
        Catalog catalog = options.catalog();
        // Said before Spark starts.
        Optional<CompiledJoin> join = asked.join().map(name -> JobOptions.join(catalog, name));
        var unusedGroupBy = asked.groupBy().map(name -> JobOptions.groupBy(catalog, name));
        var unusedQuery = asked.stagingQuery().map(name -> JobOptions.stagingQuery(catalog, name));
        Optional<LocalDate> start = asked.startDs().map(ds -> Days.parse("--start-ds", ds));
        Optional<LocalDate> end = asked.endDs().map(ds -> Days.parse("--end-ds", ds));
        Optional<LocalDate> labelEnd = asked.labelEndDs().map(ds -> Days.parse("--label-end-ds", ds));
        checkLabels(join);
        try (JobSession session = options.session("tilefold backfill")) {
            SparkSession spark = session.spark();
            int shuffled =
                    asked.partitions().orElseGet(() -> spark.sparkContext().defaultParallelism() * PARTITIONS_PER_CORE);
            if (!asked.onlyLabels()) {
                Backfill backfill = backfill(spark, options.tables(spark), catalog, shuffled, end);
                if (backfill instanceof StagingBackfill staging && staging.isView()) {
                    createView(staging);
                    return 0;
                }
                TrainingOutput table = output(spark);
                if (backfill.isWhole()) {
                    runWhole(backfill, table);
                    return 0;
                }
                runDays(backfill, table, start, end);
            }
            if (join.isPresent() && hasLabels(join.get())) {
                LocalDate from = start.orElseGet(() -> firstDay(output(spark)));
                labels(spark, catalog, join.get(), shuffled, labelEnd)
                        .run(
                                day -> !day.isBefore(from)
                                        && end.filter(day::isAfter).isEmpty(),
                                labelEnd,
                                asked.stepDays(),
                                asked.dryRun());
            }
            return 0;
        }
    }

    private void runDays(Backfill backfill, TrainingOutput table, Optional<LocalDate> start, Optional<LocalDate> end) {
        if (asked.requireEndDs()) {
            requireEnd(backfill, end);
        }
        BackfillPlan due = BackfillPlan.of(backfill.days(), table.days(), backfill.computedWith(), start, end);
        SortedMap<LocalDate, String> waiting = new TreeMap<>();
        due.steps(asked.stepDays()).forEach(step -> waiting.putAll(backfill.waiting(step)));
        if (asked.requireEndDs()) {
            requireInput(backfill, end.orElseThrow(), waiting);
        }
        sayWaiting(backfill, waiting);
        BackfillPlan plan = due.without(waiting.keySet());
        plan.describe().forEach(line -> System.out.println(backfill.name() + ": " + line));
        if (!asked.dryRun()) {
            run(backfill, table, plan.steps(asked.stepDays()), System.out);
        }
    }

    private boolean hasLabels(CompiledJoin join) {
        return join.definition().labelPart().isPresent() && !asked.noLabels();
    }

    private void checkLabels(Optional<CompiledJoin> join) {
        if (asked.noLabels() && asked.onlyLabels()) {
            throw new JobException("--no-labels --only-labels: then there is nothing to do; give one of them");
        }
        boolean needsLabels = asked.onlyLabels() || asked.labelEndDs().isPresent();
        if (needsLabels && join.filter(this::hasLabels).isEmpty()) {
            throw new JobException((asked.onlyLabels() ? "--only-labels" : "--label-end-ds")
                    + ": only of a --join with a label part"
                    + (asked.noLabels() ? ", and without --no-labels" : ""));
        }
    }

    /** Of a training set; without one every day of the left may have labels. */
    private static LocalDate firstDay(TrainingOutput table) {
        NavigableMap<LocalDate, Computed> days = table.days();
        return days.isEmpty() ? LocalDate.MIN : days.firstKey();
    }

    private LabelRun labels(
            SparkSession spark, Catalog catalog, CompiledJoin join, int shuffled, Optional<LocalDate> labelEnd) {
        LabelBackfill backfill = new LabelBackfill(
                spark,
                options.tables(spark),
                catalog,
                join,
                shuffled,
                SkewSettings.of(slices(spark), shuffled),
                System.out::println);
        if (asked.requireEndDs()) {
            labelEnd.ifPresent(backfill::require);
        }
        if (asked.outTable().isPresent()) {
            return LabelRun.table(spark, backfill, asked.outTable().get(), asked.outFormat(), System.out);
        }
        return LabelRun.files(spark, backfill, asked.outPath().orElseThrow(), System.out);
    }

    private void createView(StagingBackfill staging) {
        String view = asked.outTable().orElse("");
        if (view.isEmpty() || asked.outFormat().isPresent()) {
            throw new JobException(
                    "StagingQuery " + staging.name()
                            + " is a view: give --out-table NAME, its name in Spark's catalog, and neither --out nor --out-format");
        }
        if (!asked.dryRun()) {
            staging.createView(view);
        }
        System.out.println(staging.name() + ": " + (asked.dryRun() ? "to make: view " : "made view ") + view);
    }

    private static void requireEnd(Backfill backfill, Optional<LocalDate> end) {
        LocalDate wanted = end.orElseThrow(() -> new JobException("--require-end-ds: give --end-ds"));
        List<LocalDate> days = backfill.days();
        if (days.isEmpty() || days.get(days.size() - 1).isBefore(wanted)) {
            throw new NotYetException(backfill.name() + ": there is no partition of " + wanted + " yet; the newest is "
                    + (days.isEmpty() ? "none" : days.get(days.size() - 1)));
        }
    }

    /** What stays to be done when its input has come. */
    private static void sayWaiting(Backfill backfill, SortedMap<LocalDate, String> waiting) {
        waiting.entrySet().stream()
                .limit(NAMED_DAYS)
                .forEach(day -> System.out.println(
                        backfill.name() + ": " + day.getKey() + " is not computed yet: " + day.getValue()));
        if (waiting.size() > NAMED_DAYS) {
            System.out.println(backfill.name() + ": and " + (waiting.size() - NAMED_DAYS) + " more days up to "
                    + waiting.lastKey() + " are not computed yet");
        }
    }

    private static void requireInput(Backfill backfill, LocalDate end, SortedMap<LocalDate, String> waiting) {
        String lacking = waiting.get(end);
        if (lacking != null) {
            throw new NotYetException(backfill.name() + ": " + end + " cannot be computed yet: " + lacking);
        }
    }

    private TrainingOutput output(SparkSession spark) {
        if (asked.outTable().isPresent()) {
            return TrainingOutput.table(spark, asked.outTable().get(), asked.outFormat());
        }
        if (asked.outFormat().isPresent()) {
            throw new JobException(
                    "--out-format " + asked.outFormat().get() + ": only of an --out-table; --out is Parquet");
        }
        String path = asked.outPath().orElseThrow();
        return asked.stagingQuery().isPresent()
                ? TrainingOutput.stagingFiles(spark, path)
                : TrainingOutput.files(spark, path);
    }

    private void runWhole(Backfill backfill, TrainingOutput table) {
        SortedMap<LocalDate, String> waiting = backfill.waiting(backfill.days());
        if (asked.requireEndDs() && !waiting.isEmpty()) {
            requireInput(backfill, waiting.lastKey(), waiting);
        }
        waiting.values().forEach(lacking -> System.out.println(backfill.name() + ": " + lacking));
        if (asked.dryRun()) {
            System.out.println(backfill.name() + ": to compute: the whole table, as each time");
            return;
        }
        table.prepare();
        Written written = table.replaceAll(backfill.rows(backfill.days()));
        System.out.printf(Locale.ROOT, "%s: wrote %,d rows to %s%n", backfill.name(), written.rows(), table);
        printNulls(written, System.out);
    }

    private Backfill backfill(
            SparkSession spark, Tables found, Catalog catalog, int shuffled, Optional<LocalDate> end) {
        Consumer<String> progress = System.out::println;
        if (asked.join().isPresent()) {
            CompiledJoin compiled = JobOptions.join(catalog, asked.join().get());
            return new JoinBackfill(
                    spark, found, catalog, compiled, shuffled, SkewSettings.of(slices(spark), shuffled), progress);
        }
        if (asked.stagingQuery().isPresent()) {
            String staging = asked.stagingQuery().get();
            StagingQuery definition = JobOptions.stagingQuery(catalog, staging);
            LocalDate latest = end.orElseThrow(
                    () -> new JobException("--staging-query " + staging + ": give --end-ds, the last day to write"));
            return new StagingBackfill(spark, found, definition, latest);
        }
        CompiledGroupBy compiled = JobOptions.groupBy(catalog, asked.groupBy().orElseThrow());
        return new GroupByBackfill(spark, found, compiled, shuffled, progress);
    }

    private int slices(SparkSession spark) {
        int cores = spark.sparkContext().defaultParallelism();
        return asked.slices().orElse(cores < SLICING_CORES_MIN ? 1 : cores);
    }

    private static void run(Backfill backfill, TrainingOutput table, List<List<LocalDate>> steps, PrintStream out) {
        Written written = Written.none();
        String name = backfill.name();
        int days = 0;
        if (!steps.isEmpty()) {
            table.prepare();
        }
        for (int i = 0; i < steps.size(); i++) {
            long startNs = System.nanoTime();
            List<LocalDate> step = steps.get(i);
            Written ofStep = table.replace(step, backfill.rows(step), backfill.computedWith());
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

    static void printNulls(Written written, PrintStream out) {
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
