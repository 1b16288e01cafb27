package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many keys, wide keys, and a key at its bound. */
class LiveGrowthTest {
    private static final long B = 15_000 * Hop.DAY.lengthMs();

    @TempDir
    private Path directory;

    private final TestRows rows = new TestRows();

    @Test
    void indexAndRegionsGrowWhileAViewIsHeld() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.FIXED;
        int keys = 30_000;
        try (TileStore store = open(groupBy)) {
            GroupByView view = view(groupBy);
            KeyReader reader = view.newKeyReader();
            WindowFold fold = new WindowFold(groupBy.plan());
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            for (int i = 0; i < keys; i++) {
                assertThat(TestRows.apply(live, rows, event("user" + i, B + i, "m")))
                        .isEqualTo(ApplyResult.APPLIED);
                if (i % 997 == 0) {
                    assertThat(value(groupBy, reader, fold, "user" + i, "amount_count"))
                            .isEqualTo(1L);
                    assertThat(value(groupBy, reader, fold, "user" + (i + 1), "amount_count"))
                            .isNull();
                }
            }
            for (int i = 0; i < keys; i++) {
                assertThat(value(groupBy, reader, fold, "user" + i, "amount_count"))
                        .isEqualTo(1L);
            }
            GroupByStats stats = store.stats().get(0);
            assertThat(stats.keys()).isEqualTo(keys);
            assertThat(stats.freeBytes()).isBetween(0L, stats.dataBytes());
            assertThat(stats.recordsMoved()).isZero();
        }
    }

    @Test
    void freedBlocksAreUsedAgain() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.FIXED;
        try (TileStore store = open(groupBy)) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            long dataBytes = 0;
            for (int i = 0; i < 2_000; i++) {
                for (int hour = 0; hour < 20; hour++) {
                    ModelEvent event = event("user" + i, B + hour * Hop.HOUR.lengthMs(), "m");
                    assertThat(TestRows.apply(live, rows, event)).isEqualTo(ApplyResult.APPLIED);
                }
                if (i == 999) {
                    dataBytes = used(store);
                }
            }
            GroupByStats stats = store.stats().get(0);
            assertThat(stats.recordsMoved()).isGreaterThan(2_000 * 3);
            // Each key after the first leaves its smaller blocks to the next.
            assertThat(used(store)).isCloseTo(2 * dataBytes, org.assertj.core.data.Percentage.withPercentage(1));
            assertThat(stats.freeBytes()).isLessThan(stats.dataBytes() * 3 / 4);
        }
    }

    private static long used(TileStore store) {
        GroupByStats stats = store.stats().get(0);
        return stats.dataBytes() - stats.freeBytes();
    }

    @Test
    void aKeyWithWeeksOfTilesFoldsWhatItsWindowsNeed() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.GROWING;
        try (TileStore store = open(groupBy)) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            int events = 5_000;
            long stepMs = 7 * 60_000;
            for (int i = 0; i < events; i++) {
                TestRows.apply(live, rows, event("hot", B + i * stepMs, "merchant" + i % 50));
            }
            KeyReader reader = view(groupBy).newKeyReader();
            WindowFold fold = new WindowFold(groupBy.plan());
            KeyEncoder key = rows.key("hot");
            long q = B + events * stepMs;
            assertThat(reader.fold(key.buffer(), 0, key.length(), key.hash(), q, fold))
                    .isEqualTo(ReadResult.FOUND);
            assertThat(emit(groupBy, fold, "amount_count_30d")).isEqualTo((long) events);
            assertThat(emit(groupBy, fold, "merchant_unique_count")).isEqualTo(50L);
            assertThat(emit(groupBy, fold, "amount_count_1h")).isEqualTo(8L);
        }
    }

    /** What a writer leaves that dies in the middle of a record. */
    @Test
    void aRecordThatStaysUnfinishedIsInConflictUntilTheNextGeneration() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.FIXED;
        try (TileStore store = open(groupBy)) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            TestRows.apply(live, rows, event("user", B, "m")); // its record is in the first block
            TestRows.apply(live, rows, event("other", B, "m"));
            store.publish(2, 0);
        }
        try (FileChannel channel = FileChannel.open(region(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer sequence = ByteBuffer.allocate(1);
            channel.read(sequence, LiveRegionDescriptor.HEADER_LENGTH);
            sequence.put(0, (byte) (sequence.get(0) | 1)).rewind();
            channel.write(sequence, LiveRegionDescriptor.HEADER_LENGTH);
        }
        assertThat(read(groupBy, "user")).isEqualTo(ReadResult.CONFLICT);
        assertThat(read(groupBy, "other")).isEqualTo(ReadResult.FOUND);
        try (TileStore store = TileStore.open(directory, 0, 1)) {
            store.activate(new byte[0], List.of(groupBy));
            store.commit(groupBy.id(), 1, B);
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            TestRows.apply(live, rows, event("user", B, "m"));
            assertThat(read(groupBy, "user")).isEqualTo(ReadResult.CONFLICT);
            store.publish(2, 0);
            assertThat(read(groupBy, "user")).isEqualTo(ReadResult.FOUND);
        }
    }

    private Path region() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.endsWith("shard-0000.region-0"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private ReadResult read(ActiveGroupBy groupBy, String user) {
        KeyEncoder key = rows.key(user);
        return view(groupBy).newKeyReader().read(key.buffer(), 0, key.length(), key.hash());
    }

    @Test
    void aKeyAtItsBoundRefusesEventsAndSaysSo() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.GROWING;
        String wide = "w".repeat(240_000);
        try (TileStore store = open(groupBy)) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            int applied = 0;
            while (TestRows.apply(live, rows, event("wide", B + applied * 100_000L, wide + applied))
                    == ApplyResult.APPLIED) {
                applied++;
                assertThat(applied).isLessThan(1_000);
            }
            assertThat(applied).isGreaterThan(10);
            assertThat(live.eventsRefused()).isEqualTo(1);
            assertThat(live.eventsApplied()).isEqualTo(applied);
            KeyReader reader = view(groupBy).newKeyReader();
            KeyEncoder key = rows.key("wide");
            assertThat(reader.read(key.buffer(), 0, key.length(), key.hash())).isEqualTo(ReadResult.KEY_FULL);
            assertThat(TestRows.apply(live, rows, event("other", B, "m"))).isEqualTo(ApplyResult.APPLIED);
            KeyEncoder other = rows.key("other");
            assertThat(reader.read(other.buffer(), 0, other.length(), other.hash()))
                    .isEqualTo(ReadResult.FOUND);
        }
    }

    @Test
    void countsTheEventsThatTakeAStateBeyondItsBound() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.GROWING;
        String wide = "w".repeat(300_000); // three of them fit a state
        try (TileStore store = open(groupBy)) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            for (int i = 0; i < 5; i++) {
                assertThat(live.eventsOverLimit()).isEqualTo(i < 4 ? 0 : 1);
                assertThat(TestRows.apply(live, rows, event("wide", B + i, wide + i)))
                        .isEqualTo(ApplyResult.APPLIED);
            }
            assertThat(live.eventsOverLimit()).isEqualTo(1);
            KeyReader reader = view(groupBy).newKeyReader();
            WindowFold fold = new WindowFold(groupBy.plan());
            assertThat(value(groupBy, reader, fold, "wide", "merchant_unique_count_1d"))
                    .isNull();
            assertThat(value(groupBy, reader, fold, "wide", "amount_count_1d")).isEqualTo(5L);
        }
    }

    private TileStore open(ActiveGroupBy groupBy) throws IOException {
        TileStore store = TileStore.open(directory, 0, 1);
        store.activate(new byte[0], List.of(groupBy));
        TestSegments.write(store, groupBy, 1, B, 1, Map.of());
        store.commit(groupBy.id(), 1, B);
        store.publish(1, 0);
        return store;
    }

    private GroupByView view(ActiveGroupBy groupBy) {
        return Objects.requireNonNull(NoLeaks.reader(directory).view().groupBy(groupBy.id()));
    }

    private static ModelEvent event(String user, long timeMs, String merchant) {
        return TestRows.event(user, timeMs, 1L, 0.5, merchant);
    }

    private @Nullable Object value(
            ActiveGroupBy groupBy, KeyReader reader, WindowFold fold, String user, String output) {
        KeyEncoder key = rows.key(user);
        ReadResult result = reader.fold(key.buffer(), 0, key.length(), key.hash(), B + Hop.DAY.lengthMs(), fold);
        return result == ReadResult.NOT_FOUND ? null : emit(groupBy, fold, output);
    }

    private static @Nullable Object emit(ActiveGroupBy groupBy, WindowFold fold, String output) {
        ObjectSink sink = new ObjectSink();
        fold.emit(groupBy.plan().outputSchema().indexOf(output), sink);
        return sink.values().get(0);
    }
}
