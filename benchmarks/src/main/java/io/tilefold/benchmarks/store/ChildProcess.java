package io.tilefold.benchmarks.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another JVM of this module on a core of its own, which takes a command a line and answers with a line. */
final class ChildProcess implements AutoCloseable {
    private static final Path TASKSET = Path.of("/usr/bin/taskset");

    private static final long CLOSE_MS = 10_000;

    private final Process process;
    private final BufferedReader answers;

    private ChildProcess(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a main class with this JVM's flags and waits for its first line. */
    static ChildProcess start(int core, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        ChildProcess child = new ChildProcess(new ProcessBuilder(onCore(core, command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        child.answer();
        return child;
    }

    /** A command that runs on one core, where the system can be told to. */
    static List<String> onCore(int core, List<String> command) {
        List<String> pinned = new ArrayList<>();
        if (Files.isExecutable(TASKSET)) {
            int there = core % Runtime.getRuntime().availableProcessors();
            pinned.addAll(List.of(TASKSET.toString(), "-c", Integer.toString(there)));
        }
        pinned.addAll(command);
        return pinned;
    }

    void command(String command) {
        try {
            process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String answer() {
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException("the child process has ended");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends it by ending its input; kills one that does not look there. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(CLOSE_MS, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
