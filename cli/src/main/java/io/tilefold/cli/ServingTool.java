package io.tilefold.cli;

import io.tilefold.cli.config.ToolSettings;
import java.io.IOException;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of every command that asks a serving node: which one, and the tools' settings. */
final class ServingTool {
    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            description = "A serving node (default: the configuration's, 127.0.0.1:7071).")
    private @Nullable String server;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    /** The effective settings. */
    ToolSettings settings() throws IOException {
        return config.read(ToolSettings.DEFAULTS, ConfigOptions.override("server", server));
    }

    /** Whether all that is wanted is to see the settings; prints them then. */
    boolean printed(ToolSettings settings, PrintWriter out) {
        return config.printed(settings, out);
    }
}
