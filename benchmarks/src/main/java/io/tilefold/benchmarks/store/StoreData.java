package io.tilefold.benchmarks.store;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.SegmentFile;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.IoUtil;

/** A tile store with one version of {@link CountsGroupBy} over a {@link Population}, made when first asked for and kept. */
final class StoreData {
    static final int SHARDS = 4;
    static final long VERSION = 1;

    private final Path directory;

    private StoreData(Path directory) {
        this.directory = directory;
    }

    /** Where a benchmark keeps data of this kind, tile format and size: {@code tilefold.benchmarks.data}, by default {@code target/data}. */
    static Path directory(String kind, int keys) {
        return Path.of(
                System.getProperty("tilefold.benchmarks.data", "target/data"),
                kind + "-" + TileLayout.FORMAT_VERSION + "-" + keys);
    }

    /** Makes the directory's contents unless they are there whole. */
    static Path prepare(String kind, int keys, Maker maker) throws IOException {
        Path directory = directory(kind, keys);
        Path whole = directory.resolveSibling(directory.getFileName() + ".whole");
        if (!Files.exists(whole)) {
            IoUtil.delete(directory.toFile(), true);
            Files.createDirectories(directory);
            maker.make(directory);
            Files.createFile(whole);
        }
        return directory;
    }

    /** Fills an empty directory. */
    @FunctionalInterface
    interface Maker {
        void make(Path directory) throws IOException;
    }

    static StoreData prepare(int keys) throws IOException {
        return new StoreData(prepare("tilefold", keys, directory -> write(directory, VERSION, keys)));
    }

    /** The segments of another version, with the same contents, in a directory of their own. */
    static List<Path> prepareNext(int keys, long version) throws IOException {
        Path made = prepare("version-" + version, keys, directory -> write(directory, version, keys));
        try (TileStore store = TileStore.open(made, 0, SHARDS)) {
            return segments(store, version);
        }
    }

    Path directory() {
        return directory;
    }

    /** Opens the store for writing, with its version current and published, and nothing of writers before. */
    TileStore open() {
        for (String name : List.of("control", "manifest", "live")) {
            IoUtil.delete(directory.resolve(name).toFile(), true);
        }
        TileStore store = TileStore.open(directory, 0, SHARDS);
        store.activate(new byte[0], List.of(CountsGroupBy.ACTIVE));
        store.commit(CountsGroupBy.ACTIVE.id(), VERSION, Population.BATCH_END_MS);
        store.publish(0, 0);
        return store;
    }

    /** Leaves the store published and without a writer. */
    void publish() {
        open().close();
    }

    List<Path> segments() {
        try (TileStore store = open()) {
            return segments(store, VERSION);
        }
    }

    private static List<Path> segments(TileStore store, long version) {
        return IntStream.range(0, SHARDS)
                .mapToObj(shard -> store.segmentFile(CountsGroupBy.ACTIVE.id(), version, shard))
                .toList();
    }

    /** Writes the first version's segments, without keys. */
    static void writeEmpty(TileStore store, ActiveGroupBy groupBy) throws IOException {
        for (int shard = 0; shard < SHARDS; shard++) {
            try (SegmentFile file = store.newSegment(groupBy.id(), VERSION, shard)) {
                file.begin(0);
                new SegmentWriter(
                                new SegmentHeader(groupBy.id(), VERSION, shard, SHARDS, Population.BATCH_END_MS), file)
                        .finish();
                file.install();
            }
        }
    }

    /** Writes all segments of a version in one pass over the keys. */
    private static void write(Path directory, long version, int keys) throws IOException {
        SegmentFile[] files = new SegmentFile[SHARDS];
        SegmentWriter[] writers = new SegmentWriter[SHARDS];
        try (TileStore store = TileStore.open(directory, 0, SHARDS)) {
            for (int shard = 0; shard < SHARDS; shard++) {
                files[shard] = store.newSegment(CountsGroupBy.ACTIVE.id(), version, shard);
                files[shard].begin(0);
                writers[shard] = new SegmentWriter(
                        new SegmentHeader(CountsGroupBy.ACTIVE.id(), version, shard, SHARDS, Population.BATCH_END_MS),
                        files[shard]);
            }
            new RecordStream().forEach(keys, (key, record, length) -> {
                long hash = KeyHash.hash(key, 0, key.capacity());
                writers[KeyHash.shard(hash, SHARDS)].append(record, 0, length);
            });
            for (int shard = 0; shard < SHARDS; shard++) {
                writers[shard].finish();
                files[shard].install();
            }
        }
    }
}
