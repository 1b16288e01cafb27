package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a key with half of all events costs, one with 100,000 buckets and those with a few events, counted in bytes: itself, and other keys. */
class HotKeyTest {
    private static final long B = 15_000 * Hop.DAY.lengthMs();
    private static final long Q = B + 4 * Hop.DAY.lengthMs();
    private static final int USERS = 300;
    private static final int EVENTS = 20_000;
    private static final int BUCKETS = 100_000;

    @TempDir
    private Path temporary;

    private final TestRows rows = new TestRows();

    @Test
    void aKeyWithHalfOfAllEventsCostsItsOwnTilesAndNoOneElseAnything() throws IOException {
        GroupByStats without = spread("without", 0);
        GroupByStats with = spread("with", 1);
        assertThat(with.keys()).isEqualTo(without.keys() + 1);
        long hot = recordLength("with", "hot");
        // Growing by half of itself each time, once it is not short any more, a record is written anew three times
        // over,
        // and its former blocks together are not longer.
        assertThat(with.bytesRewritten() - without.bytesRewritten()).isLessThan(3 * hot);
        assertThat(used(with) - used(without)).isLessThan(2 * hot);
        for (int i = 0; i < USERS; i += 7) {
            assertThat(recordLength("with", "user" + i)).isEqualTo(recordLength("without", "user" + i));
        }
    }

