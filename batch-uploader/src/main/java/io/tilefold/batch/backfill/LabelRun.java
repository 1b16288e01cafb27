package io.tilefold.batch.backfill;

import io.tilefold.batch.JobException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Brings a join's labels up to date beside its training set, and with it what reads both:
 *
 * <pre>
 *  --out DIR            DIR_labels/label_ds=.../ds=.../part-*.parquet
 *                       DIR_labeled.sql, DIR_labeled_latest.sql       one SELECT each, as DuckDB reads it
 *  --out-table ns.t     table ns.t_labels; views ns.t_labeled, ns.t_labeled_latest
 * </pre>
 */
final class LabelRun {
    private static final String LABELS = "_labels";
    private static final String LABELED = "_labeled";
    private static final String LATEST = "_labeled_latest";

    private final LabelBackfill backfill;
    private final LabelOutput output;
    private final Views views;
    private final PrintStream out;

    /** Makes or renews what reads features and labels together, and says where it is. */
    @FunctionalInterface
    private interface Views {
        String make();
    }

    private LabelRun(LabelBackfill backfill, LabelOutput output, Views views, PrintStream out) {
        this.backfill = backfill;
        this.output = output;
        this.views = views;
        this.out = out;
    }

    /** Beside a training set in files. */
    static LabelRun files(SparkSession spark, LabelBackfill backfill, String features, PrintStream out) {
        Path root = new PartitionFiles(spark, features, List.of(TrainingRows.DS), true).root();
        if (root.isRoot() || root.getName().isEmpty()) {
            throw new JobException("--out " + features + ": labels are written beside the directory, to its name and "
                    + LABELS + ": give one below it, or --labels without");
        }
        PartitionFiles labels =
                new PartitionFiles(spark, root.suffix(LABELS).toString(), LabelOutput.PARTITION_COLUMNS, true);
        Views views = () -> {
            LabeledViews sql = new LabeledViews(
                    parquet(root, "/*/*.parquet"),
                    parquet(labels.root(), "/*/*/*.parquet"),
                    backfill.keys(),
                    backfill.labels(),
                    '"');
            String name = root.getName();
            String head = "-- Training set " + name + " and its labels, ";
            Path all = labels.writeBeside(
                    name + LABELED + ".sql", head + "every label day of every row.\n" + sql.all() + ";\n");
            Path latest = labels.writeBeside(
                    name + LATEST + ".sql", head + "the newest label day of every row.\n" + sql.latest() + ";\n");
            return "read with their features by the SQL in " + plain(all) + " and " + plain(latest)
                    + ", for example: duckdb -c \".read " + plain(latest) + "\"";
        };
        return new LabelRun(backfill, new LabelOutput(labels), views, out);
    }

    /** As DuckDB reads it: days stay text, and columns that came later are null before. */
    private static String parquet(Path root, String below) {
        return "read_parquet('" + plain(root).replace("'", "''") + below
                + "', hive_partitioning = true, hive_types_autocast = false, union_by_name = true)";
    }

    /** A local path without its scheme. */
    private static String plain(Path path) {
        return "file".equals(path.toUri().getScheme()) ? path.toUri().getPath() : path.toString();
    }

    /**
     * Beside a training set in a table of Spark's catalog.
     *
     * @param format of a table that is made; none: the catalog's default
     */
    static LabelRun table(
            SparkSession spark, LabelBackfill backfill, String features, Optional<String> format, PrintStream out) {
        String table = named(features, LABELS);
        Views views = () -> {
            LabeledViews sql = new LabeledViews(features, table, backfill.keys(), backfill.labels(), '`');
            view(spark, named(features, LABELED), sql.all());
            view(spark, named(features, LATEST), sql.latest());
            return "read with their features in views " + named(features, LABELED) + " and " + named(features, LATEST);
        };
        return new LabelRun(
                backfill,
                new LabelOutput(new PartitionTable(spark, table, format, LabelOutput.PARTITION_COLUMNS)),
                views,
                out);
    }

    /** The name with a suffix, within its quotes if it ends in one. */
    private static String named(String table, String suffix) {
        return table.endsWith("`") ? table.substring(0, table.length() - 1) + suffix + "`" : table + suffix;
    }

    private static void view(SparkSession spark, String name, String sql) {
        try {
            var unused = spark.sql("CREATE OR REPLACE VIEW " + name + " AS " + sql);
        } catch (Exception e) {
            throw new JobException(
                    "the labels are written, but view " + name + " cannot be made: "
                            + JobException.firstLine(String.valueOf(e.getMessage())),
                    e);
        }
    }

    /**
     * Computes what is missing.
     *
     * @param isOfRun of a left day
     * @param labelEnd last label day; none: the newest that can be computed
     * @param stepDays label days computed and written at a time
     * @param isDry only say what would be computed, and why
     */
    void run(Predicate<LocalDate> isOfRun, Optional<LocalDate> labelEnd, int stepDays, boolean isDry) {
        LabelPlan plan = LabelPlan.of(
                backfill.partitions(isOfRun, labelEnd),
                output.partitions(),
                backfill.computedWith(),
                partition -> isOfRun.test(partition.leftDay()) && !backfill.wants(partition));
        List<String> lines = plan.describe();
        if (lines.isEmpty()) {
            out.println(backfill.name() + ": " + backfill.nothingDue(isOfRun));
        }
        lines.forEach(line -> out.println(backfill.name() + ": " + line));
        if (isDry) {
            return;
        }
        if (!plan.isDone()) {
            output.prepare();
        }
        output.drop(plan.dropped());
        compute(plan.steps(stepDays));
        if (!output.partitions().isEmpty()) {
            out.println(backfill.name() + ": " + views.make());
        }
    }

    private void compute(List<NavigableSet<LabelPartition>> steps) {
        Written written = Written.none();
        NavigableSet<LabelPartition> all = new TreeSet<>();
        for (int i = 0; i < steps.size(); i++) {
            long startNs = System.nanoTime();
            NavigableSet<LabelPartition> step = steps.get(i);
            Written ofStep = output.replace(step, backfill.rows(step), backfill.computedWith());
            written = written.plus(ofStep);
            all.addAll(step);
            out.printf(
                    Locale.ROOT,
                    "%s: step %d of %d, %s: %,d rows, %.1f s%n",
                    backfill.name(),
                    i + 1,
                    steps.size(),
                    LabelPlan.days(step),
                    ofStep.rows(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs) / 1000.0);
        }
        if (!all.isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "%s: wrote %s: %,d rows to %s%n",
                    backfill.name(),
                    LabelPlan.days(all),
                    written.rows(),
                    output);
            BackfillJob.printNulls(written, out);
        }
    }
}
