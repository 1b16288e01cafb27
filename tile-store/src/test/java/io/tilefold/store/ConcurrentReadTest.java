package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads that read while the writer writes, grows and restarts. */
class ConcurrentReadTest {
    private static final int KEYS = 4_000;
    private static final int READERS = 2;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"invariant", "fixed_invariant"})
    void everyReadSeesOneStateOfItsOwnKey(String name) throws Exception {
        ActiveGroupBy groupBy = InvariantReader.groupBy(name);
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try (InvariantWriter writer = new InvariantWriter(directory, groupBy, KEYS, 1)) {
            TileStoreReader reader = NoLeaks.reader(directory);
            List<Future<InvariantReader>> results = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                InvariantReader checker = new InvariantReader(reader, groupBy, KEYS, InvariantWriter.Q, i);
                results.add(threads.submit(() -> {
                    while (!done.get()) {
                        checker.readOnce();
                    }
                    return checker;
                }));
            }
            writer.write(150_000);
            writer.restart();
            writer.write(60_000);
            done.set(true);
            for (Future<InvariantReader> result : results) {
                InvariantReader checker = result.get(60, TimeUnit.SECONDS);
                assertThat(checker.violation()).isNull();
                assertThat(checker.found()).isPositive();
            }
            assertThat(writer.stats().recordsMoved()).isGreaterThan(1_000);
        } finally {
            done.set(true);
            threads.shutdownNow();
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
