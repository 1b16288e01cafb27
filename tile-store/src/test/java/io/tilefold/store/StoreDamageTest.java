package io.tilefold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.time.Hop;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole store in which one file at a time is damaged, cut, or another of its kind: whoever looks names the file. */
class StoreDamageTest {
    private static final long DAY_MS = Hop.DAY.lengthMs();
    private static final long B = 15_000 * DAY_MS;
    private static final int SHARDS = 2;
    private static final ActiveGroupBy GROUP_BY = TestGroupBys.GROWING;
    private static final int EDGE = 48;
    private static final int INSIDE = 30;

    @TempDir
    private Path root;

    @BeforeEach
    void fill() throws IOException {
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            store.activate(new byte[] {1, 2, 3}, List.of(GROUP_BY));
            TestRows rows = new TestRows();
            GroupByStore live = Objects.requireNonNull(store.groupBy(GROUP_BY.id()));
            for (int version = 1; version <= 2; version++) {
                Map<String, List<ModelEvent>> events = new TreeMap<>();
                for (int i = 0; i < 12; i++) {
                    events.put("user" + i, List.of(event("user" + i, B - i)));
                }
                TestSegments.write(store, GROUP_BY, version, B + version * DAY_MS, SHARDS, events);
                store.commit(GROUP_BY.id(), version, B + version * DAY_MS);
                store.publish(version, 0);
            }
            for (int i = 0; i < 40; i++) {
                TestRows.apply(live, rows, event("user" + i, B + 3 * DAY_MS + i * 400_000L));
            }
            store.publish(3, 0);
            store.snapshot(3);
        }
    }

    private static ModelEvent event(String user, long timeMs) {
        return TestRows.event(user, timeMs, 1L, 0.5, "m");
    }

    private List<Path> durable() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(root.resolve("live")))
                    .filter(file -> !file.endsWith("lock") && !file.endsWith("control"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void allIsSoundAtFirst() throws IOException {
        StoreFindings findings = StoreInspector.open(root).verify((file, bytes) -> {});
        assertThat(findings.problems()).isEmpty();
        assertThat(findings.files()).isEqualTo(durable().size() + 1);
        assertThat(findings.baseRecords()).isEqualTo(24);
        assertThat(findings.liveRecords()).isEqualTo(40);
        assertThat(durable().stream()
                        .map(file -> String.valueOf(file.getFileName()))
                        .collect(Collectors.toSet()))
                .contains("STORE", "snapshot", "shard-0000.seg", "000000000001");
    }

    @Test
    void aFlippedBitOfAnyDurableFileIsNamed() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        for (Path file : durable()) {
            byte[] good = Files.readAllBytes(file);
            TreeSet<Integer> places = new TreeSet<>();
            for (int i = 0; i < EDGE; i++) {
                places.add(Math.min(i, good.length - 1));
                places.add(Math.max(good.length - 1 - i, 0));
            }
            for (int i = 0; i < INSIDE; i++) {
                places.add(random.nextInt(good.length));
            }
            for (int at : places) {
                byte[] flipped = good.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                assertNamed(file, flipped, "byte " + at);
            }
            Files.write(file, good);
        }
    }

    @Test
    void aCutOrLengthenedDurableFileIsNamed() throws IOException {
        for (Path file : durable()) {
            byte[] good = Files.readAllBytes(file);
            for (int length : new int[] {0, 1, 7, 8, 100, good.length / 2, good.length - 8, good.length - 1}) {
                if (length < good.length) {
                    assertNamed(file, Arrays.copyOf(good, length), "cut at " + length);
                }
            }
            assertNamed(file, Arrays.copyOf(good, good.length + 8), "8 bytes more");
            Files.write(file, good);
        }
    }

    @Test
    void aDurableFileInAnothersPlaceIsNamed() throws IOException {
        List<Path> files = durable();
        for (Path file : files) {
            byte[] good = Files.readAllBytes(file);
            for (Path other : files) {
                byte[] content = Files.readAllBytes(other);
                if (!Arrays.equals(content, good)) {
                    assertNamed(file, content, "content of " + other);
                }
            }
            Files.write(file, good);
        }
    }

    private void assertNamed(Path file, byte[] content, String what) throws IOException {
        Files.write(file, content);
        List<String> said = new ArrayList<>();
        try {
            StoreInspector.open(root)
                    .verify((read, bytes) -> {})
                    .problems()
                    .forEach(problem -> said.add(problem.what()));
        } catch (StoreException e) {
            said.add(String.valueOf(e.getMessage())); // the store's identity, or what is published
        }
        assertThat(said)
                .as("%s: %s", file, what)
                .anySatisfy(text -> assertThat(text).contains(file.toString(), "offset "));
    }

    @Test
    void aLiveFileOfAnotherKindPlaceOrFormatIsNamed() throws IOException {
        List<Path> live;
        try (Stream<Path> files = Files.walk(root.resolve("live"))) {
            live = files.filter(Files::isRegularFile).sorted().toList();
        }
        assertThat(live).hasSize(1 + 2 * SHARDS);
        for (Path file : live) {
            byte[] good = Files.readAllBytes(file);
            for (int at = 0; at < 12; at++) {
                byte[] flipped = good.clone();
                flipped[at] ^= 1;
                assertNamed(file, flipped, "byte " + at);
            }
            for (Path other : live) {
                if (!other.equals(file)) {
                    assertNamed(file, Files.readAllBytes(other), "content of " + other);
                }
            }
            assertNamed(file, Arrays.copyOf(good, good.length - 8), "cut");
            Files.write(file, good);
        }
    }

    @Test
    void aSegmentOf2GibibytesIsRefused() throws IOException {
        try (TileStore store = TileStore.open(root, 0, SHARDS)) {
            Path file = store.segmentFile(GROUP_BY.id(), 9, 0);
            try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
                large.setLength(1L << 31);
            }
            assertThatThrownBy(() -> store.verifySegment(GROUP_BY.id(), 9, 0, B))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("below 2 GiB");
        }
    }
}
