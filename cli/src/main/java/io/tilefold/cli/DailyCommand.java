package io.tilefold.cli;

import io.tilefold.cli.daily.DailyPlan;
import io.tilefold.cli.daily.DailyRun;
import io.tilefold.cli.daily.DailyRun.Outcome;
import io.tilefold.cli.daily.DailyStep;
import io.tilefold.cli.daily.DoneSteps;
import io.tilefold.cli.daily.SparkSteps;
import io.tilefold.cli.daily.StepRunner;
import io.tilefold.cli.process.SparkProcess;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold daily}: everything that definitions want done for a day, for cron and Airflow. */
@Command(
        name = "daily",
        sortOptions = false,
        description = {
            "Do what is due for a day: every staging query, an upload of every online GroupBy, the values of every GroupBy whose",
            "backfillStartDate has come, the training sets named by --join, with their labels; in the order of what needs what.",
            "What is done is not done again: the same command continues what failed or was interrupted."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            " 0:all is done",
            " 1:a step failed, or the command; the same command does what is left",
            " 2:wrong usage",
            "75:nothing failed, but the input of a step is not there yet: try again later"
        },
        mixinStandardHelpOptions = true)
final class DailyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

    @Option(names = "--ds", required = true, paramLabel = "DAY", description = "The day, yyyy-MM-dd, UTC.")
    private String ds = "";

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Where tables are written, each in a directory of its name, and what is done of each day.")
    private Path out = Path.of("");

    @Option(names = "--join", paramLabel = "NAME", description = "A join whose training set is wanted too; repeatable.")
    private List<String> joins = new ArrayList<>();

    @Option(
            names = "--ingest",
            paramLabel = "HOST:PORT",
            description = "An ingest node of each shard group (default: the configuration's, 127.0.0.1:7070).")
    private @Nullable String ingest;

    @Option(names = "--dry-run", description = "Print what is due and in which order, and end.")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        AskedOf.day(spec.commandLine(), "--ds", Optional.of(ds));
        AskedOf.directory(spec.commandLine(), "--out", out);
        LocalDate day = LocalDate.parse(ds);
        return batch.run(
                spec.commandLine().getOut(),
                ConfigOptions.override("ingest", ingest),
                SparkProcess::repeated,
                with -> run(with, day));
    }

    private int run(BatchOptions.Batch with, LocalDate day) throws Exception {
        joins.forEach(join -> AskedOf.join(spec.commandLine(), with.catalog(), Optional.of(join)));
        PrintWriter print = spec.commandLine().getOut();
        List<DailyStep> steps = DailyPlan.of(with.catalog(), day, joins, names(with.tables()));
        StepRunner runner = new SparkSteps(
                with.spark(),
                with.catalog(),
                with.catalogFile(),
                day,
                out.toAbsolutePath(),
                with.settings().ingest(),
                with.settings().credentials(),
                with.tables());
        DailyRun run = new DailyRun(steps, new DoneSteps(out, day), runner, print);
        if (dryRun) {
            run.describe();
            return Tilefold.EXIT_OK;
        }
        return exitCode(run.run(), day, print);
    }

    /** Of tables given as {@code NAME=PATH}. */
    private static Set<String> names(List<String> tables) {
        return tables.stream().map(table -> table.split("=", 2)[0]).collect(Collectors.toSet());
    }

    private static int exitCode(Map<Outcome, Long> outcomes, LocalDate day, PrintWriter print) {
        long failed = outcomes.getOrDefault(Outcome.FAILED, 0L);
        long notYet = outcomes.getOrDefault(Outcome.NOT_YET, 0L);
        print.printf(
                "%s: %d done, %d done before, %d failed, %d not yet, %d waiting for these%n",
                day,
                outcomes.getOrDefault(Outcome.DONE, 0L),
                outcomes.getOrDefault(Outcome.DONE_BEFORE, 0L),
                failed,
                notYet,
                outcomes.getOrDefault(Outcome.BLOCKED, 0L));
        print.flush();
        return failed > 0 ? Tilefold.EXIT_FAILURE : notYet > 0 ? StepRunner.NOT_YET : Tilefold.EXIT_OK;
    }
}
