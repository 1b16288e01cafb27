package io.tilefold.cli;

import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.job.BackfillJobOptions;
import java.util.List;
import java.util.concurrent.Callable;
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
            "Writes Parquet, one directory ds=yyyy-MM-dd per day. Days that are there are kept; what was interrupted is continued."
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
        return batch.run(spec.commandLine().getOut(), List.of(), this::run);
    }

    private int run(BatchOptions.Batch with) throws InterruptedException {
        SparkJobs.run(
                SparkJobs.BACKFILL.command(
                        Installation.ofSystemProperty(),
                        with.settings().cores(),
                        with.tables(),
                        with.arguments(spec.commandLine().getParseResult(), asked)),
                "the backfill job");
        return Tilefold.EXIT_OK;
    }
}
