package io.tilefold.cli;

import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold backfill}: a join's training set, or a GroupBy's values day by day, computed by Spark in a child process. */
@Command(
        name = "backfill",
        sortOptions = false,
        description = {
            "Compute a join's training set with Spark: for every row of its left the values that would have been served at its time.",
            "Writes Parquet, one directory ds=yyyy-MM-dd per day. Days that are there are kept; what was interrupted is continued."
        },
        mixinStandardHelpOptions = true)
final class BackfillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

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

    @Option(names = "--out", required = true, paramLabel = "PATH", description = "Where to write.")
    private String out = "";

    @Option(
            names = "--start-ds",
            paramLabel = "DAY",
            description = "First day to compute (default: the first that the output has, else that the tables have).")
    private @Nullable String startDs;

    @Option(
            names = "--end-ds",
            paramLabel = "DAY",
            description = "Last day to compute (default: the last that the tables have).")
    private @Nullable String endDs;

    @Option(names = "--step-days", paramLabel = "N", description = "Days computed and written at a time (default: 30).")
    private @Nullable Integer stepDays;

    @Option(names = "--dry-run", description = "Print which days would be computed, and why, and end.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        return batch.run(spec.commandLine().getOut(), List.of(), this::run);
    }

    private int run(BatchOptions.Batch with) throws InterruptedException {
        List<String> arguments =
                new ArrayList<>(List.of("--catalog", with.catalogFile().toString(), "--out", out));
        option(arguments, "--join", what.join);
        option(arguments, "--group-by", what.groupBy);
        option(arguments, "--staging-query", what.stagingQuery);
        option(arguments, "--start-ds", startDs);
        option(arguments, "--end-ds", endDs);
        option(arguments, "--step-days", stepDays);
        if (dryRun) {
            arguments.add("--dry-run");
        }
        SparkJobs.run(
                SparkJobs.backfill(
                        Installation.ofSystemProperty(), with.settings().cores(), with.tables(), arguments),
                "the backfill job");
        return Tilefold.EXIT_OK;
    }

    private static void option(List<String> arguments, String name, @Nullable Object value) {
        if (value != null) {
            arguments.add(name);
            arguments.add(value.toString());
        }
    }
}
