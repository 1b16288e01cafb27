package io.tilefold.cli;

import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.cli.replay.Replay;
import io.tilefold.cli.replay.ReplayRequest;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold replay}: proof, on the user's own data, that a training set equals what serving would have answered. */
@Command(
        name = "replay",
        sortOptions = false,
        description = {
            "Play a join's events in the order of time through Kafka, ingest, store and serving, with an upload at each midnight;",
            "ask for every row of its left at the row's time, and compare with the training set, feature by feature.",
            "Everything runs on this machine and ends with the command. Exit code 0: all values agree; 1: not, or it failed; 2: wrong usage."
        },
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
    private static final int EXIT_INTERRUPTED = 130;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

    @Option(names = "--join", required = true, paramLabel = "NAME", description = "The join, which must be online.")
    private String join = "";

    @Option(
            names = "--start-ds",
            required = true,
            paramLabel = "DAY",
            description = "First day of the left, yyyy-MM-dd. The first upload is of the day before.")
    private String start = "";

    @Option(names = "--end-ds", required = true, paramLabel = "DAY", description = "Last day of the left.")
    private String end = "";

    @Option(
            names = "--moments",
            defaultValue = "2000",
            paramLabel = "N",
            description = "Ask at no more of the left's moments than this, evenly spread (default: ${DEFAULT-VALUE}).")
    private int moments;

    @Option(
            names = "--tolerance",
            defaultValue = "1e-9",
            paramLabel = "X",
            description = "Floating numbers agree within this share of the larger (default: ${DEFAULT-VALUE}).")
    private double tolerance;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description =
                    "For the training set and the tables of joins that it reads, the served values, the comparison and logs. What is there of the first two is used.")
    private Path out = Path.of("");

    @Override
    public Integer call() throws Exception {
        AskedOf.day(spec.commandLine(), "--start-ds", Optional.of(start));
        AskedOf.day(spec.commandLine(), "--end-ds", Optional.of(end));
        AskedOf.directory(spec.commandLine(), "--out", out);
        return batch.run(spec.commandLine().getOut(), List.of(), SparkProcess::logged, this::run);
    }

    private int run(BatchOptions.Batch with) throws Exception {
        AskedOf.join(spec.commandLine(), with.catalog(), Optional.of(join));
        PrintStream print = System.out;
        ReplayRequest request = new ReplayRequest(
                with.catalog(),
                join,
                with.tables(),
                LocalDate.parse(start),
                LocalDate.parse(end),
                moments,
                tolerance,
                out);
        Interruption interruption = Interruption.announced(
                print, "interrupted: nothing is left running; the same command starts the replay anew");
        try {
            return new Replay(Installation.ofSystemProperty(), with.spark(), request, print).run()
                    ? Tilefold.EXIT_OK
                    : Tilefold.EXIT_FAILURE;
        } catch (Exception e) {
            if (interruption.isUnderWay()) {
                return EXIT_INTERRUPTED; // what failed is what was stopped
            }
            throw e;
        } finally {
            interruption.ended();
        }
    }
}
