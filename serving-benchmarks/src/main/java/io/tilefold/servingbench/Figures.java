package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.tilefold.client.CallPolicy;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A serving node beside the echo floor, beside Redis, and disturbed beside undisturbed: alternating runs, every server, writer and client a process. */
@Command(
        name = "bench",
        description = "What a fetch costs, beside other ways to answer it.",
        mixinStandardHelpOptions = true,
        subcommands = CommandLine.HelpCommand.class)
public final class Figures {
    private static final int PAYMENTS_PER_SECOND = 2_000;
    private static final int RETRIES = 5;
    private static final int OVERLOAD = 3;
    private static final long BEYOND_REACH = 1_000_000;
    private static final int NO_BOUND = 10_000_000;
    private static final Duration READY_WITHIN = Duration.ofMinutes(1);

    private Figures() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Figures()).execute(args));
    }

    /** Nothing writes meanwhile. */
    @Command(
            name = "echo",
            description = "A node beside a gRPC server that answers with the same bytes and looks at nothing.")
    void echo(@Mixin Load load) throws IOException {
        try (Children children = new Children()) {
            Children.Child node = node(children, load, writer(children, load));
            Path answer = answer(load, node);
            System.out.printf("answer of %d bytes%n", Files.size(answer));
            Children.Child echo =
                    children.start(EchoProcess.class, "512m", answer, answerWithSchema(load, node), load.loops);
            compare(children, load, "echo", node, echo);
        }
    }

    @Command(name = "redis", description = "A node beside a gRPC server that reads the same final values from Redis.")
    void redis(@Mixin Load load) throws IOException {
        try (Children children = new Children()) {
            Children.Child node = node(children, load, writer(children, load));
            Children.Child redis = children.start(
                    RedisProcess.class,
                    "768m",
                    children.startRedis(),
                    node.port(),
                    load.cards,
                    answerWithSchema(load, node),
                    load.loops);
            compare(children, load, "redis", node, redis);
        }
    }

    @Command(
            name = "disturbed",
            description =
                    "A node while 2,000 payments a second are applied and new versions swapped in, beside the node while a loop burns as much CPU.")
    void disturbed(
            @Mixin Load load,
            @CommandLine.Option(
                            names = "--version-every",
                            defaultValue = "2",
                            description =
                                    "Seconds from a swap to the next version's first byte. Default: ${DEFAULT-VALUE}.")
                    int versionSeconds)
            throws IOException {
        try (Children children = new Children()) {
            Children.Child writer = writer(children, load);
            Children.Child node = node(children, load, writer);
            Load.Client client = load.client(children, "node", node);
            Pairs pairs = new Pairs("disturbed", "burnt");
            for (int i = 0; i < load.pairs; i++) {
                writer.in().println("pay " + PAYMENTS_PER_SECOND + " " + versionSeconds);
                double busyMs = ProcessStatistics.cpuMs(writer.pid());
                long startNs = System.nanoTime();
                double[] disturbed = client.run(load.measuredSeconds);
                double share = (ProcessStatistics.cpuMs(writer.pid()) - busyMs) * 1e6 / (System.nanoTime() - startNs);
                System.out.printf("the writer took %.0f%% of a core%n", share * 100);
                writer.in().println("burn " + Math.round(share * 100));
                pairs.add(disturbed, client.run(load.measuredSeconds));
            }
            pairs.print();
        }
    }

    @Command(
            name = "overload",
            description =
                    "A node that is asked for three times as much as it can answer, and afterwards for half of it.")
    void overload(@Mixin Load load) throws IOException {
        try (Children children = new Children()) {
            Children.Child node = node(children, load, writer(children, load));
            Load.Client client = load.client(children, "node", node);
            for (int i = 0; i < load.pairs; i++) {
                double peak = client.run(load.measuredSeconds, BEYOND_REACH, load.inFlight)[0];
                double overload = client.run(load.measuredSeconds, Math.round(OVERLOAD * peak), NO_BOUND)[0];
                double after = client.run(1, Math.round(peak / 2), NO_BOUND)[0];
                System.out.printf(
                        Locale.ROOT,
                        "OVERLOAD peak %.0f/s, at %d times as much %.0f/s: %.2f of it; asked for half of it in the"
                                + " second after: %.2f of that%n",
                        peak,
                        OVERLOAD,
                        overload,
                        overload / peak,
                        after * 2 / peak);
            }
        }
    }

    @Command(name = "fold", description = "What reading and folding take in process, without a request around them.")
    void fold(@Mixin Load load) throws IOException {
        Files.createDirectories(load.work);
        try (Children children = new Children()) {
            Children.Child process = children.start(
                    FoldProcess.class,
                    "1g",
                    load.work.resolve("store"),
                    load.cards,
                    load.rows,
                    load.measuredSeconds,
                    load.pairs);
            for (String line = process.out().readLine();
                    line != null && !"END".equals(line);
                    line = process.out().readLine()) {
                System.out.println(line);
            }
        }
    }

    private static Children.Child writer(Children children, Load load) throws IOException {
        Files.createDirectories(load.work);
        return children.start(StoreProcess.class, "2g", load.work.resolve("store"), load.cards);
    }

    private static Children.Child node(Children children, Load load, Children.Child writer) throws IOException {
        if (!writer.process().isAlive()) {
            throw new IOException("the writer ended with " + writer.process().exitValue());
        }
        Children.Child node = children.start(NodeProcess.class, "512m", load.work.resolve("store"), load.loops);
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + node.port())
                .callPolicy(CallPolicy.retry(RETRIES))
                .defaultDeadline(READY_WITHIN)
                .build()) {
            client.fetch(request(load)); // waits until the store is mapped
        }
        return node;
    }

    private static void compare(Children children, Load load, String other, Children.Child node, Children.Child peer)
            throws IOException {
        Load.Client ofNode = load.client(children, "node", node);
        Load.Client ofPeer = load.client(children, other, peer);
        Pairs pairs = new Pairs("node", other);
        for (int i = 0; i < load.pairs; i++) {
            pairs.add(ofNode.run(load.measuredSeconds), ofPeer.run(load.measuredSeconds));
        }
        pairs.print();
    }

    private static Path answer(Load load, Children.Child node) throws IOException {
        return Files.write(load.work.resolve("answer"), answer(node.port(), request(load)));
    }

    private static Path answerWithSchema(Load load, Children.Child node) throws IOException {
        return Files.write(
                load.work.resolve("answer-with-schema"),
                answer(node.port(), request(load).withSchema()));
    }

    private static Fetch request(Load load) {
        Fetch fetch = Fetch.join(Cards.JOIN);
        for (int i = 0; i < load.rows; i++) {
            fetch.row(Map.of("card", Cards.card(i)));
        }
        return fetch;
    }

    private static byte[] answer(int port, Fetch fetch) {
        ManagedChannel channel = Channels.open("127.0.0.1:" + port);
        try {
            return FeatureServiceGrpc.newBlockingStub(channel)
                    .fetch(fetch.toRequest())
                    .toByteArray();
        } finally {
            channel.shutdownNow();
        }
    }
}
