package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.call.CallException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which ingest nodes a command asks: of each shard group one, any member will do. */
final class IngestNodeOptions {
    @Option(
            names = "--ingest",
            paramLabel = "HOST:PORT[,HOST:PORT]",
            description = "An ingest node of each shard group (default: the configuration's, 127.0.0.1:7070).")
    private @Nullable String ingest;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    /**
     * Connects, asks, disconnects, one node after the other; or prints the configuration if that is what was asked for. A node that cannot be asked does
     * not keep the others from being: the first failure is thrown when all were asked.
     */
    int ask(PrintWriter out, Consumer<AdminClient> question) throws IOException {
        ToolSettings settings = config.read(ToolSettings.DEFAULTS, ConfigOptions.override("ingest", ingest));
        if (config.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        CallException failure = null;
        for (String address : settings.ingest()) {
            try {
                ask(settings, address, question);
            } catch (CallException e) {
                failure = failure == null ? e : failure;
            }
            out.flush();
        }
        if (failure != null) {
            throw failure;
        }
        return Tilefold.EXIT_OK;
    }

    private static void ask(ToolSettings settings, String address, Consumer<AdminClient> question) throws IOException {
        ManagedChannel channel = NodeAccess.channel(settings, address);
        try {
            question.accept(new AdminClient(channel));
        } finally {
            channel.shutdownNow();
        }
    }
}
