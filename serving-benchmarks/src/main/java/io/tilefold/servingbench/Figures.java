package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.tilefold.client.CallPolicy;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A serving node beside the echo floor, alternating: A B A B. Arguments: work directory, cards, rows per request, requests per second, in flight,
 * pairs, warm-up seconds, measured seconds, event loops. Server, floor, store and client are processes of their own.
 */
public final class Figures {
    private static final String[] NAMES = {
        "requests/s",
        "failed",
        "p50 us",
        "p99 us",
        "p99.9 us",
        "server CPU us",
        "client CPU us",
        "hiccup p50",
        "hiccup p99"
    };

    private final String[] args;
    private final List<Process> running = new ArrayList<>();

    private Figures(String[] args) {
        this.args = args;
    }

    public static void main(String[] args) throws Exception {
        Figures figures = new Figures(args);
        try {
            figures.run();
        } finally {
            figures.running.forEach(Process::destroyForcibly);
        }
    }

    private void run() throws IOException, InterruptedException {
        Path work = Files.createDirectories(Path.of(args[0]));
        Path store = work.resolve("store");
        Server writer = start(StoreProcess.class, "2g", store.toString(), args[1], "0", "0");
        Server node = start(NodeProcess.class, "512m", store.toString(), args[8]);
        Path answer = work.resolve("answer");
        Files.write(answer, answer(node.port));
        System.out.printf("answer of %d bytes%n", Files.size(answer));
        Server echo = start(EchoProcess.class, "512m", answer.toString(), args[8]);
        int pairs = Integer.parseInt(args[5]);
        double[][] ofNode = new double[pairs][];
        double[][] ofEcho = new double[pairs][];
        for (int i = 0; i < pairs; i++) {
            ofNode[i] = load("node", node);
            ofEcho[i] = load("echo", echo);
        }
        for (int i = 0; i < NAMES.length; i++) {
            print(NAMES[i], column(ofNode, i), column(ofEcho, i));
        }
        writer.process.destroyForcibly();
    }

    private byte[] answer(int port) {
        Fetch fetch = Fetch.join(Cards.JOIN);
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            fetch.row(Map.of("card", Cards.card(i)));
        }
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + port)
                .callPolicy(CallPolicy.retry(5))
                .build()) {
            client.fetch(fetch); // waits until the store is mapped
        }
        ManagedChannel channel = Channels.open("127.0.0.1:" + port);
        try {
            return FeatureServiceGrpc.newBlockingStub(channel)
                    .fetch(fetch.toRequest())
                    .toByteArray();
        } finally {
            channel.shutdownNow();
        }
    }

    private double[] load(String what, Server server) throws IOException, InterruptedException {
        Process client = process(
                LoadProcess.class,
                "768m",
                String.valueOf(server.port),
                String.valueOf(server.process.pid()),
                args[1],
                args[2],
                args[3],
                args[4],
                args[6],
                args[7]);
        double[] figures = new double[NAMES.length];
        try (BufferedReader out = reader(client)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                System.out.println(what + " " + line);
                if (line.startsWith("FIGURES ")) {
                    figures = Arrays.stream(line.substring(8).split(" "))
                            .mapToDouble(Double::parseDouble)
                            .toArray();
                }
            }
        }
        client.waitFor();
        return figures;
    }

    private static double[] column(double[][] runs, int index) {
        return Arrays.stream(runs).mapToDouble(run -> run[index]).toArray();
    }

    private static void print(String name, double[] node, double[] echo) {
        double[] ratios = new double[node.length];
        double[] differences = new double[node.length];
        Arrays.setAll(ratios, i -> node[i] / echo[i]);
        Arrays.setAll(differences, i -> node[i] - echo[i]);
        System.out.printf(
                Locale.ROOT,
                "%-14s node %s  echo %s  ratio %s  difference %s%n",
                name,
                range(node),
                range(echo),
                range(ratios),
                range(differences));
    }

    /** The median, and the range. */
    private static String range(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT, "%.2f (%.2f to %.2f)", sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    /** A process that said where it listens; port 0: nowhere. */
    private record Server(Process process, int port) {}

    private Server start(Class<?> main, String heap, String... arguments) throws IOException {
        Process process = process(main, heap, arguments);
        BufferedReader out = reader(process);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("READY")) {
                return new Server(process, line.length() > 6 ? Integer.parseInt(line.substring(6)) : 0);
            }
            System.out.println(line);
        }
        throw new IOException(main.getSimpleName() + " ended before it was ready");
    }

    private Process process(Class<?> main, String heap, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"));
        String options = System.getProperty("tilefold.jvm", "");
        if (!options.isEmpty()) {
            command.addAll(List.of(options.split(" ")));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        running.add(process);
        return process;
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }
}
