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

/** {@code tilefold analyze}: the tables of a join or a GroupBy, looked at before a long run. */
@Command(
        name = "analyze",
        sortOptions = false,
        description = {
            "Look at a join's or GroupBy's tables before a long run: columns and types, key types, missing partitions, times that are no",
            "milliseconds or of another day, keys with very many rows, and the columns that will come out. Reads a few partitions."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:every check is OK or a WARNING (with --strict: OK)",
            "1:a check is an ERROR, or the command failed",
            "2:wrong usage"
        },
        mixinStandardHelpOptions = true)
final class AnalyzeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    /** What is analyzed. */
    private static final class What {
        @Option(names = "--join", paramLabel = "NAME", description = "A join: its left and all its parts.")
        private @Nullable String join;

        @Option(names = "--group-by", paramLabel = "NAME", description = "Or a GroupBy: its sources.")
        private @Nullable String groupBy;
    }

    @Option(names = "--start-ds", required = true, paramLabel = "DAY", description = "First day of the run.")
    private String startDs = "";

    @Option(names = "--end-ds", required = true, paramLabel = "DAY", description = "Last day of the run.")
    private String endDs = "";

    @Option(
            names = "--sample-days",
            defaultValue = "3",
            paramLabel = "N",
            description = "Partitions read of each table, evenly spread (default: ${DEFAULT-VALUE}).")
    private int sampleDays;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--strict", description = "A warning is an error.")
    private boolean strict;

    @Override
    public Integer call() throws Exception {
        return batch.run(spec.commandLine().getOut(), List.of(), this::run);
    }

    private int run(BatchOptions.Batch with) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "--catalog",
                with.catalogFile().toString(),
                "--start-ds",
                startDs,
                "--end-ds",
                endDs,
                "--sample-days",
                Integer.toString(sampleDays)));
        arguments.addAll(
                what.join != null ? List.of("--join", what.join) : List.of("--group-by", String.valueOf(what.groupBy)));
        if (json) {
            arguments.add("--json");
        }
        if (strict) {
            arguments.add("--strict");
        }
        return SparkJobs.runInForeground(SparkJobs.analyze(
                Installation.ofSystemProperty(), with.settings().cores(), with.tables(), arguments));
    }
}
