package io.tilefold.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tilefold loadtest TARGET}: open-loop load on a serving node and its latencies. */
@Command(
        name = "loadtest",
        description =
                "Ask at a fixed rate, whether or not answers keep up, and report latency from the intended send time.",
        mixinStandardHelpOptions = true)
final class LoadtestCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JOIN", description = "The join to fetch.")
    private String join = "";

    @Option(
            names = "--keys",
            required = true,
            paramLabel = "FILE",
            description = "Keys to ask for, one JSON row a line.")
    private @Nullable Path keys;

    @Option(
            names = "--rate",
            defaultValue = "1000",
            paramLabel = "N",
            description = "Requests a second (default: ${DEFAULT-VALUE}).")
    private int requestsPerSecond;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            paramLabel = "N",
            description = "Length of the measured part (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            description =
                    "The moment q of every request, as 2001-06-01T12:00:00Z or epoch milliseconds. Without it: now.")
    private @Nullable String asOf;

    @Option(names = "--hgrm", paramLabel = "FILE", description = "Also write the latency histogram to this file.")
    private @Nullable Path histogram;

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7071",
            description = "A serving node (default: ${DEFAULT-VALUE}).")
    private String server = "";

    @Override
    public Integer call() {
        throw new NotWiredException("load test (" + join + ", " + keys + ", " + requestsPerSecond + "/s for " + seconds
                + " s as of " + asOf + " to " + histogram + ", " + server + ")");
    }
}
