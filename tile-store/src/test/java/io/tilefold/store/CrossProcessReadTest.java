package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that reads while this one writes, swaps, grows and restarts its store. */
class CrossProcessReadTest {
    private static final int KEYS = 4_000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"invariant", "fixed_invariant"})
    void everyReadSeesOneStateOfItsOwnKey(String name) throws Exception {
        ActiveGroupBy groupBy = InvariantReader.groupBy(name);
        try (InvariantWriter writer = new InvariantWriter(directory, groupBy, KEYS, 2)) {
            Process process =
                    JavaProcess.start(CrossProcessReader.class, directory.toString(), name, Integer.toString(KEYS));
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                assertThat(output.readLine()).isEqualTo("ready");
                for (int swaps = 0; swaps < 4; swaps++) {
                    writer.write(35_000);
                    writer.swap();
                }
                writer.restart();
                writer.write(30_000);
                writer.swap();
                writer.write(30_000);
                try (OutputStream input = process.getOutputStream()) {
                    input.write('\n');
                }
                String summary = output.readLine();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(summary).endsWith("violation=null").doesNotStartWith("found=0 ");
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly();
            }
        }
    }
}
