package io.tilefold.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tilefold compile DIR}: definitions to catalog. */
@Command(
        name = "compile",
        description = "Validate definitions, print every output schema, and write the catalog.",
        mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of YAML definitions, searched in depth.")
    private Path definitions = Path.of(".");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write the catalog; without it nothing is written.")
    private @Nullable Path output;

    @Override
    public Integer call() {
        throw new NotWiredException("compiler (" + definitions + " to " + output + ")");
    }
}
