package io.tilefold.servingbench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * h2load of nghttp2 (Debian: nghttp2-client) as a client that costs little, on a core of its own. It sends one request over and over and reads no gRPC: whether a response is an answer only the node knows.
 */
final class H2Load {
    private static final int LATENCY_COLUMN = 2;
    private static final double US_PER_MS = 1e3;

    private final String core;
    private final Path work;
    private final int clients;
    private final int deadlineMs;

    /**
     * Responses of one run.
     *
     * @param late those that came after more than the deadline, from when they were sent
     */
    record Responses(long count, long late, double p50Ms, double p99Ms) {}

    /** @param clients connections */
    H2Load(String core, Path work, int clients, int deadlineMs) {
        this.core = core;
        this.work = work;
        this.clients = clients;
        this.deadlineMs = deadlineMs;
    }

    /** The message as the body of a gRPC call. */
    Path body(byte[] message) throws IOException {
        ByteBuffer framed = ByteBuffer.allocate(1 + Integer.BYTES + message.length);
        framed.put((byte) 0).putInt(message.length).put(message);
        return Files.write(work.resolve("body"), framed.array());
    }

    /**
     * Loads a server.
     *
     * @param inFlight of each connection, at most
     * @param perSecond 0: as many as that gives
     */
    Responses run(int port, Path body, int seconds, int inFlight, long perSecond)
            throws IOException, InterruptedException {
        Path log = work.resolve("responses");
        List<String> command = new ArrayList<>(List.of(
                "taskset",
                "-c",
                core,
                "h2load",
                "-t1",
                "-c" + clients,
                "-m" + inFlight,
                "-D" + seconds,
                "-d" + body,
                "--log-file=" + log,
                "-Hcontent-type: application/grpc",
                "-Hte: trailers",
                "-Hgrpc-timeout: " + deadlineMs + "m"));
        if (perSecond > 0) {
            command.add("--rps=" + Math.max(1, perSecond / clients));
        }
        command.add("http://127.0.0.1:" + port + "/tilefold.serving.v1.FeatureService/Fetch");
        Files.deleteIfExists(log);
        Process process = start(command);
        StringBuilder said = new StringBuilder();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                said.append(line).append('\n');
            }
        }
        if (process.waitFor() != 0) {
            throw new IOException("h2load ended with " + process.exitValue() + ": " + said);
        }
        return read(log);
    }

    private static Process start(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            throw new IOException(
                    "cannot run taskset and h2load; apt-get install nghttp2-client brings the latter", missing);
        }
    }

    private Responses read(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            long[] us = lines.mapToLong(line -> Long.parseLong(line.split("\t")[LATENCY_COLUMN]))
                    .sorted()
                    .toArray();
            if (us.length == 0) {
                throw new IOException("h2load had no response");
            }
            long late = 0;
            for (int i = us.length - 1; i >= 0 && us[i] > deadlineMs * US_PER_MS; i--) {
                late++;
            }
            return new Responses(
                    us.length, late, us[us.length / 2] / US_PER_MS, us[(int) (us.length * 0.99)] / US_PER_MS);
        }
    }
}
