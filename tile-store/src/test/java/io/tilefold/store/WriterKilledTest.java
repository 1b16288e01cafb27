package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A writer's process that is killed in the middle of its work, and the one after it. */
class WriterKilledTest {
    private static final int KEYS = 2_000;
    private static final int READS = 20_000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"invariant", "fixed_invariant"})
    void readersKeepWhatItPublishedUntilTheNextWriterHasReachedIt(String name) throws Exception {
        ActiveGroupBy groupBy = InvariantReader.groupBy(name);
        Process process = JavaProcess.start(InvariantWriter.class, directory.toString(), name, Integer.toString(KEYS));
        long position;
        TileStoreReader reader;
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(output.readLine()).isEqualTo("ready");
            reader = NoLeaks.reader(directory);
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> reader.position() > 50_000);
        } finally {
            process.destroyForcibly();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        position = reader.position();
        // A reader that starts while no writer runs finds all that was published. The one record that was being written
        // may be in conflict.
        InvariantReader orphaned = new InvariantReader(NoLeaks.reader(directory), groupBy, KEYS, InvariantWriter.Q, 5);
        for (int i = 0; i < READS && orphaned.conflicts() == 0; i++) {
            orphaned.readOnce();
        }
        assertThat(orphaned.violation()).isNull();
        assertThat(orphaned.found()).isPositive();
        try (InvariantWriter next = new InvariantWriter(directory, groupBy, KEYS, 3)) {
            next.write((int) position / 2);
            StoreView former = reader.view();
            assertThat(reader.position()).isEqualTo(position);
            next.write((int) (position - position / 2) + 1_000);
            assertThat(reader.position()).isGreaterThan(position - 1);
            assertThat(reader.view()).isNotSameAs(former);
            InvariantReader after = new InvariantReader(reader, groupBy, KEYS, InvariantWriter.Q, 6);
            for (int i = 0; i < READS; i++) {
                after.readOnce();
            }
            assertThat(after.violation()).isNull();
            assertThat(after.conflicts()).isZero();
        }
    }

    @Test
    void aReaderThatIsKilledLeavesNoTrace() throws Exception {
        ActiveGroupBy groupBy = TestGroupBys.INVARIANT;
        try (InvariantWriter writer = new InvariantWriter(directory, groupBy, KEYS, 4)) {
            Process process = JavaProcess.start(
                    CrossProcessReader.class, directory.toString(), groupBy.name(), Integer.toString(KEYS));
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                assertThat(output.readLine()).isEqualTo("ready");
                writer.write(20_000);
                Set<String> before = files();
                process.destroyForcibly();
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(files()).isEqualTo(before);
            } finally {
                process.destroyForcibly();
            }
            writer.write(20_000);
            writer.restart();
            InvariantReader other = new InvariantReader(NoLeaks.reader(directory), groupBy, KEYS, InvariantWriter.Q, 7);
            for (int i = 0; i < READS; i++) {
                other.readOnce();
            }
            assertThat(other.violation()).isNull();
            assertThat(other.conflicts()).isZero();
        }
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toString).collect(Collectors.toSet());
        }
    }
}
