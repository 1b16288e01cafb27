package io.tilefold.cli;

import io.tilefold.cli.process.SparkJobs;
import io.tilefold.job.BackfillJobOptions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold backfill}: a join's training set, or a GroupBy's values day by day, computed by Spark in a child process. */
@Command(
        name = "backfill",
        sortOptions = false,
        description = {
            "Compute a join's training set with Spark: for every row of its left the values that would have been served at its time.",
            "Writes Parquet, one directory ds=yyyy-MM-dd per day. Days that are there are kept; what was interrupted is continued.",
            "A join with a label part: its labels too, beside the features."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all days that were asked for are there",
            "1:the command failed; days that are whole stay, the same command continues",
            "2:wrong usage",
            "75:with --require-end-ds: the partition of that day is not there yet"
        },
        mixinStandardHelpOptions = true)
final class BackfillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

    @Mixin
    private BackfillJobOptions asked = new BackfillJobOptions();

    @Override
    public Integer call() throws Exception {
        CommandLine command = spec.commandLine();
        AskedOf.day(command, "--start-ds", asked.startDs());
        AskedOf.day(command, "--end-ds", asked.endDs());
        AskedOf.day(command, "--label-end-ds", asked.labelEndDs());
        return batch.run(command.getOut(), List.of(), this::run);
    }

    private int run(BatchOptions.Batch with) throws InterruptedException {
        CommandLine command = spec.commandLine();
        AskedOf.join(command, with.catalog(), asked.join());
        AskedOf.groupBy(command, with.catalog(), asked.groupBy());
        AskedOf.stagingQuery(command, with.catalog(), asked.stagingQuery());
        return with.run(SparkJobs.BACKFILL, with.arguments(command.getParseResult(), asked), "the backfill job");
    }
}
