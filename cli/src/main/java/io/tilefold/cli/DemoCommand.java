package io.tilefold.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tilefold demo}: real flights through every component on this machine, compared with SQL. */
@Command(
        name = "demo",
        description = "Run the whole system on this machine over real flights and compare its answers with SQL.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    @Option(names = "--keep", description = "Leave everything running at the end, and say how to use and stop it.")
    private boolean keep;

    @Override
    public Integer call() {
        throw new NotWiredException("demo (keep: " + keep + ")");
    }
}
