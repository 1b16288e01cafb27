package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.tilefold.client.CallPolicy;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.serving.ServingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
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
    private static final long REHEARSAL_MS = ServingConfig.DEFAULT_REHEARSAL_MS;
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
            Children.Child echo = children.startOn(
                    load.serverCores(), EchoProcess.class, "512m", answer, answerWithSchema(load, node), load.loops);
            compare(children, load, "echo", node, echo);
        }
    }

    @Command(name = "redis", description = "A node beside a gRPC server that reads the same final values from Redis.")
    void redis(@Mixin Load load) throws IOException {
        try (Children children = new Children()) {
            Children.Child node = node(children, load, writer(children, load));
            Children.Child redis = children.startOn(
                    load.serverCores(),
                    RedisProcess.class,
                    "768m",
                    children.startRedis(load.serverCores()),
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
            Pairs pairs = new Pairs(Pairs.OF_LOAD, "disturbed", "burnt");
            for (int i = 0; i < load.pairs; i++) {
                writer.in().println("pay " + PAYMENTS_PER_SECOND + " " + versionSeconds);
                double busyMs = ProcessStatistics.cpuMs(writer.pid());
                long startNs = System.nanoTime();
                double[] disturbed = run(load, client, node);
                double share = (ProcessStatistics.cpuMs(writer.pid()) - busyMs) * 1e6 / (System.nanoTime() - startNs);
                System.out.printf("the writer took %.0f%% of a core%n", share * 100);
                writer.in().println("burn " + Math.round(share * 100));
                pairs.add(disturbed, run(load, client, node));
            }
            pairs.print();
        }
    }

    @Command(
            name = "overload",
            description =
                    "A node that is asked for three times as much as it can answer, and afterwards for half of it.")
    void overload(
            @Mixin Load load,
            @CommandLine.Option(
                            names = "--h2load",
                            description = "With h2load as the client, on the second core, and the node on the first.")
                    boolean h2load)
            throws IOException, InterruptedException {
        if (h2load) {
            overloadByH2Load(load);
            return;
        }
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

    private static void overloadByH2Load(Load load) throws IOException, InterruptedException {
        try (Children children = new Children()) {
            Children.Child unused = writer(children, load);
            Children.Child node = children.startOn(
                    "0", NodeProcess.class, "512m", load.work.resolve("store"), load.loops, REHEARSAL_MS);
            awaitStore(load, node);
            H2Load client = new H2Load("1", load.work, load.connections, load.deadlineMs);
            Overload overload =
                    new Overload(client, client.body(request(load).toRequest().toByteArray()), node);
            overload.run("warm-up", load.warmUpSeconds, load.inFlight, 0);
            for (int i = 0; i < load.pairs; i++) {
                double peak = overload.run("peak", load.measuredSeconds, load.inFlight, 0);
                double beyond = overload.run(
                        OVERLOAD + " times",
                        load.measuredSeconds,
                        Overload.OPEN_IN_FLIGHT,
                        Math.round(OVERLOAD * peak));
                double after = overload.run("after", 1, Overload.OPEN_IN_FLIGHT, Math.round(peak / 2));
                System.out.printf(
                        Locale.ROOT,
                        "OVERLOAD %.2f of the peak, after it %.2f of half%n",
                        beyond / peak,
                        after * 2 / peak);
            }
        }
    }

    @Command(
            name = "start",
            description =
                    "What the first requests meet after a node's start: nodes that rehearse beside nodes that do not, each a fresh process.")
    void start(
            @Mixin Load load,
            @CommandLine.Option(
                            names = "--rehearsal",
                            defaultValue = "1500",
                            description = "Milliseconds. Default: ${DEFAULT-VALUE}.")
                    long rehearsalMs)
            throws IOException, InterruptedException {
        try (Children children = new Children()) {
            Children.Child writer = writer(children, load);
            Children.Child first = node(children, load, writer);
            Load.Client client = load.client(children, "warm-up", first);
            FirstFetches fetches = new FirstFetches(children, load);
            fetches.warmUp(first, load.warmUpSeconds);
            first.process().destroyForcibly().waitFor();
            Pairs sequential = new Pairs(FirstFetches.NAMES, "rehearsed", "cold");
            Pairs loaded = new Pairs(FirstFetches.NAMES_OF_SECONDS, "rehearsed", "cold");
            for (int i = 0; i < load.pairs; i++) {
                sequential.add(fetches.oneByOne(rehearsalMs), fetches.oneByOne(0));
                loaded.add(fetches.bySecond(client, rehearsalMs), fetches.bySecond(client, 0));
            }
            sequential.print();
            loaded.print();
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
        Children.Child node = children.startOn(
                load.serverCores(), NodeProcess.class, "512m", load.work.resolve("store"), load.loops, REHEARSAL_MS);
        awaitStore(load, node);
        return node;
    }

    private static void awaitStore(Load load, Children.Child node) throws IOException {
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + node.port())
                .callPolicy(CallPolicy.retry(RETRIES))
                .defaultDeadline(READY_WITHIN)
                .build()) {
            client.fetch(request(load)); // waits until the store is mapped
        }
    }

    private static void compare(Children children, Load load, String other, Children.Child node, Children.Child peer)
            throws IOException {
        Load.Client ofNode = load.client(children, "node", node);
        Load.Client ofPeer = load.client(children, other, peer);
        Pairs pairs = new Pairs(Pairs.OF_LOAD, "node", other);
        for (int i = 0; i < load.pairs; i++) {
            pairs.add(run(load, ofNode, node), run(load, ofPeer, peer));
        }
        pairs.print();
    }

    private static double[] run(Load load, Load.Client client, Children.Child server) throws IOException {
        long before = Allocations.of(server);
        double[] figures = client.run(load.measuredSeconds);
        double[] more = Arrays.copyOf(figures, figures.length + 1);
        more[figures.length] = (Allocations.of(server) - before) / (figures[0] * load.measuredSeconds);
        return more;
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
            FetchResponse response = FeatureServiceGrpc.newBlockingStub(channel).fetch(fetch.toRequest());
            for (PartAnswer part : response.getPartsList()) {
                if (!List.of(PartStatus.PART_STATUS_COMPLETE).equals(part.getStatusesList())) {
                    throw new IllegalStateException("not an answer to compare with: its parts are " + part);
                }
            }
            return response.toByteArray();
        } finally {
            channel.shutdownNow();
        }
    }
}
