package io.tilefold.cli;

import io.tilefold.cli.laptop.DirectoryTree;
import io.tilefold.cli.laptop.FlightsOnLaptop;
import io.tilefold.cli.laptop.LaptopCluster;
import io.tilefold.cli.process.Installation;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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

    @Option(
            names = "--rate",
            defaultValue = "500",
            paramLabel = "N",
            description = "Requests a second of the load test (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Override
    public Integer call() throws Exception {
        PrintStream out = System.out;
        Installation installation = Installation.ofSystemProperty();
        Path directory = installation.home().resolve(".tilefold/demo");
        Files.createDirectories(directory.getParent());
        try (FileChannel lock = FileChannel.open(
                directory.resolveSibling("demo.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (lock.tryLock() == null) {
                throw new IllegalStateException("another demo of this tree is running: stop it, or wait for its end");
            }
            return run(installation, directory, out);
        }
    }

    private int run(Installation installation, Path directory, PrintStream out) throws Exception {
        DirectoryTree.delete(directory);
        boolean good;
        try (LaptopCluster cluster = new LaptopCluster(installation, directory)) {
            good = new FlightsOnLaptop(installation, cluster, out).run(rate);
            if (keep) {
                stayUp(cluster, out);
            }
        }
        if (good) {
            DirectoryTree.delete(directory);
        } else {
            out.println("FAILED; logs and data are in " + directory);
        }
        return good ? Tilefold.EXIT_OK : Tilefold.EXIT_FAILURE;
    }

    private static void stayUp(LaptopCluster cluster, PrintStream out) throws InterruptedException {
        out.printf(
                """

                Everything stays up. In another terminal:
                  ./tilefold fetch flight_context origin=JFK destination=LAX --as-of 2001-02-12T00:00:00Z --server %s
                  ./tilefold loadtest flight_context --keys %s --as-of 2001-02-12T00:00:00Z --server %s
                Logs are in %s.
                To stop: Ctrl-C here, or kill %d
                """,
                cluster.serving(),
                cluster.directory().resolve("keys.jsonl"),
                cluster.serving(),
                cluster.directory().resolve("logs"),
                ProcessHandle.current().pid());
        new CountDownLatch(1).await();
    }
}
