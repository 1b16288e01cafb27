package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.Channels;
import io.tilefold.client.admin.AdminClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which ingest node a command asks; any member of a shard group will do. */
final class IngestNodeOptions {
    @Option(
            names = "--ingest",
            paramLabel = "HOST:PORT",
            description = "An ingest node (default: the configuration's, 127.0.0.1:7070).")
    private @Nullable String ingest;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    /** Connects, asks, disconnects; or prints the configuration if that is what was asked for. */
    int ask(PrintWriter out, Consumer<AdminClient> question) throws IOException {
        ToolSettings settings = config.read(ToolSettings.DEFAULTS, ConfigOptions.override("ingest", ingest));
        if (config.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        ManagedChannel channel = Channels.open(settings.ingest());
        try {
            question.accept(new AdminClient(channel));
        } finally {
            channel.shutdownNow();
        }
        out.flush();
        return Tilefold.EXIT_OK;
    }
}
