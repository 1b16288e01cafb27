package io.tilefold.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How a run of the {@code tilefold} command ended. */
record Run(int code, String output) {
    static final Path HOME = Path.of(System.getProperty("tilefold.home"));
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** The command as a user runs it. */
    static Run tilefold(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(HOME.resolve("tilefold").toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("TILEFOLD_NO_BUILD", "1");
        Path output = Files.createTempFile("tilefold-run", ".log");
        try {
            Process process = builder.redirectOutput(output.toFile()).start();
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(line + " did not end within " + TIMEOUT + ": " + Files.readString(output));
            }
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
