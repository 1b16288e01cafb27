package io.tilefold.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.cli.process.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command as a user runs it. */
final class TilefoldCommand {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Path home;
    private final Duration timeout;

    /** @param home the directory of the {@code tilefold} script */
    TilefoldCommand(Path home) {
        this(home, TIMEOUT);
    }

    /** @param timeout of each run */
    TilefoldCommand(Path home, Duration timeout) {
        this.home = home;
        this.timeout = timeout;
    }

    record Run(int code, String output) {}

    /** It does what it was asked; gives what it printed. */
    String done(String... arguments) throws IOException, InterruptedException {
        Run run = run(arguments);
        assertThat(run.code()).as(run.output()).isZero();
        return run.output();
    }

    /** It refuses, says why, and shows no stack trace. */
    void refused(String named, String... arguments) throws IOException, InterruptedException {
        Run run = run(arguments);
        assertThat(run.code()).as(run.output()).isBetween(1, 2);
        assertThat(run.output()).contains(named).doesNotContain("\tat ");
    }

    Run run(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(home.resolve("tilefold").toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("TILEFOLD_NO_BUILD", "1");
        builder.environment().put(Installation.SPARK_OPTIONS, System.getProperty(Installation.SPARK_OPTIONS, ""));
        Path output = Files.createTempFile("tilefold-run", ".log");
        try {
            Process process = builder.redirectOutput(output.toFile()).start();
            if (!process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(line + " did not end within " + timeout + ": " + Files.readString(output));
            }
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
