package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes when neither version needs it, when it goes, and what becomes of its space. */
class LiveExpiryTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long B = 15_000 * DAY_MS;
    private static final ActiveGroupBy GROUP_BY = TestGroupBys.FIXED;
    private static final int KEYS = 5_000;
    private static final int SHARDS = 2;

    @TempDir
    private Path directory;

    private final TestRows rows = new TestRows();

    @Test
    void keysOfDaysThatNoVersionNeedsAreRemovedAndTheirSpaceIsUsedAgain() throws IOException {
        try (TileStore store = open()) {
            long dataBytes = 0;
            for (int day = 0; day < 8; day++) {
                commit(store, day + 1, B + day * DAY_MS);
                for (int i = 0; i < KEYS; i++) {
                    apply(store, "day" + day + "key" + i, B + day * DAY_MS + i);
                }
                // The keys of the days that the two versions need, this one's included; the day before them was swept
                // meanwhile.
                assertThat(stats(store).keys()).isEqualTo((long) KEYS * Math.min(day + 1, 2));
                if (day == 3) {
                    dataBytes = stats(store).dataBytes();
                }
            }
            assertThat(stats(store).dataBytes()).isEqualTo(dataBytes);
        }
    }

    /** Records of all lengths come and go: blocks are split for smaller ones and never joined, and still the files stop growing. */
    @Test
    void overManyDaysOfChurnTheFilesStopGrowing() throws IOException {
        SplittableRandom random = new SplittableRandom(17);
        try (TileStore store = open()) {
            long early = 0;
            for (int day = 0; day < 40; day++) {
                commit(store, day + 1, B + day * DAY_MS);
                for (int i = 0; i < 800; i++) {
                    int events = 1 + Math.min(random.nextInt(60), random.nextInt(60));
                    for (int event = 0; event < events; event++) {
                        apply(store, "day" + day + "key" + i, B + day * DAY_MS + random.nextLong(DAY_MS));
                    }
                }
                store.publish(day, 0);
                early = day == 8 ? StoreUsage.of(directory).liveBytes() : early;
            }
            assertThat(StoreUsage.of(directory).liveBytes()).isLessThanOrEqualTo(early * 5 / 4);
            assertThat(stats(store).keys()).isLessThanOrEqualTo(2 * 800);
        }
    }

    @Test
    void withoutEventsTheLogsOtherEntriesSweep() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B);
            for (int i = 0; i < KEYS; i++) {
                apply(store, "key" + i, B + i);
            }
            store.snapshot(1);
            expireWithoutEvents(store);
        }
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            assertThat(store.restore(catalog -> List.of(GROUP_BY))).hasValue(1);
            expireWithoutEvents(store);
        }
    }

    private void expireWithoutEvents(TileStore store) throws IOException {
        assertThat(stats(store).keys()).isEqualTo(KEYS);
        commit(store, 2, B + DAY_MS);
        commit(store, 3, B + 2 * DAY_MS);
        int entries = 0;
        while (stats(store).keys() > 0) {
            store.applying(++entries);
            assertThat(entries).isLessThan(1_000);
        }
        store.applying(++entries);
        store.applying(++entries);
        int least = LiveIndexDescriptor.length(LiveIndexDescriptor.INITIAL_SLOTS);
        assertThat(stats(store).indexBytes()).isEqualTo((long) SHARDS * least);
        // What is left are the regions' headers.
        assertThat(stats(store).dataBytes() - stats(store).freeBytes()).isLessThan(2_000);
    }

    @Test
    void aKeyKeepsTheDaysThatTheFormerVersionNeeds() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B);
            for (int day = 0; day < 4; day++) {
                for (int i = 0; i < (day < 2 ? 20 : 10); i++) {
                    apply(store, "user", B + day * DAY_MS + i * Hop.HOUR.lengthMs());
                }
            }
            long used = used(store);
            commit(store, 2, B + 3 * DAY_MS);
            sweep(store);
            assertThat(used(store)).isEqualTo(used);
            store.rollback(GROUP_BY.id());
            store.publish(2, 0);
            assertThat(count("user", B + 4 * DAY_MS)).isEqualTo(60L);
            commit(store, 3, B + 2 * DAY_MS);
            commit(store, 4, B + 3 * DAY_MS);
            sweep(store);
            store.publish(3, 0);
            assertThat(used(store)).isLessThan(used * 3 / 4);
            assertThat(count("user", B + 4 * DAY_MS)).isEqualTo(10L);
            store.rollback(GROUP_BY.id());
            store.publish(4, 0);
            assertThat(count("user", B + 4 * DAY_MS)).isEqualTo(20L);
        }
    }

    @Test
    void aRefusalIsForgottenWithTheBatchThatHasTheEvent() throws IOException {
        String wide = "w".repeat(240_000);
        ActiveGroupBy growing = TestGroupBys.GROWING;
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            store.activate(new byte[0], List.of(growing));
            commit(store, growing, 1, B);
            GroupByStore live = Objects.requireNonNull(store.groupBy(growing.id()));
            int applied = 0;
            while (TestRows.apply(live, rows, TestRows.event("wide", B + applied * 100_000L, 1L, 0.5, wide + applied))
                    == ApplyResult.APPLIED) {
                applied++;
            }
            store.publish(1, 0);
            assertThat(read(growing, "wide")).isEqualTo(ReadResult.KEY_FULL);
            commit(store, growing, 2, B + DAY_MS);
            store.publish(2, 0);
            assertThat(read(growing, "wide")).isEqualTo(ReadResult.NOT_FOUND);
            assertThat(TestRows.apply(live, rows, TestRows.event("wide", B + DAY_MS, 1L, 0.5, wide)))
                    .as("version 1 may still be asked for")
                    .isEqualTo(ApplyResult.KEY_FULL);
            commit(store, growing, 3, B + DAY_MS);
            assertThat(TestRows.apply(live, rows, TestRows.event("wide", B + DAY_MS, 1L, 0.5, wide)))
                    .as("before the sweep has come by")
                    .isEqualTo(ApplyResult.APPLIED);
        }
    }

    private TileStore open() {
        TileStore store = TileStore.open(directory, 0, SHARDS);
        store.activate(new byte[0], List.of(GROUP_BY));
        return store;
    }

    private void commit(TileStore store, long version, long batchEndMs) throws IOException {
        commit(store, GROUP_BY, version, batchEndMs);
    }

    private static void commit(TileStore store, ActiveGroupBy groupBy, long version, long batchEndMs)
            throws IOException {
        TestSegments.write(store, groupBy, version, batchEndMs, SHARDS, Map.of());
        store.commit(groupBy.id(), version, batchEndMs);
    }

    private void apply(TileStore store, String user, long timeMs) {
        GroupByStore live = Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
        assertThat(TestRows.apply(live, rows, TestRows.event(user, timeMs, 1L, 2.0, "m")))
                .isEqualTo(ApplyResult.APPLIED);
    }

    private static void sweep(TileStore store) {
        for (int i = 0; i < 100; i++) {
            store.applying(i);
        }
    }

    private static GroupByStats stats(TileStore store) {
        return store.stats().get(0);
    }

    private static long used(TileStore store) {
        return stats(store).dataBytes() - stats(store).freeBytes();
    }

    private ReadResult read(ActiveGroupBy groupBy, String user) {
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            KeyEncoder key = rows.key(user);
            GroupByView view = Objects.requireNonNull(reader.view().groupBy(groupBy.id()));
            return view.newKeyReader().read(key.buffer(), 0, key.length(), key.hash());
        }
    }

    private Object count(String user, long q) {
        try (TileStoreReader reader = TileStoreReader.open(directory)) {
            GroupByView view = Objects.requireNonNull(reader.view().groupBy(GROUP_BY.id()));
            WindowFold fold = new WindowFold(GROUP_BY.plan());
            KeyEncoder key = rows.key(user);
            assertThat(view.newKeyReader().fold(key.buffer(), 0, key.length(), key.hash(), q, fold))
                    .isEqualTo(ReadResult.FOUND);
            ObjectSink sink = new ObjectSink();
            fold.emit(GROUP_BY.plan().outputSchema().indexOf("amount_count"), sink);
            return Objects.requireNonNull(sink.values().get(0));
        }
    }
}
