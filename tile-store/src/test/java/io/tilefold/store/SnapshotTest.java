package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.time.Hop;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots: equal for equal logs, however often a store was restored on the way; refused when damaged, with nothing half restored. */
class SnapshotTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long B = 15_000 * DAY_MS;
    private static final int SHARDS = 3;
    private static final byte[] CATALOG = {1, 2, 3};
    private static final List<ActiveGroupBy> ACTIVE =
            List.of(TestGroupBys.GROWING, TestGroupBys.SNAPSHOT, TestGroupBys.FIXED);

    @TempDir
    private Path temporary;

    private final TestRows rows = new TestRows();

    private static List<ActiveGroupBy> compile(byte[] catalog) {
        assertThat(catalog).isEqualTo(CATALOG);
        return ACTIVE;
    }

    /** One entry of a log. */
    private interface Entry {
        void applyTo(TileStore store);
    }

    private Entry event(ActiveGroupBy groupBy, ModelEvent event) {
        return store -> TestRows.apply(Objects.requireNonNull(store.groupBy(groupBy.id())), rows, event);
    }

    /** Events in and out of order, versions back and forth, so that keys come, grow, expire and come again. */
    private List<Entry> log(SplittableRandom random, int length) {
        List<Entry> log = new ArrayList<>();
        log.add(store -> store.activate(CATALOG, ACTIVE));
        long nowMs = B;
        long version = 0;
        boolean canRollBack = false;
        for (int i = 0; i < length; i++) {
            nowMs += random.nextLong(1_200_000);
            ActiveGroupBy groupBy = random.nextBoolean() ? TestGroupBys.GROWING : TestGroupBys.FIXED;
            int dice = random.nextInt(500);
            if (dice == 0 || (version == 0 && i > length / 5)) {
                long next = ++version;
                long endMs = Hop.DAY.floor(nowMs);
                log.add(store -> ACTIVE.forEach(one -> store.commit(one.id(), next, endMs)));
                canRollBack = version > 1;
            } else if (dice == 1 && canRollBack) {
                log.add(store -> ACTIVE.forEach(one -> store.rollback(one.id())));
                canRollBack = false;
            } else {
                String user = "u".repeat(1 + random.nextInt(20)) + Math.min(random.nextInt(300), random.nextInt(300));
                long timeMs = nowMs - (random.nextInt(10) == 0 ? random.nextLong(2 * DAY_MS) : 0);
                String merchant = "m" + random.nextInt(20);
                log.add(event(
                        groupBy, TestRows.event(user, timeMs, random.nextLong(9), random.nextDouble(), merchant)));
            }
        }
        return log;
    }

    @Test
    void equalLogsGiveEqualSnapshotsHoweverOftenRestored() {
        Seeds.forEach(4, random -> {
            List<Entry> log = log(random, 6_000);
            byte[] never = snapshotAfter(log, Files.createTempDirectory(temporary, "never"), List.of());
            List<Integer> cuts =
                    List.of(1 + random.nextInt(log.size() - 1), log.size() / 2, log.size() - 1 - random.nextInt(500));
            byte[] restored = snapshotAfter(log, Files.createTempDirectory(temporary, "restored"), cuts);
            assertThat(never.length).isGreaterThan(SnapshotSink.BLOCK_LENGTH_MAX);
            assertThat(Arrays.mismatch(never, restored)).as("first difference").isEqualTo(-1);
        });
    }

    /** At each cut a snapshot is taken, the writer ends, and another goes on from it. */
    private byte[] snapshotAfter(List<Entry> log, Path root, List<Integer> cuts) throws IOException {
        TileStore store = TileStore.open(root, 0, SHARDS);
        try {
            for (int i = 0; i < log.size(); i++) {
                if (cuts.contains(i)) {
                    store.snapshot(i);
                    store.close();
                    store = TileStore.open(root, 0, SHARDS);
                    assertThat(store.restore(SnapshotTest::compile)).hasValue(i);
                }
                log.get(i).applyTo(store);
                if (i % 100 == 0) {
                    store.publish(i + 1, 0);
                }
            }
            return bytes(store, log.size());
        } finally {
            store.close();
        }
    }

    private static byte[] bytes(TileStore store, long position) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.snapshot(position, (block, offset, length) -> {
            assertThat(length).isBetween(1, SnapshotSink.BLOCK_LENGTH_MAX);
            byte[] copy = new byte[length];
            block.getBytes(offset, copy);
            bytes.write(copy);
        });
        return bytes.toByteArray();
    }

    @Test
    void whatWasRestoredIsServedAndGoesOn() throws IOException {
        Path root = temporary.resolve("served");
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            new ArrayList<>(log(new SplittableRandom(7), 3_000)).forEach(entry -> entry.applyTo(store));
            store.snapshot(3_000);
            store.publish(3_000, 0);
        }
        TileStoreReader reader = NoLeaks.reader(root);
        StoreView before = reader.view();
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            assertThat(store.restore(SnapshotTest::compile)).hasValue(3_000);
            assertThatThrownBy(() -> store.publish(2_999, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> store.restore(SnapshotTest::compile)).isInstanceOf(IllegalStateException.class);
            store.publish(3_001, 0);
            StoreView after = reader.view();
            assertThat(after).isNotSameAs(before);
            for (ActiveGroupBy groupBy : ACTIVE) {
                GroupByView was = Objects.requireNonNull(before.groupBy(groupBy.id()));
                GroupByView is = Objects.requireNonNull(after.groupBy(groupBy.id()));
                assertThat(is.version()).isEqualTo(was.version());
                assertThat(is.batchEndMs()).isEqualTo(was.batchEndMs());
                assertThat(is.newestEventMs()).isEqualTo(was.newestEventMs());
            }
        }
    }

    @Test
    void aVersionThatWentBeforeTheSnapshotButWasNotPublishedGoesNow() throws IOException {
        Path root = temporary.resolve("dropped");
        DefinitionId id = TestGroupBys.FIXED.id();
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            store.activate(CATALOG, ACTIVE);
            for (int version = 1; version <= 3; version++) {
                TestSegments.write(store, TestGroupBys.FIXED, version, B, SHARDS, Map.of());
                store.commit(id, version, B);
                if (version < 3) {
                    store.publish(version, 0);
                }
            }
            store.snapshot(3);
        }
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            assertThat(store.restore(SnapshotTest::compile)).hasValue(3);
            assertThat(store.versionsOnDisk(id)).containsExactly(1L, 2L, 3L);
            store.publish(3, 0);
            assertThat(store.versionsOnDisk(id)).containsExactly(2L, 3L);
        }
    }

    @Test
    void whereThereIsNoneNothingIsRestored() {
        try (TileStore store = TileStore.open(temporary.resolve("none"), 0, SHARDS)) {
            assertThat(store.restore(SnapshotTest::compile)).isEmpty();
            store.activate(CATALOG, ACTIVE);
        }
    }

    @Test
    void everyDamageIsNamedAndNothingIsHalfRestored() throws IOException {
        Path root = temporary.resolve("damaged");
        byte[] good;
        byte[] earlier;
        List<Entry> log = log(new SplittableRandom(5), 4_000);
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            log.forEach(entry -> entry.applyTo(store));
            good = bytes(store, 4_000);
            earlier = bytes(store, 3_999);
        }
        int block = SnapshotSink.BLOCK_LENGTH_MAX;
        assertThat(good.length).isGreaterThan(2 * block);
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 400; i++) {
            int at = i < 120 ? i : i < 240 ? good.length - 1 - (i - 120) : random.nextInt(good.length);
            byte[] flipped = good.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            assertRefused(root, flipped, "byte " + at);
            assertRefused(root, Arrays.copyOf(good, at), "cut at " + at);
        }
        assertRefused(root, Arrays.copyOf(good, good.length + 1), "a byte more");
        byte[] swapped = good.clone();
        System.arraycopy(good, 0, swapped, block, block);
        assertRefused(root, swapped, "a block twice");
        byte[] mixed = good.clone();
        System.arraycopy(earlier, block, mixed, block, block);
        assertRefused(root, mixed, "a block of another snapshot");
        try (TileStore other = TileStore.open(temporary.resolve("other"), 1, SHARDS)) {
            assertThatThrownBy(() -> other.restore(source(good), SnapshotTest::compile))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("the test's snapshot")
                    .hasMessageContaining("StoreIdentity");
        }
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            assertThat(store.restore(source(good), SnapshotTest::compile)).isEqualTo(4_000);
            assertThat(Arrays.mismatch(bytes(store, 4_000), good)).isEqualTo(-1);
        }
    }

    private void assertRefused(Path root, byte[] bytes, String what) throws IOException {
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            assertThatThrownBy(() -> store.restore(source(bytes), SnapshotTest::compile))
                    .as(what)
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("the test's snapshot, offset ");
            assertThat(store.stats()).isEmpty();
            try (var generations = Files.walk(root.resolve("live"))) {
                assertThat(generations.filter(Files::isRegularFile)).as(what).isEmpty();
            }
        }
    }

    private static SnapshotSource source(byte[] bytes) {
        return new SnapshotSource() {
            private int at;

            @Override
            public String name() {
                return "the test's snapshot";
            }

            @Override
            public int read(MutableDirectBuffer into) {
                int length = Math.min(SnapshotSink.BLOCK_LENGTH_MAX, bytes.length - at);
                if (length >= SnapshotDescriptor.HEAD_LENGTH) {
                    into.putBytes(0, bytes, at, SnapshotDescriptor.HEAD_LENGTH);
                    int payload = into.getInt(SnapshotDescriptor.PAYLOAD_LENGTH_OFFSET);
                    length = Math.max(0, Math.min(length, SnapshotDescriptor.blockLength(Math.max(0, payload))));
                }
                into.putBytes(0, bytes, at, length);
                at += length;
                return length;
            }
        };
    }
}
