package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.AppliedCatalog;
import io.tilefold.job.UploadJobOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold upload}: tiles of history, computed by Spark in a child process and sent to the ingest nodes. */
@Command(
        name = "upload",
        sortOptions = false,
        description = {
            "Compute the tiles of all history up to and with a day with Spark, upload and commit them.",
            "Applies the catalog to the ingest node of each shard group first: its online definitions become active.",
            "A version is prepared in all groups, then committed in each; answers hold it when all have."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all is committed",
            "1:the command failed; what was committed before stays",
            "2:wrong usage",
            "75:the partition of that day is not there yet"
        },
        mixinStandardHelpOptions = true)
final class UploadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private BatchOptions batch = new BatchOptions();

    @Mixin
    private UploadJobOptions asked = new UploadJobOptions();

    @Option(
            names = "--ingest",
            paramLabel = "HOST:PORT[,HOST:PORT]",
            description = "An ingest node of each shard group (default: the configuration's, 127.0.0.1:7070).")
    private @Nullable String ingest;

    @Override
    public Integer call() throws Exception {
        AskedOf.day(spec.commandLine(), "--ds", Optional.of(asked.ds()));
        return batch.run(spec.commandLine().getOut(), ConfigOptions.override("ingest", ingest), this::run);
    }

    private int run(BatchOptions.Batch with) throws IOException, InterruptedException {
        asked.groupBys().forEach(name -> AskedOf.groupBy(spec.commandLine(), with.catalog(), Optional.of(name)));
        ToolSettings settings = with.settings();
        PrintWriter out = spec.commandLine().getOut();
        byte[] bytes = Files.readAllBytes(with.catalogFile());
        for (String address : settings.ingest()) {
            apply(settings, address, bytes, out);
        }
        List<String> arguments = with.arguments(spec.commandLine().getParseResult(), asked);
        arguments.addAll(SparkJobs.nodeArguments(settings.ingest(), settings.credentials()));
        return with.run(SparkJobs.UPLOAD, arguments, "the upload job");
    }

    private static void apply(ToolSettings settings, String address, byte[] bytes, PrintWriter out) throws IOException {
        ManagedChannel channel = NodeAccess.channel(settings, address);
        try {
            AppliedCatalog applied = new AdminClient(channel).applyCatalog(bytes);
            String group = "catalog, shard group " + applied.position().shardGroup() + ": ";
            out.println(
                    applied.changed().isEmpty()
                            ? group + "active already"
                            : group + "active now are " + String.join(", ", applied.changed()));
            out.flush();
        } finally {
            channel.shutdownNow();
        }
    }
}
