package io.tilefold.cli;

import io.tilefold.cli.config.ServeSettings;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold serve}: serving node in this process. */
@Command(
        name = "serve",
        description = {
            "Run a serving node: answers feature requests from the tile stores of this host.",
            "Prints 'READY serve HOST:PORT' when clients may connect. Stops on SIGTERM or Ctrl-C."
        },
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws Exception {
        ServeSettings settings = config.read(ServeSettings.DEFAULTS, List.of());
        if (config.printed(settings, spec.commandLine().getOut())) {
            return Tilefold.EXIT_OK;
        }
        return RoleProcess.runUntilStopped("serve", start(settings));
    }

    private static RunningRole start(ServeSettings settings) {
        throw new NotWiredException("serving node of " + settings.host());
    }
}