    @Test
    void aShortRecordHasLittleRoomAmongWhatIsRead() throws IOException {
        try (TileStore store = begin("short", TestGroupBys.FIXED, Map.of())) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(TestGroupBys.FIXED.id()));
            for (int user = 0; user < USERS; user++) {
                for (int i = 0; i <= user % 4; i++) {
                    apply(live, event("user" + user, B + (user % 7 + 3 * i) * Hop.HOUR.lengthMs(), "m"));
                }
            }
            store.publish(2, 0);
        }
        Map<Long, Size> records = records("short");
        assertThat(records).hasSize(USERS);
        // A line to grow by, and what the length of a block is rounded to.
        assertThat(records.values()).allSatisfy(size -> {
            assertThat(size.length()).isLessThan(1 << 10);
            assertThat(size.capacity() - size.length()).isLessThan(64 + 128);
        });
    }

    @Test
    void whatAReaderCopiesOfAHotKeyDoesNotGrowWithItsEvents() throws IOException {
        spread("once", 1);
        spread("often", 10);
        int copied = copiedByFold("once", "hot");
        assertThat(copiedByFold("often", "hot")).isEqualTo(copied);
        int fives = 3 * 24 * 12;
        int directory = (fives + 3 * 24 + 3) * LiveRecordDescriptor.ENTRY_LENGTH + 100;
        // Per window at most the days, the hours of one day and the five minutes of one hour; windows share tiles.
        int tiles = 3 + 2 * 24 + 2 * 12 + 6 * 12;
        int tile = TestGroupBys.FIXED.plan().tiles().fixedEnd();
        assertThat(copied).isLessThan(directory + tiles * tile);
        assertThat(recordLength("once", "hot")).isGreaterThan(directory + fives * tile);
    }

    /** Events of some users over three days, and between any two of them some of one key. */
    private GroupByStats spread(String name, int hotBetween) throws IOException {
        try (TileStore store = begin(name, TestGroupBys.FIXED, Map.of())) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(TestGroupBys.FIXED.id()));
            for (int i = 0; i < EVENTS; i++) {
                long timeMs = B + 3 * Hop.DAY.lengthMs() / EVENTS * i;
                apply(live, event("user" + (int) (i * 2_654_435_761L % USERS), timeMs, "m"));
                for (int hot = 0; hot < hotBetween; hot++) {
                    apply(live, event("hot", timeMs, "m"));
                }
            }
            store.publish(2, 0);
            return store.stats().get(0);
        }
    }

    @Test
    void aKeyWithAHundredThousandBucketsInTheBaseAnswersAndOthersDoNotNotice() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.WIDE;
        List<ModelEvent> events = new ArrayList<>();
        for (int i = 0; i < BUCKETS; i++) {
            events.add(event("wide", B - 1 - i, String.format("b%06d", i)));
        }
        try (TileStore store =
                begin("base", groupBy, Map.of("wide", events, "other", List.of(event("other", B - 1, "m"))))) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            for (int i = 0; i < 10; i++) {
                apply(live, event("wide", B + i, "b000007"));
                apply(live, event("other", B + i, "m"));
            }
            store.publish(2, 0);
            Map<?, ?> wide = (Map<?, ?>) Objects.requireNonNull(fold("base", groupBy, "wide"));
            assertThat(wide).hasSize(BUCKETS);
            assertThat(wide.get("b000007")).isEqualTo(11L);
            assertThat(wide.get("b099999")).isEqualTo(1L);
            assertThat(fold("base", groupBy, "other")).isEqualTo(Map.of("m", 11L));
        }
    }

    @Test
    void aKeyWhoseBucketsGoBeyondTheBoundCostsTheBoundAndNoMore() throws IOException {
        ActiveGroupBy groupBy = TestGroupBys.NARROW;
        int bound = TestGroupBys.NARROW_BOUND;
        try (TileStore store = begin("live", groupBy, Map.of())) {
            GroupByStore live = Objects.requireNonNull(store.groupBy(groupBy.id()));
            long most = 0;
            for (int i = 0; i < BUCKETS; i++) {
                apply(live, event("wide", B + i % 1_000, "b" + i));
                if (i % 50 == 0) {
                    apply(live, event("other", B + i, "m" + i % 7));
                    most = Math.max(most, used(store.stats().get(0)));
                }
            }
            store.publish(2, 0);
            GroupByStats stats = store.stats().get(0);
            assertThat(stats.keys()).isEqualTo(2);
            assertThat(most).isLessThan(3L * bound);
            assertThat(stats.bytesRewritten()).isLessThan(12L * bound);
            assertThat(live.eventsApplied()).isEqualTo(BUCKETS + BUCKETS / 50);
            assertThat(fold("live", groupBy, "wide")).as("OVERFLOW").isNull();
            Map<?, ?> other = (Map<?, ?>) Objects.requireNonNull(fold("live", groupBy, "other"));
            assertThat(other.values().stream().mapToLong(value -> (Long) value).sum())
                    .isEqualTo(BUCKETS / 50);
        }
    }

    private TileStore begin(String name, ActiveGroupBy groupBy, Map<String, List<ModelEvent>> base) throws IOException {
        TileStore store = TileStore.open(temporary.resolve(name), 0, 1);
        store.activate(new byte[0], List.of(groupBy));
        TestSegments.write(store, groupBy, 1, B, 1, base);
        store.commit(groupBy.id(), 1, B);
        store.publish(1, 0);
        return store;
    }

    private void apply(GroupByStore live, ModelEvent event) {
        assertThat(TestRows.apply(live, rows, event)).isEqualTo(ApplyResult.APPLIED);
    }

    private static ModelEvent event(String user, long timeMs, String merchant) {
        return TestRows.event(user, timeMs, 1L, 0.5, merchant);
    }

    private static long used(GroupByStats stats) {
        return stats.dataBytes() - stats.freeBytes();
    }

    /** The last output. */
    private @Nullable Object fold(String name, ActiveGroupBy groupBy, String user) {
        try (TileStoreReader reader = TileStoreReader.open(temporary.resolve(name))) {
            GroupByView view = Objects.requireNonNull(reader.view().groupBy(groupBy.id()));
            WindowFold fold = new WindowFold(groupBy.plan());
            KeyEncoder key = rows.key(user);
            assertThat(view.newKeyReader().fold(key.buffer(), 0, key.length(), key.hash(), Q, fold))
                    .isEqualTo(ReadResult.FOUND);
            int last = groupBy.plan().outputs().size() - 1;
            ObjectSink sink =
                    new ObjectSink().next(groupBy.plan().outputs().get(last).type());
            fold.emit(last, sink);
            return sink.values().get(0);
        }
    }

    /** Bytes that a fold of a key's windows copies. */
    private int copiedByFold(String name, String user) {
        try (TileStoreReader store = TileStoreReader.open(temporary.resolve(name))) {
            LiveView live = Objects.requireNonNull(store.view().groupBy(TestGroupBys.FIXED.id()))
                    .live();
            LiveReader reader = new LiveReader();
            KeyEncoder key = rows.key(user);
            LiveShardView shard = Objects.requireNonNull(live).shard(0);
            assertThat(reader.locate(shard, key.buffer(), 0, key.length(), key.hash(), false))
                    .isEqualTo(LiveReader.Outcome.FOUND);
            LiveRecordTiles copy = reader.tiles();
            assertThat(copy.isSparse()).isTrue();
            copy.startGathering();
            new WindowFold(TestGroupBys.FIXED.plan())
                    .fold(B + 3 * Hop.DAY.lengthMs() - 1, B, new BaseRecord().wrapEmpty(), copy);
            assertThat(copy.endGathering()).isTrue();
            return copy.length();
        }
    }

    /** Length of a key's record without what is free in it. */
    private int recordLength(String name, String user) {
        return Objects.requireNonNull(records(name).get(rows.key(user).hash())).length();
    }

    /** @param length without what is free in it */
    private record Size(int length, int capacity) {}

    /** All records by their keys' hashes. */
    private Map<Long, Size> records(String name) {
        try (TileStoreReader store = TileStoreReader.open(temporary.resolve(name))) {
            LiveView live = Objects.requireNonNull(store.view().groupBy(TestGroupBys.FIXED.id()))
                    .live();
            Map<Long, Size> sizes = new HashMap<>();
            new LiveScan(Objects.requireNonNull(live).shard(0)).run(new LiveScan.Visitor() {
                @Override
                public void begin(LiveShardView.Table index) {}

                @Override
                public void record(int slot, long entry, int probes, UnsafeBuffer copy, int capacity) {
                    LiveRecord record = new LiveRecord().wrap(copy, 0);
                    sizes.put(LiveScan.hash(copy), new Size(capacity - record.gap() - record.holes(), capacity));
                }

                @Override
                public void removed(int slot) {}

                @Override
                public void busy(int slot) {}

                @Override
                public void wrong(int slot, long entry, String what) {}
            });
            return sizes;
        }
    }
}
