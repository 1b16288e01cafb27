package io.tilefold.cli;

import io.grpc.ManagedChannel;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.TargetDescription;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.Step;
import io.tilefold.proto.serving.v1.TileExplanation;
import io.tilefold.proto.serving.v1.WindowExplanation;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold explain TARGET KEY=VALUE...}: how the values of one row come about. */
@Command(
        name = "explain",
        description =
                "Show how the values of one row come about: for each window its suffix and live tiles, and what each"
                        + " adds.",
        mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
    private static final long TIMEOUT_S = 10;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "TARGET", description = "A join, or a GroupBy with --group-by.")
    private String target = "";

    @Parameters(index = "1..*", paramLabel = "KEY=VALUE", description = "The keys, as fetch takes them.")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Option(names = "--group-by", description = "TARGET names a GroupBy.")
    private boolean groupBy;

    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            description = "The moment q, as 2001-06-01T12:00:00Z or epoch milliseconds. Without it: now.")
    private @Nullable String asOf;

    @Mixin
    private ServingTool tool = new ServingTool();

    @Override
    public Integer call() throws IOException {
        ToolSettings settings = tool.settings();
        PrintWriter out = spec.commandLine().getOut();
        if (tool.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        ManagedChannel channel = NodeAccess.channel(settings, settings.server());
        try (FeatureClient client = NodeAccess.client(settings)) {
            TargetDescription description = groupBy ? client.describeGroupBy(target) : client.describeJoin(target);
            Fetch fetch = (groupBy ? Fetch.groupBy(target) : Fetch.join(target)).row(TypedText.keys(keys, description));
            if (asOf != null) {
                fetch.asOf(TypedText.moment(asOf));
            }
            print(
                    FeatureServiceGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
                            .explain(fetch.toRequest()),
                    out);
            out.flush();
        } finally {
            channel.shutdownNow();
        }
        return Tilefold.EXIT_OK;
    }

    private static void print(ExplainResponse explained, PrintWriter out) {
        out.println("q " + Instant.ofEpochMilli(explained.getAnswer().getAsOfMs()));
        for (Step step : explained.getStepsList()) {
            out.printf("%-7s %,d ns%n", step.getName(), step.getNanos());
        }
        for (PartExplanation part : explained.getPartsList()) {
            out.println();
            out.printf(
                    "%s: %s, shard %d%s, %,d ns%n",
                    part.getName(),
                    part.getRead().isEmpty() ? "not read" : part.getRead(),
                    part.getShard(),
                    part.hasShardGroup() ? " of shard group " + part.getShardGroup() : "",
                    part.getNanos());
            part.getWindowsList().forEach(window -> print(window, out));
        }
    }

    private static void print(WindowExplanation window, PrintWriter out) {
        String from = window.hasFromMs() ? moment(window.getFromMs()) : "the beginning";
        out.println(
                "  " + from + " to " + moment(window.getToMs()) + ": " + String.join(", ", window.getOutputsList()));
        for (TileExplanation tile : window.getTilesList()) {
            String kind = tile.getKind() == TileExplanation.Kind.KIND_SUFFIX ? "base" : "live";
            String start = tile.hasFromMs() ? moment(tile.getFromMs()) : "the beginning";
            out.println("    " + kind + " " + start + " to " + moment(tile.getToMs()) + "  "
                    + String.join(", ", tile.getValuesList()));
        }
    }

    private static String moment(long epochMs) {
        return Instant.ofEpochMilli(epochMs).toString();
    }
}
