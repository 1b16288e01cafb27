package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.SegmentException;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TileStoreTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long B1 = 15_000 * DAY_MS;
    private static final long B2 = B1 + DAY_MS;
    private static final int SHARDS = 3;
    private static final ActiveGroupBy GROUP_BY = TestGroupBys.FIXED;
    private static final byte[] CATALOG = {4, 5, 6};

    @TempDir
    private Path directory;

    private final TestRows rows = new TestRows();

    @Test
    void aSecondWriterIsRefused() {
        try (TileStore first = TileStore.open(directory, 0, SHARDS)) {
            assertThat(first.stats()).isEmpty();
            assertThatThrownBy(() -> TileStore.open(directory, 0, SHARDS))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("open for writing already");
        }
        TileStore.open(directory, 0, SHARDS).close();
    }

    @Test
    void aStoreOfAnotherShardGroupOrCountIsRefused() {
        TileStore.open(directory, 0, SHARDS).close();
        for (int[] other : new int[][] {{1, SHARDS}, {0, SHARDS + 1}}) {
            assertThatThrownBy(() -> TileStore.open(directory, other[0], other[1]))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(directory.toString())
                    .hasMessageContaining("is of shard group 0 with 3 shards");
        }
        TileStore.open(directory, 0, SHARDS).close();
    }

    @Test
    void aDamagedIdentityIsNamed() throws IOException {
        TileStore.open(directory, 0, SHARDS).close();
        flip(directory.resolve("STORE"), 12);
        assertThatThrownBy(() -> TileStore.open(directory, 0, SHARDS))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("STORE, offset 21: not a sound store identity: checksum");
    }

    @Test
    void someKeysAreKeysOfTheCurrentVersionFromAllShards() throws IOException {
        Map<String, List<ModelEvent>> users = new TreeMap<>();
        for (int i = 0; i < 100; i++) {
            users.put("user" + i, List.of(event("user" + i, B1 - 1)));
        }
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            store.activate(CATALOG, List.of(GROUP_BY));
            store.publish(1, 1);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(groupBy(reader).someKeys(10)).isEmpty();
            commit(store, 1, B1, users);
            store.publish(2, 2);
            List<byte[]> some = groupBy(reader).someKeys(10);
            List<byte[]> all = groupBy(reader).someKeys(1_000);

            assertThat(some).hasSize(10).doesNotHaveDuplicates();
            assertThat(some.stream()
                            .map(key -> KeyHash.shard(KeyHash.hash(new UnsafeBuffer(key), 0, key.length), SHARDS)))
                    .contains(0, 1, 2);
            assertThat(all.stream().map(HexFormat.of()::formatHex))
                    .containsAll(some.stream().map(HexFormat.of()::formatHex).toList())
                    .containsExactlyInAnyOrderElementsOf(users.keySet().stream()
                            .map(user -> HexFormat.of().formatHex(rows.key(user).toBytes()))
                            .toList());
        }
    }

    @Test
    void nothingIsThereToReadBeforeItIsPublished() {
        assertUnavailable();
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            assertUnavailable();
            store.activate(CATALOG, List.of(GROUP_BY));
            assertUnavailable();
            store.publish(7, 123);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(reader.position()).isEqualTo(7);
            assertThat(reader.caughtUpAtMs()).isEqualTo(123);
            store.heartbeat(456);
            assertThat(reader.heartbeatMs()).isEqualTo(456);
            assertThat(reader.view().catalog()).isEqualTo(CATALOG);
            assertThat(reader.view().shardCount()).isEqualTo(SHARDS);
            assertThat(reader.view().groupBy(TestGroupBys.GROWING.id())).isNull();
            assertThat(groupBy(reader).version()).isEmpty();
            assertThat(groupBy(reader).newestEventMs()).isEmpty();
        }
    }

    private void assertUnavailable() {
        assertThatThrownBy(() -> NoLeaks.reader(directory))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining(directory.toString());
    }

    /** The next writer in the same directory goes on in the same files; where they are gone it makes new ones, which a reader of the old ones does not see. */
    @Test
    void aReaderNoticesThatTheStoreWasMadeAnew() throws IOException {
        open().close();
        TileStoreReader reader = NoLeaks.reader(directory);
        open().close();
        assertThat(reader.isInPlace()).isTrue();
        DurableFile.remove(LocalFiles.INSTANCE, directory);
        assertThat(reader.isInPlace()).isFalse();
        open().close();
        assertThat(reader.isInPlace()).isFalse();
        assertThat(NoLeaks.reader(directory).isInPlace()).isTrue();
        reader.close();
    }

    @Test
    void aViewHoldsUntilAnotherIsPublished() throws IOException {
        try (TileStore store = open()) {
            TileStoreReader reader = NoLeaks.reader(directory);
            StoreView view = reader.view();
            assertThat(reader.view()).isSameAs(view);
            store.publish(5, 0);
            assertThat(reader.view()).isSameAs(view);
            commit(store, 1, B1, Map.of());
            assertThat(reader.view()).isSameAs(view);
            store.publish(6, 0);
            StoreView next = reader.view();
            assertThat(next).isNotSameAs(view);
            assertThat(next.manifestNumber()).isGreaterThan(view.manifestNumber());
        }
    }

    @Test
    void whatShowsBeforeItsPublicationIsBoundedByThePositionBeingApplied() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B1, Map.of());
            store.publish(10, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(reader.applyingPosition()).isEqualTo(10);
            store.applying(20);
            apply(store, event("user", B1));
            assertThat(count(reader, "user", B1 + 1)).isEqualTo(1L);
            assertThat(reader.position()).isEqualTo(10);
            assertThat(reader.applyingPosition()).isEqualTo(20);
        }
        try (TileStore replaying = open()) {
            replaying.applying(5);
            assertThat(NoLeaks.reader(directory).applyingPosition()).isEqualTo(20);
        }
    }

    @Test
    void baseAloneLiveAloneAndBoth() throws IOException {
        try (TileStore store = open()) {
            commit(
                    store,
                    1,
                    B1,
                    Map.of("base", List.of(event("base", B1 - 1)), "both", List.of(event("both", B1 - 2))));
            apply(store, event("live", B1));
            apply(store, event("both", B1 + 1));
            store.publish(1, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(count(reader, "base", B1 + 2)).isEqualTo(1L);
            assertThat(count(reader, "live", B1 + 2)).isEqualTo(1L);
            assertThat(count(reader, "both", B1 + 2)).isEqualTo(2L);
            assertThat(count(reader, "none", B1 + 2)).isNull();
            assertThat(groupBy(reader).newestEventMs()).hasValue(B1 + 1);
            assertThat(groupBy(reader).consumerLag()).isEqualTo(GroupByView.UNKNOWN_LAG);
            active(store).consumerLag(12);
            assertThat(groupBy(reader).consumerLag()).isEqualTo(12);
        }
    }

    @Test
    void whenTheBatchEndMovesTheDayBetweenComesFromBase() throws IOException {
        ModelEvent old = event("user", B1 - 5);
        ModelEvent between = event("user", B1 + 5);
        ModelEvent missedByBatch = event("user", B1 + 6);
        try (TileStore store = open()) {
            commit(store, 1, B1, Map.of("user", List.of(old)));
            apply(store, between);
            apply(store, missedByBatch);
            store.publish(1, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(count(reader, "user", B2)).isEqualTo(3L);
            commit(store, 2, B2, Map.of("user", List.of(old, between)));
            assertThat(count(reader, "user", B2)).isEqualTo(3L);
            store.publish(2, 0);
            assertThat(groupBy(reader).version()).hasValue(2);
            assertThat(groupBy(reader).batchEndMs()).hasValue(B2);
            assertThat(count(reader, "user", B2)).isEqualTo(2L);
            assertThat(apply(store, event("user", B1 + 7))).isEqualTo(ApplyResult.APPLIED); // kept for a rollback
            assertThat(count(reader, "user", B2)).isEqualTo(2L);
            assertThat(apply(store, event("user", B1 - 1))).isEqualTo(ApplyResult.LATE);
            GroupByStore groupBy = active(store);
            assertThat(groupBy.eventsLate()).isEqualTo(1);
            assertThat(groupBy.eventsApplied()).isEqualTo(3);
            assertThat(groupBy.newestEventMs()).hasValue(B1 + 7);
        }
    }

    @Test
    void currentAndFormerVersionStayOlderOnesGo() throws IOException {
        try (TileStore store = open()) {
            for (long version = 1; version <= 3; version++) {
                commit(store, version, B1 + version * DAY_MS, Map.of());
                assertThat(store.versionsOnDisk(GROUP_BY.id())).contains(1L);
            }
            store.publish(1, 0);
            assertThat(store.versionsOnDisk(GROUP_BY.id())).containsExactlyInAnyOrder(2L, 3L);
            write(store, 4, B1 + 4 * DAY_MS, Map.of());
            assertThat(store.versionsOnDisk(GROUP_BY.id())).containsExactlyInAnyOrder(2L, 3L, 4L);
            store.dropVersion(GROUP_BY.id(), 4);
            assertThat(store.versionsOnDisk(GROUP_BY.id())).containsExactlyInAnyOrder(2L, 3L);
            assertThatThrownBy(() -> store.dropVersion(GROUP_BY.id(), 2))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("version 2");
        }
    }

    @Test
    void whatIsNoLongerNeededGivesItsSpaceBack() throws IOException {
        try (TileStore store = open()) {
            assertThat(StoreUsage.of(directory).versions()).isEmpty();
            for (long version = 1; version <= 5; version++) {
                commit(store, version, B1 + version * DAY_MS, Map.of("user", List.of(event("user", B1))));
                apply(store, event("user", B1 + 9 * DAY_MS));
                store.snapshot(version);
                store.publish(version, 0);
            }
            write(store, 6, B1 + 6 * DAY_MS, Map.of());
            StoreUsage usage = StoreUsage.of(directory);
            assertThat(usage.versions().stream().map(StoreUsage.VersionUsage::version))
                    .containsExactlyInAnyOrder(4L, 5L, 6L);
            assertThat(usage.versions()).allMatch(version -> version.bytes() > 0);
            assertThat(usage.live()).hasSize(1).allMatch(live -> live.bytes() > 0);
            store.dropVersion(GROUP_BY.id(), 6);
        }
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            assertThat(StoreUsage.of(directory).live().stream().map(StoreUsage.LiveUsage::generation))
                    .containsExactly(1L);
            assertThat(store.restore(catalog -> List.of(GROUP_BY))).hasValue(5);
            store.publish(5, 0);
            StoreUsage usage = StoreUsage.of(directory);
            assertThat(usage.live().stream().map(StoreUsage.LiveUsage::generation))
                    .containsExactly(2L);
            assertThat(usage.versions()).hasSize(2);
            try (Stream<Path> files = Files.walk(directory)) {
                long bytes = files.filter(Files::isRegularFile)
                        .mapToLong(file -> file.toFile().length())
                        .sum();
                assertThat(usage.totalBytes()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void whatAViewHasMappedGoesWhenItIsClosed() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B1, Map.of("user", List.of(event("user", B1 - 1))));
            store.publish(1, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            StoreView first = reader.view();
            assertThat(count(first, "user", B1)).isEqualTo(1L);
            long segments = segmentBytes();
            commit(store, 2, B2, Map.of("user", List.of(event("user", B1 - 1), event("user", B1))));
            store.publish(2, 0);
            StoreView second = reader.view();
            assertThat(count(second, "user", B2)).isEqualTo(2L);
            assertThat(count(first, "user", B1)).isEqualTo(1L);
            assertThat(segmentBytes()).isGreaterThan(segments);
            first.close();
            first.close();
            assertThat(count(second, "user", B2)).isEqualTo(2L);
            long left = segmentBytes();
            second.close();
            assertThat(segmentBytes()).isLessThan(left);
            assertThat(count(reader.view(), "user", B2)).isEqualTo(2L);
        }
    }

    private static long segmentBytes() {
        return Mappings.bytesByKind().getOrDefault(Mappings.Kind.SEGMENT, 0L);
    }

    @Test
    void aNewGenerationShowsOnlyWhenItHasReachedThePositionPublishedBefore() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B1, Map.of());
            apply(store, event("user", B1));
            apply(store, event("user", B1 + 1));
            store.publish(10, 77);
        }
        TileStoreReader reader = NoLeaks.reader(directory);
        StoreView former = reader.view();
        assertThat(count(reader, "user", B2)).isEqualTo(2L);
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            store.activate(CATALOG, List.of(GROUP_BY));
            store.publish(1, 0);
            assertThatThrownBy(() -> store.dropVersion(GROUP_BY.id(), 1)).isInstanceOf(IllegalStateException.class);
            store.commit(GROUP_BY.id(), 1, B1);
            apply(store, event("user", B1));
            store.publish(5, 0);
            assertThat(reader.view()).isSameAs(former);
            assertThat(reader.position()).isEqualTo(10);
            assertThat(reader.caughtUpAtMs()).isEqualTo(77);
            assertThat(count(reader, "user", B2)).isEqualTo(2L);
            apply(store, event("user", B1 + 1));
            store.publish(10, 88);
            apply(store, event("user", B1 + 2));
            store.publish(11, 99);
            assertThat(reader.view()).isNotSameAs(former);
            assertThat(count(reader, "user", B2)).isEqualTo(3L);
            assertThat(count(former, "user", B2)).isEqualTo(2L);
            assertThat(directory.resolve("live")).isDirectoryContaining(path -> path.endsWith("2"));
            assertThat(directory.resolve("live").resolve("1")).doesNotExist();
        }
    }

    @Test
    void aWriterThatDiedBeforePublishingLeavesNothingBehind() throws IOException {
        try (TileStore store = open()) {
            store.publish(10, 0);
        }
        TileStore.open(directory, 0, SHARDS).close();
        TileStore.open(directory, 0, SHARDS).close();
        try (Stream<Path> generations = Files.list(directory.resolve("live"))) {
            assertThat(generations.map(path -> String.valueOf(path.getFileName())))
                    .containsExactlyInAnyOrder("1", "3");
        }
        assertThat(NoLeaks.reader(directory).position()).isEqualTo(10);
    }

    @Test
    void activationReplacesTheSetAndKeepsWhatStays() throws IOException {
        try (TileStore store = open()) {
            commit(store, 1, B1, Map.of());
            apply(store, event("user", B1));
            store.activate(CATALOG, List.of(GROUP_BY, TestGroupBys.GROWING));
            store.publish(1, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(count(reader, "user", B2)).isEqualTo(1L);
            store.activate(CATALOG, List.of(TestGroupBys.GROWING));
            store.publish(2, 0);
            assertThat(store.groupBy(GROUP_BY.id())).isNull();
            assertThat(reader.view().groupBy(GROUP_BY.id())).isNull();
            assertThat(store.versionsOnDisk(GROUP_BY.id())).isEmpty();
            store.activate(CATALOG, List.of(GROUP_BY));
            assertThatThrownBy(() -> store.commit(TestGroupBys.GROWING.id(), 1, B1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not active");
            store.publish(3, 0);
            assertThat(groupBy(reader).version()).isEmpty();
            assertThat(groupBy(reader).newestEventMs()).isEmpty();
        }
    }

    @Test
    void aSnapshotGroupByHasABaseAndNoLive() throws IOException {
        ActiveGroupBy snapshot = TestGroupBys.SNAPSHOT;
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            store.activate(CATALOG, List.of(snapshot));
            TestSegments.write(store, snapshot, 1, B1, SHARDS, Map.of("user", List.of(event("user", B1 - 1))));
            store.commit(snapshot.id(), 1, B1);
            store.publish(1, 0);
            GroupByStore groupBy = Objects.requireNonNull(store.groupBy(snapshot.id()));
            assertThatThrownBy(() -> TestRows.apply(groupBy, rows, event("user", B1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("SNAPSHOT");
            GroupByView view =
                    Objects.requireNonNull(NoLeaks.reader(directory).view().groupBy(snapshot.id()));
            WindowFold fold = new WindowFold(snapshot.plan());
            KeyEncoder key = rows.key("user");
            assertThat(view.newKeyReader().fold(key.buffer(), 0, key.length(), key.hash(), B1, fold))
                    .isEqualTo(ReadResult.FOUND);
        }
    }

    @Test
    void aDamagedSegmentIsNamedWhereverAByteIsFlipped() throws IOException {
        try (TileStore store = open()) {
            write(
                    store,
                    1,
                    B1,
                    Map.of("user", List.of(event("user", B1 - 1)), "other", List.of(event("other", B1 - 2))));
            int damaged = 0;
            for (int shard = 0; shard < SHARDS; shard++) {
                Path file = store.segmentFile(GROUP_BY.id(), 1, shard);
                SegmentSummary summary = store.verifySegment(GROUP_BY.id(), 1, shard, B1);
                assertThat(summary.length()).isEqualTo(Files.size(file));
                int verified = shard;
                for (int at = 0; at < summary.length(); at += 3) {
                    flip(file, at);
                    assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 1, verified, B1))
                            .as("byte %d", at)
                            .isInstanceOf(SegmentException.class)
                            .hasMessageContaining(file.toString());
                    flip(file, at);
                    damaged++;
                }
                store.verifySegment(GROUP_BY.id(), 1, shard, B1);
            }
            assertThat(damaged).isGreaterThan(100);
        }
    }

    @Test
    void aSegmentThatIsMissingOrAnotherIsNamed() throws IOException {
        try (TileStore store = open()) {
            write(store, 1, B1, Map.of());
            assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 2, 0, B1))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("is missing");
            assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 1, 0, B2))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("expected is");
            assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 1, 0, B1 + 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no day's beginning");
            Path file = store.segmentFile(GROUP_BY.id(), 1, 0);
            Files.write(file, new byte[0]);
            assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 1, 0, B1))
                    .isInstanceOf(SegmentException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void aVersionWithoutItsFilesAnswersBaseMissing() throws IOException {
        try (TileStore store = open()) {
            store.commit(GROUP_BY.id(), 1, B1);
            store.publish(1, 0);
            TileStoreReader reader = NoLeaks.reader(directory);
            assertThat(reader.view().problems()).hasSize(SHARDS).allMatch(problem -> problem.contains("is missing"));
            KeyEncoder key = rows.key("user");
            assertThat(groupBy(reader).newKeyReader().read(key.buffer(), 0, key.length(), key.hash()))
                    .isEqualTo(ReadResult.BASE_MISSING);
        }
    }

    @Test
    void implausibleTimesAreRefused() throws IOException {
        try (TileStore store = open()) {
            for (long timeMs : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 1_700_000_000_000_000L}) {
                assertThat(apply(store, event("user", timeMs))).isEqualTo(ApplyResult.TIME_OUT_OF_RANGE);
            }
            assertThat(apply(store, event("user", -1))).isEqualTo(ApplyResult.APPLIED);
        }
    }

    @Test
    void positionsDoNotGoBack() throws IOException {
        try (TileStore store = open()) {
            store.publish(5, 0);
            assertThatThrownBy(() -> store.publish(4, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("log position 4 after 5");
        }
    }

    private TileStore open() {
        TileStore store = TileStore.open(directory, 0, SHARDS);
        store.activate(CATALOG, List.of(GROUP_BY));
        store.publish(0, 0);
        return store;
    }

    private static GroupByStore active(TileStore store) {
        return Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
    }

    private ApplyResult apply(TileStore store, ModelEvent event) {
        return TestRows.apply(active(store), rows, event);
    }

    private static ModelEvent event(String user, long timeMs) {
        return TestRows.event(user, timeMs, 1L, 2.0, "merchant");
    }

    private static void write(TileStore store, long version, long batchEndMs, Map<String, List<ModelEvent>> events)
            throws IOException {
        TestSegments.write(store, GROUP_BY, version, batchEndMs, SHARDS, events);
    }

    private static void commit(TileStore store, long version, long batchEndMs, Map<String, List<ModelEvent>> events)
            throws IOException {
        write(store, version, batchEndMs, events);
        store.commit(GROUP_BY.id(), version, batchEndMs);
    }

    private static GroupByView groupBy(TileStoreReader reader) {
        return Objects.requireNonNull(reader.view().groupBy(GROUP_BY.id()));
    }

    private @Nullable Object count(TileStoreReader reader, String user, long q) {
        return count(reader.view(), user, q);
    }

    /** Events of all history, or null. */
    private @Nullable Object count(StoreView view, String user, long q) {
        WindowFold fold = new WindowFold(GROUP_BY.plan());
        KeyEncoder key = rows.key(user);
        KeyReader keys = Objects.requireNonNull(view.groupBy(GROUP_BY.id())).newKeyReader();
        if (keys.fold(key.buffer(), 0, key.length(), key.hash(), q, fold) == ReadResult.NOT_FOUND) {
            return null;
        }
        ObjectSink sink = new ObjectSink();
        fold.emit(GROUP_BY.plan().outputSchema().indexOf("amount_count"), sink);
        return sink.values().get(0);
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 0x10;
        Files.write(file, bytes);
    }
}
