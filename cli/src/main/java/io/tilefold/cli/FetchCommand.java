package io.tilefold.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tilefold fetch TARGET KEY=VALUE...}: one row of features, asked of a serving node. */
@Command(name = "fetch", description = "Fetch the features of one row of keys.", mixinStandardHelpOptions = true)
final class FetchCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "TARGET", description = "A join, or a GroupBy with --group-by.")
    private String target = "";

    @Parameters(index = "1..*", paramLabel = "KEY=VALUE", description = "The keys; a key left out is null.")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Option(names = "--group-by", description = "TARGET names a GroupBy.")
    private boolean groupBy;

    @Option(
            names = "--as-of",
            paramLabel = "TIME",
            description = "The moment q, as 2001-06-01T12:00:00Z or epoch milliseconds. Without it: now.")
    private @Nullable String asOf;

    @Option(names = "--json", description = "Print the answer as JSON.")
    private boolean json;

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7071",
            description = "A serving node (default: ${DEFAULT-VALUE}).")
    private String server = "";

    @Override
    public Integer call() {
        throw new NotWiredException(
                "client (" + target + keys + " of " + server + ", " + groupBy + ", " + asOf + ", " + json + ")");
    }
}
