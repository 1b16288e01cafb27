package io.tilefold.servingbench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of a run: servers, writers and clients in JVMs of their own, all killed at the end. */
final class Children implements AutoCloseable {
    private final List<Process> running = new ArrayList<>();

    /** A process that is ready. Port 0: it listens nowhere. */
    record Child(Process process, BufferedReader out, PrintStream in, int port) {
        long pid() {
            return process.pid();
        }
    }

    /** Starts a main of this package and waits for its line READY. */
    Child start(Class<?> main, String heap, Object... arguments) throws IOException {
        return start(List.of(), main, heap, arguments);
    }

    /** As {@link #start}, on these cores alone; empty: on all. */
    Child startOn(String cores, Class<?> main, String heap, Object... arguments) throws IOException {
        return start(pinned(cores), main, heap, arguments);
    }

    private static List<String> pinned(String cores) {
        return cores.isEmpty() ? List.of() : List.of("taskset", "-c", cores);
    }

    private Child start(List<String> before, Class<?> main, String heap, Object... arguments) throws IOException {
        Process process = process(before, main, heap, arguments);
        BufferedReader out = reader(process);
        PrintStream in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("READY")) {
                return new Child(process, out, in, line.length() > 6 ? Integer.parseInt(line.substring(6)) : 0);
            }
            System.out.println(line);
        }
        throw new IOException(main.getSimpleName() + " ended before it was ready");
    }

    /** A Redis server of Debian's package in memory only, on a free port of the loopback; on these cores, empty: on all. */
    int startRedis(String cores) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(pinned(cores));
        command.addAll(List.of(
                "redis-server",
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        running.add(process);
        BufferedReader out = reader(process);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.contains("eady to accept connections")) {
                return port;
            }
        }
        throw new IOException("redis-server ended before it was ready; apt-get install redis-server brings it");
    }

    private Process process(List<String> before, Class<?> main, String heap, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms" + heap,
                "-Xmx" + heap,
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"));
        String options = System.getProperty("tilefold.jvm", "");
        if (!options.isEmpty()) {
            command.addAll(List.of(options.split(" ")));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(String.valueOf(argument));
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        running.add(process);
        return process;
    }

    private static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        running.forEach(Process::destroyForcibly);
    }
}
