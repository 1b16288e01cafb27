package io.tilefold.cli;

import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.TargetDescription;
import io.tilefold.loadtest.LoadTest;
import io.tilefold.loadtest.LoadTestConfig;
import io.tilefold.loadtest.LoadTestReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tilefold loadtest TARGET}: open-loop load on a serving node and its latencies. */
@Command(
        name = "loadtest",
        sortOptions = false,
        description =
                "Ask at a fixed rate, whether or not answers keep up, and report latency from the intended send time.",
        mixinStandardHelpOptions = true)
final class LoadtestCommand implements Callable<Integer> {
    @Parameters(paramLabel = "TARGET", description = "A join, or a GroupBy with --group-by.")
    private String target = "";

    @Option(names = "--group-by", description = "TARGET names a GroupBy.")
    private boolean groupBy;

    @Option(
            names = "--keys",
            required = true,
            paramLabel = "FILE",
            description = "Keys to ask for, one JSON object a line; asked in turn.")
    private Path keys = Path.of("");

    @Option(
            names = "--rate",
            defaultValue = "1000",
            paramLabel = "N",
            description = "Requests a second (default: ${DEFAULT-VALUE}).")
    private double requestsPerSecond;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            paramLabel = "N",
            description = "Length of the measured part (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            defaultValue = "3",
            paramLabel = "N",
            description = "Seconds at the same rate before it (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds;

    @Option(
            names = "--rows",
            defaultValue = "1",
            paramLabel = "N",
            description = "Rows of keys in a request (default: ${DEFAULT-VALUE}).")
    private int rowsPerRequest;

    @Option(
            names = "--connections",
            defaultValue = "1",
            paramLabel = "N",
            description = "Connections to the node (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            description =
                    "The moment q of every request, as 2001-06-01T12:00:00Z or epoch milliseconds. Without it: now.")
    private @Nullable String asOf;

    @Option(names = "--hgrm", paramLabel = "FILE", description = "Also write the latency histogram to this file.")
    private @Nullable Path histogram;

    @Mixin
    private ServingTool tool = new ServingTool();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintStream out = System.out;
        ToolSettings settings = tool.settings();
        if (tool.printed(settings, new PrintWriter(out, false, StandardCharsets.UTF_8))) {
            return Tilefold.EXIT_OK;
        }
        List<Map<String, @Nullable Object>> rows = KeyFile.read(keys, description(settings));
        LoadTestConfig.Builder config = (groupBy ? LoadTestConfig.groupBy(target) : LoadTestConfig.join(target))
                .address(settings.server())
                .credentials(settings.credentials())
                .rows(rows)
                .rowsPerRequest(rowsPerRequest)
                .connections(connections)
                .ratePerSecond(requestsPerSecond)
                .durationMs(TimeUnit.SECONDS.toMillis(seconds))
                .warmupMs(TimeUnit.SECONDS.toMillis(warmUpSeconds))
                .progress(out::println);
        if (asOf != null) {
            config.asOfMs(TypedText.moment(asOf).toEpochMilli());
        }
        if (histogram != null) {
            config.histogramFile(histogram);
        }
        LoadTestReport report = LoadTest.run(config.build());
        report.print(out);
        return report.failed() == 0 ? Tilefold.EXIT_OK : Tilefold.EXIT_FAILURE;
    }

    private TargetDescription description(ToolSettings settings) throws IOException {
        try (FeatureClient client = NodeAccess.client(settings)) {
            return groupBy ? client.describeGroupBy(target) : client.describeJoin(target);
        }
    }
}
