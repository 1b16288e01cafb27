package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.loadtest.LoadTest;
import io.tilefold.loadtest.LoadTestConfig;
import io.tilefold.loadtest.LoadTestReport;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;

/**
 * A client of one server, in a process of its own. Arguments: port, server's process id, cards, rows per request, requests per second, in flight,
 * connections, deadline in milliseconds, {@link Load.ClientKind}. Prints READY; then, for every line of its input, {@code SECONDS [REQUESTS_PER_SECOND IN_FLIGHT [PORT PID]]}, loads
 * the server, or the one named in its place, for so many seconds and prints a line of figures. So what is measured is warm: the runs before it were in the same process.
 */
public final class LoadProcess {
    private static final int REQUESTS = 20_000;
    private static final double[] NO_HICCUPS = {Double.NaN, Double.NaN};
    private static final int FRAME_HEAD = 1 + Integer.BYTES;

    private LoadProcess() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        long server = Long.parseLong(args[1]);
        int rowsPerRequest = Integer.parseInt(args[3]);
        List<Map<String, ?>> rows = rows(Integer.parseInt(args[2]), rowsPerRequest);
        Runner runner = Load.ClientKind.valueOf(args[8]) == Load.ClientKind.frames
                ? frames(rows, rowsPerRequest, args)
                : grpc(rows, rowsPerRequest, args);
        System.out.println("READY");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] run = line.split(" ");
            if (run.length > 3) {
                port = Integer.parseInt(run[3]);
                server = Long.parseLong(run[4]);
            }
            long rate = Long.parseLong(run.length > 1 ? run[1] : args[4]);
            int inFlight = Integer.parseInt(run.length > 1 ? run[2] : args[5]);
            long own = ProcessHandle.current().pid();
            double serverMs = ProcessStatistics.cpuMs(server);
            double ownMs = ProcessStatistics.cpuMs(own);
            Outcome outcome = runner.run(port, rate, inFlight, Long.parseLong(run[0]));
            serverMs = ProcessStatistics.cpuMs(server) - serverMs;
            ownMs = ProcessStatistics.cpuMs(own) - ownMs;
            System.out.printf(
                    Locale.ROOT,
                    "FIGURES %.0f %d %.1f %.1f %.1f %.2f %.2f %.1f %.1f%n",
                    outcome.perSecond(),
                    outcome.failed(),
                    outcome.latenciesUs()[0],
                    outcome.latenciesUs()[1],
                    outcome.latenciesUs()[2],
                    serverMs * 1e3 / outcome.answered(),
                    ownMs * 1e3 / outcome.answered(),
                    outcome.hiccupsUs()[0],
                    outcome.hiccupsUs()[1]);
        }
    }

    /** @param latenciesUs p50, p99, p99.9; {@code hiccupsUs}: p50, p99, NaN where nothing measured them */
    private record Outcome(double perSecond, long answered, long failed, double[] latenciesUs, double[] hiccupsUs) {}

    private interface Runner {
        Outcome run(int port, long rate, int inFlight, long seconds) throws IOException, InterruptedException;
    }

    private static Runner grpc(List<Map<String, ?>> rows, int rowsPerRequest, String[] args) {
        return (port, rate, inFlight, seconds) -> {
            LoadTestReport report = LoadTest.run(LoadTestConfig.join(Cards.JOIN)
                    .address("127.0.0.1:" + port)
                    .rows(rows)
                    .rowsPerRequest(rowsPerRequest)
                    .ratePerSecond(rate)
                    .maxInFlight(inFlight)
                    .connections(Integer.parseInt(args[6]))
                    .timeoutMs(Long.parseLong(args[7]))
                    .warmupMs(0)
                    .durationMs(seconds * 1_000)
                    .build());
            if (!report.statuses().keySet().equals(Set.of("COMPLETE"))) {
                System.out.println("STATUSES " + report.statuses() + " " + report.errors());
            }
            return new Outcome(
                    report.throughputPerSecond(),
                    report.answered(),
                    report.failed() + report.unsent(),
                    new double[] {report.latencyUs(50), report.latencyUs(99), report.latencyUs(99.9)},
                    new double[] {
                        report.hiccups().getValueAtPercentile(50) / 1e3,
                        report.hiccups().getValueAtPercentile(99) / 1e3
                    });
        };
    }

    /** The same requests; those of the node's own client have the schema's id as well, which it asks for first. */
    private static Runner frames(List<Map<String, ?>> rows, int rowsPerRequest, String[] args) throws IOException {
        byte[][] messages = new byte[rows.size() / rowsPerRequest][];
        for (int i = 0; i < messages.length; i++) {
            Fetch fetch = Fetch.join(Cards.JOIN);
            rows.subList(i * rowsPerRequest, (i + 1) * rowsPerRequest).forEach(fetch::row);
            messages[i] = framed(fetch.toRequest().toByteArray());
        }
        FrameLoad load = new FrameLoad(messages, FRAME_HEAD + answerLength(Integer.parseInt(args[0]), messages[0]));
        return (port, rate, inFlight, seconds) -> {
            FrameLoad.Report report = load.run(
                    port,
                    Integer.parseInt(args[7]),
                    rate,
                    inFlight,
                    Integer.parseInt(args[6]),
                    TimeUnit.SECONDS.toNanos(seconds));
            return new Outcome(
                    report.perSecond(),
                    report.answered(),
                    report.failed(),
                    DoubleStream.of(50, 99, 99.9)
                            .map(percentile -> report.latenciesNs().getValueAtPercentile(percentile) / 1e3)
                            .toArray(),
                    NO_HICCUPS);
        };
    }

    private static byte[] framed(byte[] message) {
        return ByteBuffer.allocate(FRAME_HEAD + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    /** Of a first answer, which is looked at. */
    private static int answerLength(int port, byte[] framed) throws IOException {
        ManagedChannel channel = Channels.open("127.0.0.1:" + port);
        try {
            FetchRequest request = FetchRequest.parseFrom(
                    ByteBuffer.wrap(framed).position(FRAME_HEAD).slice());
            FetchResponse answer = FeatureServiceGrpc.newBlockingStub(channel).fetch(request);
            if (answer.getRowCount() == 0 || answer.getColumnsCount() == 0) {
                throw new IOException("an answer without values: " + answer);
            }
            return answer.getSerializedSize();
        } finally {
            channel.shutdownNow();
        }
    }

    private static List<Map<String, ?>> rows(int cards, int rowsPerRequest) {
        SplittableRandom random = new SplittableRandom(7);
        List<Map<String, ?>> rows = new ArrayList<>();
        int count = rowsPerRequest == 1 ? REQUESTS : 500 * rowsPerRequest;
        for (int i = 0; i < count; i++) {
            rows.add(Map.of("card", Cards.card(random.nextInt(cards))));
        }
        return rows;
    }
}
