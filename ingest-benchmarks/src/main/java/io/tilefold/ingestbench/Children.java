package io.tilefold.ingestbench;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Processes that end with this one. Their errors go to a file each in the directory. */
final class Children implements AutoCloseable {
    private static final String READY = "READY ";

    private final Path directory;
    private final Deque<Process> running = new ArrayDeque<>();

    Children(Path directory) {
        this.directory = directory;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** A JVM with this one's class path. */
    Process java(Class<?> main, String heap, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Xmx" + heap,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(Arrays.asList(arguments));
        return start(command);
    }

    Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(directory.resolve("errors-" + running.size()).toFile())
                .start();
        running.push(process);
        return process;
    }

    /** The last word of the line that says READY. */
    static String awaitReady(Process process) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.startsWith(READY)) {
            line = out.readLine();
        }
        if (line == null) {
            throw new IllegalStateException("a process has ended: " + process.info());
        }
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            running.pop().destroyForcibly().onExit().join();
        }
    }
}
