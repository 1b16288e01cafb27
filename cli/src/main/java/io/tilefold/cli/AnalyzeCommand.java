package io.tilefold.cli;

import io.tilefold.cli.process.SparkJobs;
import io.tilefold.job.AnalyzeJobOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

    @Mixin
    private AnalyzeJobOptions asked = new AnalyzeJobOptions();

    @Override
    public Integer call() throws Exception {
        CommandLine command = spec.commandLine();
        AskedOf.day(command, "--start-ds", Optional.of(asked.startDs()));
        AskedOf.day(command, "--end-ds", Optional.of(asked.endDs()));
        return batch.run(command.getOut(), List.of(), this::run);
    }

    private int run(BatchOptions.Batch with) throws InterruptedException {
        AskedOf.join(spec.commandLine(), with.catalog(), asked.join());
        AskedOf.groupBy(spec.commandLine(), with.catalog(), asked.groupBy());
        return with.spark()
                .run(
                        SparkJobs.ANALYZE,
                        with.tables(),
                        with.arguments(spec.commandLine().getParseResult(), asked));
    }
}
