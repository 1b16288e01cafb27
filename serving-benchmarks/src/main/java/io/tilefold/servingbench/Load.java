package io.tilefold.servingbench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Option;

/** The load of a run, the same for every server of it. */
final class Load {
    @Option(
            names = "--work",
            required = true,
            paramLabel = "DIR",
            description = "Where stores are made; one that is there is made anew.")
    Path work = Path.of("");

    @Option(names = "--cards", defaultValue = "1000000", description = "Keys. Default: ${DEFAULT-VALUE}.")
    int cards;

    @Option(names = "--rows", defaultValue = "1", description = "Rows of a request. Default: ${DEFAULT-VALUE}.")
    int rows;

    @Option(names = "--rate", defaultValue = "5000", description = "Requests per second. Default: ${DEFAULT-VALUE}.")
    int rate;

    @Option(
            names = "--in-flight",
            defaultValue = "1000",
            description =
                    "Most requests without an answer; with a rate beyond reach this many at any time. Default: ${DEFAULT-VALUE}.")
    int inFlight;

    @Option(names = "--pairs", defaultValue = "6", description = "Alternating runs. Default: ${DEFAULT-VALUE}.")
    int pairs;

    @Option(
            names = "--warm-up",
            defaultValue = "3",
            description = "Seconds before a measurement. Default: ${DEFAULT-VALUE}.")
    int warmUpSeconds;

    @Option(
            names = "--measure",
            defaultValue = "5",
            description = "Seconds of a measurement. Default: ${DEFAULT-VALUE}.")
    int measuredSeconds;

    @Option(
            names = "--loops",
            defaultValue = "1",
            description = "Event loops of every server. Default: ${DEFAULT-VALUE}.")
    int loops;

    @Option(names = "--connections", defaultValue = "2", description = "Of the client. Default: ${DEFAULT-VALUE}.")
    int connections;

    @Option(
            names = "--deadline",
            defaultValue = "10000",
            description = "Milliseconds that a request gets. Default: ${DEFAULT-VALUE}.")
    int deadlineMs;

    @Option(
            names = "--client",
            defaultValue = "grpc",
            description =
                    "grpc: the load test of grpc-java; frames: one that costs little, with --rate 0 in a closed loop."
                            + " Default: ${DEFAULT-VALUE}.")
    ClientKind kind = ClientKind.grpc;

    @Option(
            names = "--pinned",
            description = "What serves on the first core, Redis included, and clients on the second.")
    boolean pinned;

    /** What asks. */
    enum ClientKind {
        grpc,
        frames
    }

    /** Cores of what serves; empty: all. */
    String serverCores() {
        return pinned ? "0" : "";
    }

    /** A client of the server, which has loaded it for the time of warming up. */
    Client client(Children children, String what, Children.Child server) throws IOException {
        Client client = new Client(
                what,
                children.startOn(
                        pinned ? "1" : "",
                        LoadProcess.class,
                        "768m",
                        server.port(),
                        server.pid(),
                        cards,
                        rows,
                        rate,
                        inFlight,
                        connections,
                        deadlineMs,
                        kind));
        client.run(warmUpSeconds);
        return client;
    }

    /** A {@link LoadProcess}. */
    record Client(String what, Children.Child process) {
        /** Loads the server. Returns the figures that {@link LoadProcess} prints. */
        double[] run(int seconds) throws IOException {
            return run(String.valueOf(seconds));
        }

        /** Loads it with another rate than so far, and as many requests without an answer. */
        double[] run(int seconds, long rate, int inFlight) throws IOException {
            return run(seconds + " " + rate + " " + inFlight);
        }

        /** Loads another server from now on. */
        double[] run(int seconds, long rate, int inFlight, Children.Child server) throws IOException {
            return run(seconds + " " + rate + " " + inFlight + " " + server.port() + " " + server.pid());
        }

        private double[] run(String order) throws IOException {
            process.in().println(order);
            for (String line = process.out().readLine();
                    line != null;
                    line = process.out().readLine()) {
                System.out.println(what + " " + line);
                if (line.startsWith("FIGURES ")) {
                    return Arrays.stream(line.substring(8).split(" "))
                            .mapToDouble(Double::parseDouble)
                            .toArray();
                }
            }
            throw new IOException("the client of " + what + " ended");
        }
    }
}
