package io.tilefold.cli;

import io.tilefold.store.StoreFindings;
import io.tilefold.store.StoreInspector;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold store ...}: looks at a tile store on this host, read-only, beside its running writer or without one. */
@Command(
        name = "store",
        description = "Look at a tile store's files, read-only.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {StoreCommand.Inspect.class, StoreCommand.Verify.class, StoreCommand.Stats.class})
final class StoreCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command: inspect, verify or stats?");
    }

    /** What all of them take. */
    private abstract static class OfDirectory implements Callable<Integer> {
        @Spec
        CommandSpec spec = CommandSpec.create();

        @Parameters(
                paramLabel = "DIR",
                description = "The store's directory: an ingest node's storeDir, one of a serving node's storeDirs.")
        Path directory = Path.of(".");

        @Option(names = "--json", description = "Print JSON, with the same field names in every version.")
        boolean json;

        final StorePrinter printer() {
            return new StorePrinter(spec.commandLine().getOut());
        }
    }

    @Command(
            name = "inspect",
            description = "What is in it: position, heartbeat, catalog, versions, files, live tiles.",
            mixinStandardHelpOptions = true)
    static final class Inspect extends OfDirectory {
        @Override
        public Integer call() {
            StoreInspector store = StoreInspector.open(directory);
            if (json) {
                printer().json(store.inspect());
            } else {
                printer().overview(store.inspect(), System.currentTimeMillis());
            }
            return Tilefold.EXIT_OK;
        }
    }

    @Command(
            name = "verify",
            description = {
                "Read every byte against its checksum, and look at every record of base and live.",
                "Exit code 1 if anything is wrong; file and offset are named."
            },
            mixinStandardHelpOptions = true)
    static final class Verify extends OfDirectory {
        @Override
        public Integer call() {
            PrintWriter err = spec.commandLine().getErr();
            VerifyProgress progress = new VerifyProgress(err, System::nanoTime);
            StoreFindings findings = StoreInspector.open(directory).verify(progress);
            if (json) {
                printer().json(findings);
            } else {
                printer().findings(findings);
            }
            return findings.isSound() ? Tilefold.EXIT_OK : Tilefold.EXIT_FAILURE;
        }
    }

    @Command(
            name = "stats",
            description = "How full it is: load factors, probe lengths, bytes per key, blocks, disk use.",
            mixinStandardHelpOptions = true)
    static final class Stats extends OfDirectory {
        @Override
        public Integer call() {
            StoreInspector store = StoreInspector.open(directory);
            if (json) {
                printer().json(store.stats());
            } else {
                printer().statistics(store.stats());
            }
            return Tilefold.EXIT_OK;
        }
    }
}
