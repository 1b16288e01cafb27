package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mutations of a table's rows in live: what {@link StoreModelTest} does not draw. */
class MutationLiveTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long HOUR_MS = Hop.HOUR.lengthMs();
    private static final long B = 15_000 * DAY_MS;
    private static final ActiveGroupBy GROUP_BY = TestGroupBys.MUTABLE;
    private static final int SHARDS = 2;
    private static final String COUNT = "amount_count";
    private static final String COUNT_3D = "amount_count_3d";
    private static final String SUM_3D = "amount_sum_3d";

    @TempDir
    private Path directory;

    private final TestRows rows = new TestRows();

    @Test
    void aKeyWhoseRowBeforeIsMissingIsStaleUntilABatchHasTheMutation() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B, Map.of("known", List.of(row("known", B - HOUR_MS, 7))));
            assertThat(missBefore(store, "known", B + DAY_MS + 5)).isEqualTo(ApplyResult.APPLIED);
            assertThat(missBefore(store, "unknown", B + DAY_MS + 5)).isEqualTo(ApplyResult.APPLIED);
            insert(store, row("other", B + HOUR_MS, 1), B + DAY_MS + 6);
            store.publish(1, 0);
            assertThat(read("known", B + DAY_MS - 1)).as("the day before").isEqualTo(ReadResult.FOUND);
            assertThat(read("known", B + DAY_MS + 10)).isEqualTo(ReadResult.KEY_STALE);
            assertThat(value(COUNT, "known", B + DAY_MS + 10)).isEqualTo(1L);
            assertThat(read("unknown", B + DAY_MS + 10)).isEqualTo(ReadResult.KEY_STALE);
            assertThat(read("other", B + DAY_MS + 10)).isEqualTo(ReadResult.FOUND);
            insert(store, row("known", B, 1), B + DAY_MS + 9);
            store.publish(2, 0);
            assertThat(read("known", B + DAY_MS + 10)).as("it is not forgotten").isEqualTo(ReadResult.KEY_STALE);

            commit(store, 2, B + DAY_MS, Map.of());
            store.publish(3, 0);
            assertThat(read("known", B + DAY_MS + 10)).as("of the day behind B").isEqualTo(ReadResult.KEY_STALE);
            store.snapshot(3);
            commit(store, 3, B + 2 * DAY_MS, Map.of());
            store.publish(4, 0);
            assertThat(read("known", B + 2 * DAY_MS + 10)).isEqualTo(ReadResult.NOT_FOUND);
            store.rollback(GROUP_BY.id());
            store.publish(5, 0);
            assertThat(read("known", B + 2 * DAY_MS + 10)).isEqualTo(ReadResult.KEY_STALE);
            assertThat(missBefore(store, "known", B + DAY_MS - 1)).isEqualTo(ApplyResult.LATE);
        }
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            assertThat(store.restore(catalog -> List.of(GROUP_BY))).hasValue(3);
            store.publish(3, 0);
            assertThat(read("known", B + DAY_MS + 10)).as("restored").isEqualTo(ReadResult.KEY_STALE);
            assertThat(value(COUNT, "known", B + DAY_MS + 10)).isEqualTo(1L);
        }
    }

    @Test
    void mutationsOfADayGoTogetherWhereverTheirRowsLie() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B, Map.of());
            for (int i = 0; i < 2_000; i++) {
                insert(store, row("user" + i, B + 40 * DAY_MS, 1), B + i);
                insert(store, row("user" + i, B - 40 * DAY_MS, 1), B + DAY_MS + i);
            }
            assertThat(stats(store).keys()).isEqualTo(4_000);
            commit(store, 2, B + DAY_MS, Map.of());
            commit(store, 3, B + DAY_MS, Map.of());
            sweep(store);
            assertThat(stats(store).keys()).isEqualTo(2_000);
            store.publish(1, 0);
            assertThat(value(COUNT, "user7", B + DAY_MS)).isEqualTo(1L);
            commit(store, 4, B + 2 * DAY_MS, Map.of());
            commit(store, 5, B + 2 * DAY_MS, Map.of());
            sweep(store);
            assertThat(stats(store).keys()).isZero();
        }
    }

    /** Rows of a day in more five minutes than a reader copies whole. */
    @Test
    void aKeyWithManyRowsIsFoldedFromWhatItsWindowsNeed() throws IOException {
        try (TileStore store = open()) {
            List<ModelEvent> inBase = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                inBase.add(row("wide", B - 12 * HOUR_MS + i * 300_000L, 1)); // half of them ahead of the batch end
            }
            commit(store, 1, B, Map.of("wide", inBase));
            for (int i = 0; i < 600; i += 2) {
                mutate(store, inBase.get(i), row("wide", B - 12 * HOUR_MS + i * 300_000L, 100), B + HOUR_MS);
            }
            for (int i = 0; i < 600; i += 3) {
                insert(store, row("wide", B - 12 * HOUR_MS + i * 300_000L, 1), B + DAY_MS);
            }
            store.publish(1, 0);
            long q = B + 2 * DAY_MS;
            assertThat(value(COUNT_3D, "wide", q)).isEqualTo(800L);
            assertThat(value(SUM_3D, "wide", q)).isEqualTo(300 * 100L + 300 + 200);
            assertThat(value("amount_count_6h", "wide", B + 12 * HOUR_MS))
                    .as("the first day's alone")
                    .isEqualTo(72L);
            assertThat(value(COUNT, "wide", B + 12 * HOUR_MS)).isEqualTo(600L);
            StoreFindings findings = StoreInspector.open(directory).verify((file, bytes) -> {});
            assertThat(findings.problems()).isEmpty();
        }
    }

    /** One day's record is too large to be copied whole, the other's is small. */
    @Test
    void aLargeAndASmallDayAreFoldedTogether() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B, Map.of());
            for (int i = 0; i < 600; i++) {
                insert(store, row("wide", B + i * 300_000L, 1), B + DAY_MS);
            }
            insert(store, row("wide", B, 1), B);
            insert(store, row("wide", B + HOUR_MS, 1), B + 2 * DAY_MS);
            store.publish(1, 0);
            long q = B + 2 * DAY_MS + HOUR_MS;
            assertThat(value(COUNT_3D, "wide", q)).isEqualTo(590L);
            assertThat(value(COUNT, "wide", q)).isEqualTo(602L);
        }
    }

    /** Updates that move the record, between tiles of other times: their two sides are seen together. */
    @Test
    void readersSeeAnUpdateWhole() throws Exception {
        try (TileStore store = open()) {
            commit(store, 1, B, Map.of("user", List.of(row("user", B - HOUR_MS, 0))));
            store.publish(1, 0);
            readWhile(1, () -> {
                ModelEvent known = row("user", B - HOUR_MS, 0);
                for (int i = 1; i <= 20_000; i++) {
                    long timeMs = B + (i % 50 - 25) * 300_000L;
                    ModelEvent next = TestRows.event("user", timeMs, (long) i, 1.0, "m".repeat(1 + i % 40) + i % 97);
                    mutate(store, known, next, B + HOUR_MS + i);
                    known = next;
                }
            });
            assertThat(stats(store).recordsMoved()).isPositive();
        }
    }

    /** A row is deleted on one mutation day and comes back, late, on the one before: the two days' records are read as of one moment. */
    @Test
    void readersSeeAllDaysOfAKeyAtOneMoment() throws Exception {
        try (TileStore store = open()) {
            ModelEvent row = row("user", B - HOUR_MS, 1);
            commit(store, 1, B, Map.of("user", List.of(row)));
            store.publish(1, 0);
            readWhile(0, () -> {
                for (int i = 0; i < 60_000; i++) {
                    mutate(store, row, null, B + DAY_MS + HOUR_MS);
                    mutate(store, null, row, B + HOUR_MS);
                }
            });
        }
    }

    /** Reads, while something is written, that the key has at least so many rows and at most one. */
    private void readWhile(long least, Runnable writing)
            throws InterruptedException, ExecutionException, TimeoutException {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            KeyReader keys =
                    Objects.requireNonNull(reader.view().groupBy(GROUP_BY.id())).newKeyReader();
            WindowFold fold = new WindowFold(GROUP_BY.plan());
            KeyEncoder key = new TestRows().key("user");
            long q = B + DAY_MS + 2 * HOUR_MS;
            Future<Long> reads = thread.submit(() -> {
                long count = 0;
                while (!done.get()) {
                    ReadResult result = keys.fold(key.buffer(), 0, key.length(), key.hash(), q, fold);
                    if (result != ReadResult.CONFLICT) {
                        assertThat(result).isEqualTo(ReadResult.FOUND);
                        Long counted = (Long) emit(fold, COUNT);
                        assertThat(counted == null ? 0 : counted).isBetween(least, 1L);
                        assertThat(emit(fold, COUNT_3D)).isEqualTo(counted);
                        count++;
                    }
                }
                return count;
            });
            try {
                writing.run();
            } finally {
                done.set(true);
            }
            assertThat(reads.get(60, TimeUnit.SECONDS)).isPositive();
        } finally {
            thread.shutdownNow();
            assertThat(thread.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aMutationThatNoRecordHasRoomForIsRefused() throws IOException {
        String wide = "w".repeat(240_000);
        try (TileStore store = open()) {
            commit(store, 1, B, Map.of());
            int applied = 0;
            ApplyResult result = ApplyResult.APPLIED;
            while (result == ApplyResult.APPLIED) {
                ModelEvent row = TestRows.event("user", B + applied * 300_000L, 1L, 0.5, wide + applied);
                result = TestRows.apply(live(store), rows, new ModelMutation(null, row, B + HOUR_MS));
                applied++;
            }
            assertThat(result).isEqualTo(ApplyResult.KEY_FULL);
            store.publish(1, 0);
            assertThat(read("user", B + 2 * HOUR_MS)).isEqualTo(ReadResult.KEY_FULL);
            insert(store, row("user", B + HOUR_MS, 1), B + DAY_MS);
            commit(store, 2, B + DAY_MS, Map.of());
            store.publish(2, 0);
            assertThat(read("user", B + DAY_MS + HOUR_MS))
                    .as("the day behind it")
                    .isEqualTo(ReadResult.FOUND);
        }
    }

    @Test
    void mutationsAndEventsAreNotTakenForEachOther() {
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            store.activate(new byte[0], List.of(GROUP_BY, TestGroupBys.FIXED, TestGroupBys.SNAPSHOT));
            ModelMutation insert = new ModelMutation(null, row("user", B, 1), B);
            assertThatThrownBy(() -> TestRows.apply(live(store), rows, row("user", B, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("GroupBy mutable is of entities");
            for (ActiveGroupBy groupBy : List.of(TestGroupBys.FIXED, TestGroupBys.SNAPSHOT)) {
                GroupByStore other = Objects.requireNonNull(store.groupBy(groupBy.id()));
                KeyEncoder key = rows.key("user");
                assertThatThrownBy(() -> other.missBefore(key.buffer(), 0, key.length(), key.hash(), insert.atMs()))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("GroupBy " + groupBy.name());
            }
        }
    }

    private TileStore open() {
        TileStore store = TileStore.open(directory, 0, SHARDS);
        store.activate(new byte[0], List.of(GROUP_BY));
        return store;
    }

    private static void commit(TileStore store, long version, long batchEndMs, Map<String, List<ModelEvent>> table)
            throws IOException {
        TestSegments.write(store, GROUP_BY, version, batchEndMs, SHARDS, table);
        store.commit(GROUP_BY.id(), version, batchEndMs);
    }

    private static GroupByStore live(TileStore store) {
        return Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
    }

    private static ModelEvent row(String user, long timeMs, long amount) {
        return TestRows.event(user, timeMs, amount, 1.0, "m");
    }

    private void insert(TileStore store, ModelEvent row, long mutationMs) {
        mutate(store, null, row, mutationMs);
    }

    private void mutate(TileStore store, @Nullable ModelEvent before, @Nullable ModelEvent after, long mutationMs) {
        assertThat(TestRows.apply(live(store), rows, new ModelMutation(before, after, mutationMs)))
                .isEqualTo(ApplyResult.APPLIED);
    }

    private ApplyResult missBefore(TileStore store, String user, long mutationMs) {
        KeyEncoder key = rows.key(user);
        return live(store).missBefore(key.buffer(), 0, key.length(), key.hash(), mutationMs);
    }

    private ReadResult read(String user, long q) {
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            return read(reader, user, q, new WindowFold(GROUP_BY.plan()));
        }
    }

    private ReadResult read(TileStoreReader reader, String user, long q, WindowFold fold) {
        KeyEncoder key = rows.key(user);
        GroupByView view = Objects.requireNonNull(reader.view().groupBy(GROUP_BY.id()));
        return view.newKeyReader().fold(key.buffer(), 0, key.length(), key.hash(), q, fold);
    }

    private @Nullable Object value(String output, String user, long q) {
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            WindowFold fold = new WindowFold(GROUP_BY.plan());
            assertThat(read(reader, user, q, fold).hasValues()).isTrue();
            return emit(fold, output);
        }
    }

    private static @Nullable Object emit(WindowFold fold, String output) {
        int index = GROUP_BY.plan().outputSchema().indexOf(output);
        ObjectSink sink =
                new ObjectSink().next(GROUP_BY.plan().outputs().get(index).type());
        fold.emit(index, sink);
        return sink.values().get(0);
    }

    private static void sweep(TileStore store) {
        for (int i = 0; i < 2_000; i++) {
            store.applying(i);
        }
    }

    private static GroupByStats stats(TileStore store) {
        return store.stats().get(0);
    }
}
