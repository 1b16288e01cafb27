package io.tilefold.cli;

import io.tilefold.cli.config.ServeSettings;
import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import java.io.IOException;
import java.nio.file.Path;
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
            "Run a serving node: answers feature requests from the tile store of this host, and asks other nodes for keys that other shard groups own.",
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

    private static RunningRole start(ServeSettings settings) throws IOException {
        ServingConfig.Builder config = ServingConfig.builder(settings.storeDirs())
                .host(settings.host())
                .port(settings.port())
                .staleAfterMs(settings.staleAfterMs())
                .maxRows(settings.maxRows());
        if (!settings.shardMap().isBlank()) {
            config.shardMap(Path.of(settings.shardMap()));
        }
        ServingNode node = ServingNode.start(config.build());
        return new RunningRole() {
            @Override
            public String address() {
                return settings.host() + ":" + node.port();
            }

            @Override
            public void awaitStopped() throws InterruptedException {
                node.awaitTermination();
            }

            @Override
            public void close() {
                node.close();
            }
        };
    }
}
