package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.GetLatenciesResponse;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.NodeServiceGrpc.NodeServiceBlockingStub;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold top}: what fetches of a serving node take, by target and stage, live. */
@Command(
        name = "top",
        description = {
            "Show what fetches take in a serving node: per join and stage, of the last interval.",
            "The times are the node's own part, without network and client."
        },
        mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
    private static final long TIMEOUT_S = 10;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--interval", paramLabel = "SECONDS", description = "Time between two looks (default: 2).")
    private int intervalSeconds = 2;

    @Option(names = "--count", paramLabel = "N", description = "End after so many tables (default: never).")
    private long count = Long.MAX_VALUE;

    @Option(
            names = "--dump",
            paramLabel = "DIR",
            description =
                    "Write the distributions since the node's start there, one .hgrm file per target and stage, and"
                            + " end.")
    private @Nullable Path dump;

    @Mixin
    private ServingTool tool = new ServingTool();

    @Override
    public Integer call() throws IOException, InterruptedException {
        ToolSettings settings = tool.settings();
        PrintWriter out = spec.commandLine().getOut();
        if (tool.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        ManagedChannel channel = NodeAccess.channel(settings, settings.server());
        try {
            NodeServiceBlockingStub node = NodeServiceGrpc.newBlockingStub(channel);
            if (dump != null) {
                List<Path> files = LatencyTable.of(ask(node)).dump(dump);
                files.forEach(file -> out.println(file));
            } else {
                watch(node, out);
            }
            out.flush();
        } finally {
            channel.shutdownNow();
        }
        return Tilefold.EXIT_OK;
    }

    private void watch(NodeServiceBlockingStub node, PrintWriter out) throws InterruptedException {
        LatencyTable before = LatencyTable.of(ask(node));
        for (long i = 0; i < count; i++) {
            TimeUnit.SECONDS.sleep(intervalSeconds);
            LatencyTable now = LatencyTable.of(ask(node));
            now.since(before).print(out);
            out.flush();
            before = now;
        }
    }

    private static GetLatenciesResponse ask(NodeServiceBlockingStub node) {
        return node.withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
                .getLatencies(GetLatenciesRequest.getDefaultInstance());
    }
}
