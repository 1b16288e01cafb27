package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceBlockingStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Fresh node processes, and what their first fetches take. The caller's side is warm: its code has asked another node before. */
final class FirstFetches {
    /** Of {@link #oneByOne}. */
    static final List<String> NAMES = List.of(
            "ready after ms",
            "CPU till then ms",
            "1st us",
            "2nd-10th p50 us",
            "11th-100th p50",
            "max of these us",
            "101st-1000th p50",
            "p99 of these us",
            "max of these us");

    /** Of {@link #bySecond}. */
    static final List<String> NAMES_OF_SECONDS = List.of(
            "2nd 1: failed",
            "p50 us",
            "p99 us",
            "p99.9 us",
            "2nd 2: p50 us",
            "p99 us",
            "2nd 3: p50 us",
            "p99 us",
            "2nd 4: p50 us",
            "p99 us");

    private static final int FETCHES = 1_000;
    private static final int SECONDS = 4;
    private static final int NO_BOUND = 10_000_000;
    private static final long POLL_MS = 2;
    private static final double NS_PER_US = 1e3;
    private static final double NS_PER_MS = 1e6;

    private final Children children;
    private final Load load;
    private final List<FetchRequest> requests = new ArrayList<>();

    FirstFetches(Children children, Load load) {
        this.children = children;
        this.load = load;
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < FETCHES; i++) {
            Fetch fetch = Fetch.join(Cards.JOIN);
            for (int row = 0; row < load.rows; row++) {
                fetch.row(Map.of("card", Cards.card(random.nextInt(load.cards))));
            }
            requests.add(fetch.toRequest());
        }
    }

    /** A node that is ready. */
    private record Node(Children.Child process, ManagedChannel channel, double readyMs) implements AutoCloseable {
        FeatureServiceBlockingStub stub() {
            return FeatureServiceGrpc.newBlockingStub(channel);
        }

        @Override
        public void close() {
            channel.shutdownNow();
            process.process().destroyForcibly();
        }
    }

    /** Has this process's own code compiled. */
    void warmUp(Children.Child node, int seconds) {
        ManagedChannel channel = Channels.open("127.0.0.1:" + node.port());
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() - untilNs < 0) {
            isServing(channel);
            ask(FeatureServiceGrpc.newBlockingStub(channel));
        }
        channel.shutdownNow();
    }

    private double[] ask(FeatureServiceBlockingStub stub) {
        double[] tookUs = new double[FETCHES];
        for (int i = 0; i < FETCHES; i++) {
            long startNs = System.nanoTime();
            int rows = stub.fetch(requests.get(i)).getRowCount();
            tookUs[i] = (System.nanoTime() - startNs) / NS_PER_US;
            if (rows != load.rows) {
                throw new IllegalStateException("an answer of " + rows + " rows");
            }
        }
        return tookUs;
    }

    /** Starts a node and asks it, one fetch behind the other, from the moment it says that it is ready. Its connection is there by then. */
    double[] oneByOne(long rehearsalMs) throws IOException, InterruptedException {
        try (Node node = start(rehearsalMs)) {
            double cpuMs = ProcessStatistics.cpuMs(node.process.pid());
            double[] us = ask(node.stub());
            double[] figures = {
                node.readyMs,
                cpuMs,
                us[0],
                quantile(us, 1, 10, 0.5),
                quantile(us, 10, 100, 0.5),
                quantile(us, 10, 100, 1),
                quantile(us, 100, FETCHES, 0.5),
                quantile(us, 100, FETCHES, 0.99),
                quantile(us, 100, FETCHES, 1)
            };
            System.out.printf(Locale.ROOT, "rehearsal %d ms: %s%n", rehearsalMs, Arrays.toString(figures));
            return figures;
        }
    }

    /** Starts a node and loads it, second by second, from the moment it says that it is ready. */
    double[] bySecond(Load.Client client, long rehearsalMs) throws IOException, InterruptedException {
        try (Node node = start(rehearsalMs)) {
            double[][] seconds = new double[SECONDS][];
            for (int i = 0; i < SECONDS; i++) {
                seconds[i] = client.run(1, load.rate, NO_BOUND, node.process);
            }
            return new double[] {
                seconds[0][1],
                seconds[0][2],
                seconds[0][3],
                seconds[0][4],
                seconds[1][2],
                seconds[1][3],
                seconds[2][2],
                seconds[2][3],
                seconds[3][2],
                seconds[3][3]
            };
        }
    }

    private Node start(long rehearsalMs) throws IOException, InterruptedException {
        long startNs = System.nanoTime();
        Children.Child process =
                children.start(NodeProcess.class, "512m", load.work.resolve("store"), load.loops, rehearsalMs);
        ManagedChannel channel = Channels.open("127.0.0.1:" + process.port());
        while (!isServing(channel)) {
            Thread.sleep(POLL_MS);
        }
        return new Node(process, channel, (System.nanoTime() - startNs) / NS_PER_MS);
    }

    private static boolean isServing(ManagedChannel channel) {
        try {
            return HealthGrpc.newBlockingStub(channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus()
                    == ServingStatus.SERVING;
        } catch (StatusRuntimeException notYet) {
            return false;
        }
    }

    private static double quantile(double[] values, int from, int to, double share) {
        double[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
}
