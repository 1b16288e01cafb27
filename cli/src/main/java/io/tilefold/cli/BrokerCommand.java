package io.tilefold.cli;

import io.tilefold.cli.config.BrokerSettings;
import io.tilefold.cli.process.ChildProcess;
import io.tilefold.cli.process.Installation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold broker}: the development broker, whose JVM has a class path of its own. */
@Command(
        name = "broker",
        description = {
            "Run a Kafka broker for development: one node, KRaft, no replication.",
            "Prints 'READY kafka HOST:PORT' when clients may connect. Stops on SIGTERM or Ctrl-C."
        },
        mixinStandardHelpOptions = true)
final class BrokerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--data", paramLabel = "DIR", description = "The same as --set dataDir=DIR.")
    private @Nullable Path data;

    @Option(names = "--host", paramLabel = "HOST", description = "The same as --set host=HOST.")
    private @Nullable String host;

    @Option(names = "--port", paramLabel = "PORT", description = "The same as --set port=PORT; 0 picks a free one.")
    private @Nullable Integer port;

    /** How the root script learns what to start in place of this JVM: the broker's arguments, one a line. */
    @Option(names = "--write-arguments", paramLabel = "FILE", hidden = true)
    private @Nullable Path argumentsFile;

    @Override
    public Integer call() throws Exception {
        BrokerSettings settings = config.read(BrokerSettings.DEFAULTS, overrides());
        if (config.printed(settings, spec.commandLine().getOut())) {
            return Tilefold.EXIT_OK;
        }
        if (argumentsFile != null) {
            Files.write(argumentsFile, Installation.brokerArguments(settings));
            return Tilefold.EXIT_OK;
        }
        return ChildProcess.runInForeground(Installation.ofSystemProperty().broker(settings));
    }

    private List<String> overrides() {
        List<String> overrides = new ArrayList<>();
        if (data != null) {
            overrides.add("dataDir=" + data);
        }
        if (host != null) {
            overrides.add("host=" + host);
        }
        if (port != null) {
            overrides.add("port=" + port);
        }
        return overrides;
    }
}
