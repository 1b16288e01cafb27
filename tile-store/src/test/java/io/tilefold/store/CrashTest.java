package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.store.FaultyFiles.Crash;
import io.tilefold.store.FaultyFiles.Died;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every step that creation, install, commit, swap, rollback and removal take on the disk, as the last one of the process, of the host, or of the
 * disk's free space. What is opened after that holds the old state or the new one; what was acknowledged is there.
 */
class CrashTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long B = 15_000 * DAY_MS;
    private static final int SHARDS = 2;
    private static final int[] TORN = {0, 1, 37, Integer.MAX_VALUE};
    private static final ActiveGroupBy GROUP_BY = TestGroupBys.FIXED;
    private static final byte[] CATALOG = {1, 2, 3};

    @TempDir
    private Path temporary;

    private final TestRows rows = new TestRows();
    private int worlds;

    /** Something done to a store. Doing it again after it failed half-way is allowed. */
    private interface Work {
        void doTo(TileStore store) throws IOException;
    }

    /** @param isReplayed it is in the log; what is not (an upload) is done again only if it was never acknowledged */
    private record Deed(boolean isReplayed, Work work) {
        void doTo(TileStore store) throws IOException {
            work.doTo(store);
        }
    }

    /**
     * What is tested: one deed, done to the state that others left.
     *
     * @param versions on disk in the end
     * @param oldCount events of a key that batch and live count before the deed; null: nothing is there to be read
     * @param newCount and after it
     */
    private record Scenario(
            String name,
            List<Deed> before,
            Deed deed,
            Set<Long> versions,
            @Nullable Long oldCount,
            @Nullable Long newCount) {}

    private static final Deed BEGIN = new Deed(true, store -> {
        store.activate(CATALOG, List.of(GROUP_BY));
        store.publish(1, 0);
    });

    private static final Deed LIVE = new Deed(true, store -> {
        GroupByStore groupBy = Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
        TestRows rows = new TestRows();
        for (int i = 0; i < 100; i++) {
            assertThat(TestRows.apply(groupBy, rows, TestRows.event("user", B + 9 * DAY_MS + i, 1L, 1.0, "m")))
                    .isEqualTo(ApplyResult.APPLIED);
        }
    });

    /** The version whose base counts as many events of the key as its number. */
    private static Deed install(long version) {
        List<ModelEvent> events = LongStream.range(0, version)
                .mapToObj(i -> TestRows.event("user", B + i, 1L, 1.0, "m"))
                .toList();
        return new Deed(
                false,
                store -> TestSegments.write(store, GROUP_BY, version, endMs(version), SHARDS, Map.of("user", events)));
    }

    private static Deed commit(long version, long position) {
        return new Deed(true, store -> {
            store.commit(GROUP_BY.id(), version, endMs(version));
            store.publish(position, 0);
        });
    }

    private static Deed rollBack(long position) {
        return new Deed(true, store -> {
            if (Objects.requireNonNull(store.groupBy(GROUP_BY.id()))
                    .formerVersion()
                    .isPresent()) {
                store.rollback(GROUP_BY.id());
            }
            store.publish(position, 0);
        });
    }

    private static Deed drop(long version) {
        return new Deed(false, store -> store.dropVersion(GROUP_BY.id(), version));
    }

    private static long endMs(long version) {
        return B + version * DAY_MS;
    }

    private static List<Scenario> scenarios() {
        return List.of(
                new Scenario("creation", List.of(), BEGIN, Set.of(), null, null),
                new Scenario("install", List.of(BEGIN), install(1), Set.of(1L), null, null),
                new Scenario("first commit", List.of(BEGIN, install(1), LIVE), commit(1, 2), Set.of(1L), null, 101L),
                new Scenario(
                        "swap",
                        List.of(BEGIN, install(1), commit(1, 2), LIVE, install(2)),
                        commit(2, 3),
                        Set.of(1L, 2L),
                        101L,
                        102L),
                new Scenario(
                        "swap that drops a version",
                        List.of(BEGIN, install(1), commit(1, 2), install(2), commit(2, 3), LIVE, install(3)),
                        commit(3, 4),
                        Set.of(2L, 3L),
                        102L,
                        103L),
                new Scenario(
                        "rollback",
                        List.of(BEGIN, install(1), commit(1, 2), install(2), commit(2, 3), LIVE),
                        rollBack(4),
                        Set.of(1L),
                        102L,
                        101L),
                new Scenario(
                        "an upload dropped",
                        List.of(BEGIN, install(1), commit(1, 2), LIVE, install(2)),
                        drop(2),
                        Set.of(1L),
                        101L,
                        101L));
    }

    @Test
    void theProcessOrTheHostDiesAtAnyStep() throws IOException {
        for (Scenario scenario : scenarios()) {
            long steps = stepsOf(scenario);
            assertThat(steps).as(scenario.name).isPositive();
            for (Crash crash : Crash.values()) {
                for (long step = 1; step <= steps + 1; step++) {
                    for (int torn : crash == Crash.PROCESS ? new int[] {TORN[1]} : TORN) {
                        dieAndComeBack(scenario, crash, step, torn);
                    }
                }
            }
        }
    }

    @Test
    void theDiskIsFullFromAnyStepOn() throws IOException {
        for (Scenario scenario : scenarios()) {
            long steps = stepsOf(scenario);
            for (long step = 1; step <= steps; step++) {
                fillAndGoOn(scenario, step);
            }
        }
    }

    /** At every event that makes a file: the roots, an index, a region, the next larger ones. */
    @Test
    void anEventForWhichLiveCannotGrowIsNotAppliedAndNothingElseIsLost() throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        int failed = 0;
        try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
            BEGIN.doTo(store);
            install(1).doTo(store);
            commit(1, 2).doTo(store);
            GroupByStore groupBy = Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
            for (int i = 0; i < 9_000; i++) {
                ModelEvent event = TestRows.event("user" + i, B + 9 * DAY_MS + i, 1L, 1.0, "m");
                files.fullAt(1);
                try {
                    TestRows.apply(groupBy, rows, event);
                } catch (StoreException e) {
                    assertThat(e).hasMessageContaining(root.toString()).hasMessageContaining("No space left");
                    assertThat(groupBy.eventsApplied()).isEqualTo(i);
                    failed++;
                    files.heal();
                    assertThat(TestRows.apply(groupBy, rows, event)).isEqualTo(ApplyResult.APPLIED);
                }
            }
            files.heal();
            store.publish(3, 0);
            assertThat(failed).as("files that could not be made").isGreaterThan(2 * SHARDS * 4);
            assertThat(store.stats().get(0).keys()).isEqualTo(9_000);
        }
        StoreFindings findings = StoreInspector.open(root, files).verify((file, bytes) -> {});
        assertThat(findings.problems()).isEmpty();
        assertThat(findings.liveRecords()).isEqualTo(9_000);
    }

    /** A mutation is several changes: where the shard cannot grow before the last, its key says that something is missing, and no other key is concerned. */
    @Test
    void aMutationForWhichLiveCannotGrowIsNotAppliedOrItsKeyIsStale() throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        ActiveGroupBy mutable = TestGroupBys.MUTABLE;
        int absent = 0;
        int stale = 0;
        try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
            store.activate(new byte[0], List.of(mutable));
            TestSegments.write(store, mutable, 1, B, SHARDS, Map.of());
            store.commit(mutable.id(), 1, B);
            GroupByStore live = Objects.requireNonNull(store.groupBy(mutable.id()));
            List<String> failed = new ArrayList<>();
            for (int i = 0; i < 9_000; i++) {
                String merchant = "m".repeat(i % 700);
                ModelEvent row = TestRows.event("user" + i, B + i, 1L, 1.0, merchant);
                files.fullAt(1);
                try {
                    TestRows.apply(live, rows, new ModelMutation(null, row, B + i));
                } catch (StoreException e) {
                    assertThat(e).hasMessageContaining("No space left");
                    failed.add("user" + i);
                    files.heal();
                    ModelEvent other = TestRows.event("other" + i, B + i, 1L, 1.0, merchant);
                    assertThat(TestRows.apply(live, rows, new ModelMutation(null, other, B + i)))
                            .isEqualTo(ApplyResult.APPLIED);
                }
                files.heal();
            }
            store.publish(3, 0);
            try (TileStoreReader reader = TileStoreReader.open(root, files)) {
                KeyReader keys = Objects.requireNonNull(reader.view().groupBy(mutable.id()))
                        .newKeyReader();
                for (int i = 0; i < 9_000; i++) {
                    KeyEncoder key = rows.key("user" + i);
                    ReadResult result = keys.read(key.buffer(), 0, key.length(), key.hash());
                    if (!failed.contains("user" + i)) {
                        assertThat(result).as("user" + i).isEqualTo(ReadResult.FOUND);
                    } else {
                        assertThat(result).as("user" + i).isIn(ReadResult.NOT_FOUND, ReadResult.KEY_STALE);
                        absent += result == ReadResult.NOT_FOUND ? 1 : 0;
                        stale += result == ReadResult.KEY_STALE ? 1 : 0;
                    }
                }
            }
        }
        assertThat(absent).as("before the first change").isPositive();
        assertThat(stale).as("between two changes").isPositive();
    }

    @Test
    void aSnapshotIsTheOneBeforeOrTheNewOne() throws IOException {
        for (Crash crash : Crash.values()) {
            boolean[] seen = new boolean[2];
            for (long step = 1; !seen[1] || step < 8; step++) {
                for (int torn : TORN) {
                    int snapshot = snapshotAfterCrash(crash, step, torn);
                    seen[snapshot - 1] = true;
                }
            }
            assertThat(seen).containsOnly(true);
        }
    }

    /** Which of two snapshots is there if all ends at a step of the second. */
    private int snapshotAfterCrash(Crash crash, long step, int torn) throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        boolean done = false;
        try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
            BEGIN.doTo(store);
            LIVE.doTo(store);
            store.snapshot(1);
            LIVE.doTo(store);
            files.dieAt(step, torn);
            store.snapshot(2);
            done = true;
        } catch (Died died) {
            assertThat(done).isFalse();
        }
        FaultyFiles survived = files.afterCrash(crash, new SplittableRandom(step * 31 + torn));
        try (TileStore store = TileStore.open(root, 0, SHARDS, survived)) {
            long position = store.restore(catalog -> List.of(GROUP_BY)).orElseThrow();
            assertThat(done && position != 2).isFalse();
            assertThat(Objects.requireNonNull(store.groupBy(GROUP_BY.id())).eventsApplied())
                    .isEqualTo(100 * position);
            assertThat(survived.files()).noneMatch(file -> file.toString().endsWith(".part"));
            return (int) position;
        }
    }

    @Test
    void aSnapshotThatFindsNoSpaceLeavesTheOneBefore() throws IOException {
        for (long step = 1; step <= 3; step++) {
            Path root = newRoot();
            FaultyFiles files = new FaultyFiles(root);
            try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
                BEGIN.doTo(store);
                store.snapshot(1);
                LIVE.doTo(store);
                files.fullAt(step);
                assertThatThrownBy(() -> store.snapshot(2))
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining(root.resolve("snapshot").toString())
                        .hasMessageContaining("No space left");
                assertThat(files.files()).noneMatch(file -> file.toString().endsWith(".part"));
            }
            try (TileStore store = TileStore.open(root, 0, SHARDS, files.heal())) {
                assertThat(store.restore(catalog -> List.of(GROUP_BY))).hasValue(1);
            }
        }
    }

    @Test
    void anyReadFails() throws IOException {
        for (Scenario scenario : scenarios()) {
            Path root = newRoot();
            FaultyFiles files = new FaultyFiles(root);
            prepare(scenario, root, files).close();
            for (int read = 1; ; read++) {
                FaultyFiles failing = files.afterCrash(Crash.PROCESS, new SplittableRandom(read));
                failing.failReadAt(read);
                try {
                    TileStore.open(root, 0, SHARDS, failing).close();
                    TileStoreReader.open(root, failing).close();
                    break;
                } catch (StoreUnavailableException e) {
                    break;
                } catch (StoreException e) {
                    assertThat(e.code()).isEqualTo(StoreException.Code.IO);
                    assertThat(e).hasMessageContaining(root.toString()).hasMessageContaining("Input/output error");
                }
            }
            comeBack(scenario, root, files.afterCrash(Crash.PROCESS, new SplittableRandom(0)), false);
        }
    }

    /** Steps of the deed alone; of creation with the opening. */
    private long stepsOf(Scenario scenario) throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        long before = 0;
        try (TileStore store = prepare(scenario, root, files)) {
            before = scenario.before.isEmpty() ? 0 : files.steps();
            scenario.deed.doTo(store);
        }
        return files.steps() - before;
    }

    private static TileStore prepare(Scenario scenario, Path root, FaultyFiles files) throws IOException {
        TileStore store = TileStore.open(root, 0, SHARDS, files);
        for (Deed deed : scenario.before) {
            deed.doTo(store);
        }
        return store;
    }

    private void dieAndComeBack(Scenario scenario, Crash crash, long step, int torn) throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        boolean done = false;
        try {
            if (scenario.before.isEmpty()) {
                files.dieAt(step, torn);
            }
            try (TileStore store = prepare(scenario, root, files)) { // closing touches no disk: the process is dead
                if (!scenario.before.isEmpty()) {
                    files.dieAt(step, torn);
                }
                scenario.deed.doTo(store);
                done = true;
            }
        } catch (Died died) {
            assertThat(done).isFalse();
        }
        FaultyFiles survived = files.afterCrash(crash, new SplittableRandom(step * 31 + torn));
        if (crash != Crash.PROCESS) {
            damageControlPage(root, step);
        }
        try {
            lookAfterCrash(scenario, root, survived, done, crash);
            comeBack(scenario, root, survived, done);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(
                    scenario.name + ", " + crash + " at step " + step + ", torn at " + torn + ": " + e.getMessage(), e);
        }
    }

    private void fillAndGoOn(Scenario scenario, long step) throws IOException {
        Path root = newRoot();
        FaultyFiles files = new FaultyFiles(root);
        if (scenario.before.isEmpty()) {
            files.fullAt(step);
            try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
                fillAndGoOn(scenario, root, files, store);
                return;
            } catch (StoreException e) {
                assertThat(e).hasMessageContaining(root.toString()).hasMessageContaining("No space left");
            }
            comeBack(scenario, root, files.heal(), false);
            return;
        }
        try (TileStore store = prepare(scenario, root, files)) {
            files.fullAt(step);
            fillAndGoOn(scenario, root, files, store);
        }
    }

    private void fillAndGoOn(Scenario scenario, Path root, FaultyFiles files, TileStore store) throws IOException {
        try {
            scenario.deed.doTo(store);
        } catch (StoreException | IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        if (scenario.oldCount != null) {
            try (TileStoreReader reader = TileStoreReader.open(root, files)) {
                assertThat(count(reader.view())).isIn(scenario.oldCount, scenario.newCount);
            }
        }
        files.heal();
        scenario.deed.doTo(store);
        store.publish(9, 0);
        try (TileStoreReader reader = TileStoreReader.open(root, files)) {
            assertThat(reader.view().problems()).isEmpty();
            assertThat(count(reader.view())).isEqualTo(scenario.newCount);
        }
        assertTidy(scenario, store, files);
    }

    /** No one has ever synced it: after the host's death it is as it was, zeros, cut off, or not there. */
    private static void damageControlPage(Path root, long which) throws IOException {
        Path control = root.resolve("control");
        switch ((int) (which % 4)) {
            case 0 -> Files.deleteIfExists(control);
            case 1 -> Files.write(control, new byte[ControlDescriptor.LENGTH]);
            case 2 -> Files.write(control, new byte[0]);
            default -> assertThat(root).exists();
        }
    }

    /** A reader that comes before the next writer. */
    private void lookAfterCrash(Scenario scenario, Path root, FaultyFiles files, boolean done, Crash crash) {
        try (TileStoreReader reader = TileStoreReader.open(root, files)) {
            assertThat(crash).isEqualTo(Crash.PROCESS);
            StoreView view = reader.view();
            assertThat(view.problems()).isEmpty();
            assertThat(view.catalog()).isEqualTo(CATALOG);
            Long count = count(view);
            if (done) {
                assertThat(count).isEqualTo(scenario.newCount);
            } else {
                assertThat(count).isIn(scenario.oldCount, scenario.newCount);
            }
        } catch (StoreUnavailableException e) {
            assertThat(crash != Crash.PROCESS || (scenario.before.isEmpty() && !done))
                    .as("unavailable: %s", e.getMessage())
                    .isTrue();
        }
    }

    /** The next writer replays the log, in which the deed is. What it needs of the disk (an upload) is done again unless acknowledged. */
    private void comeBack(Scenario scenario, Path root, FaultyFiles files, boolean done) throws IOException {
        try (TileStore store = TileStore.open(root, 0, SHARDS, files)) {
            for (Deed deed : scenario.before) {
                if (deed.isReplayed) {
                    deed.doTo(store);
                }
            }
            if (scenario.deed.isReplayed || !done) {
                scenario.deed.doTo(store);
            }
            store.publish(9, 0);
            for (long version : scenario.versions) {
                for (int shard = 0; shard < SHARDS; shard++) {
                    store.verifySegment(GROUP_BY.id(), version, shard, endMs(version));
                }
            }
            try (TileStoreReader reader = TileStoreReader.open(root, files)) {
                assertThat(reader.view().problems()).isEmpty();
                assertThat(count(reader.view())).isEqualTo(scenario.newCount);
            }
            assertTidy(scenario, store, files);
        }
    }

    private static void assertTidy(Scenario scenario, TileStore store, FaultyFiles files) throws IOException {
        assertThat(store.versionsOnDisk(GROUP_BY.id())).isEqualTo(scenario.versions);
        assertThat(files.files()).noneMatch(file -> file.toString().endsWith(".part"));
        assertThat(files.files().stream()
                        .filter(file -> file.resolveSibling("").endsWith("manifest"))
                        .count())
                .isLessThanOrEqualTo(2);
    }

    private Path newRoot() throws IOException {
        return Files.createDirectory(temporary.resolve("store" + worlds++));
    }

    /** Events of the key, or null. */
    private @Nullable Long count(StoreView view) {
        GroupByView groupBy = Objects.requireNonNull(view.groupBy(GROUP_BY.id()));
        if (groupBy.version().isEmpty()) {
            return null;
        }
        WindowFold fold = new WindowFold(GROUP_BY.plan());
        KeyEncoder key = rows.key("user");
        ReadResult result =
                groupBy.newKeyReader().fold(key.buffer(), 0, key.length(), key.hash(), B + 20 * DAY_MS, fold);
        assertThat(result).isEqualTo(ReadResult.FOUND);
        ObjectSink sink = new ObjectSink();
        fold.emit(GROUP_BY.plan().outputSchema().indexOf("amount_count"), sink);
        return (Long) sink.values().get(0);
    }
}
