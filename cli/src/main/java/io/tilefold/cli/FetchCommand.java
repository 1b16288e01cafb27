package io.tilefold.cli;

import io.tilefold.cli.config.ToolSettings;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.client.TargetDescription;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold fetch TARGET KEY=VALUE...}: one row of features, asked of a serving node. */
@Command(name = "fetch", description = "Fetch the features of one row of keys.", mixinStandardHelpOptions = true)
final class FetchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "TARGET", description = "A join, or a GroupBy with --group-by.")
    private String target = "";

    @Parameters(
            index = "1..*",
            paramLabel = "KEY=VALUE",
            description =
                    "The keys: a join's by their left names, a GroupBy's by its own; and contextual fields. Lists,"
                            + " maps and structs as JSON, binary in hexadecimal.")
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

    @Mixin
    private ServingTool tool = new ServingTool();

    @Override
    public Integer call() throws IOException {
        ToolSettings settings = tool.settings();
        if (tool.printed(settings, spec.commandLine().getOut())) {
            return Tilefold.EXIT_OK;
        }
        try (FeatureClient client = NodeAccess.client(settings)) {
            TargetDescription description = groupBy ? client.describeGroupBy(target) : client.describeJoin(target);
            Fetch fetch = (groupBy ? Fetch.groupBy(target) : Fetch.join(target)).row(TypedText.keys(keys, description));
            if (asOf != null) {
                fetch.asOf(TypedText.moment(asOf));
            }
            FetchResult answer = client.fetch(fetch);
            AnswerPrinter printer = new AnswerPrinter(spec.commandLine().getOut());
            if (json) {
                printer.json(answer, 0);
            } else {
                printer.table(answer, 0);
            }
        }
        return Tilefold.EXIT_OK;
    }
}
