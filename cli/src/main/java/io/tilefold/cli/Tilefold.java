package io.tilefold.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code tilefold} command.
 *
 * <p>Exit codes: {@value #EXIT_OK} done, {@value #EXIT_FAILURE} failed, {@value #EXIT_USAGE} wrong usage. A failure is one line on
 * stderr that starts with the command's name; with {@code --verbose} a stack trace follows.
 */
@Command(
        name = "tilefold",
        description = "Features defined once, computed from history and events, served exactly, to the last event.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            CompileCommand.class,
            UploadCommand.class,
            BackfillCommand.class,
            ReplayCommand.class,
            AnalyzeCommand.class,
            DailyCommand.class,
            FetchCommand.class,
            LoadtestCommand.class,
            BrokerCommand.class,
            IngestCommand.class,
            ServeCommand.class,
            StatusCommand.class,
            SnapshotCommand.class,
            RollbackCommand.class,
            StoreCommand.class,
            TopCommand.class,
            VersionCommand.class,
        },
        footer = {"", "tilefold COMMAND --help says more about each. Start with: tilefold demo"})
public final class Tilefold implements Runnable {
    static final int EXIT_OK = 0;
    static final int EXIT_FAILURE = 1;
    static final int EXIT_USAGE = 2;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show the stack trace of a failure.")
    private boolean verbose;

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        Tilefold root = new Tilefold();
        return new CommandLine(root)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((thrown, command, parsed) -> root.failed(thrown, command))
                .setParameterExceptionHandler((thrown, args) -> refused(thrown));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }

    private int failed(Exception thrown, CommandLine command) {
        String message = thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + message);
        if (verbose) {
            thrown.printStackTrace(command.getErr());
        }
        return EXIT_FAILURE;
    }

    private static int refused(ParameterException thrown) {
        CommandLine command = thrown.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + thrown.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(thrown, command.getErr());
        command.getErr().println("Try: " + name + " --help");
        return EXIT_USAGE;
    }
}
