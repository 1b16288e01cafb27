package io.tilefold.benchmarks.store;

import io.tilefold.core.tile.BaseRecord;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapEntry;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Chronicle Map: a hash table in one mapped file. Read without copy, under its read lock: the value's address is taken from the entry, and the lock
 * is given back after the fold.
 */
public class ChronicleReadBenchmark extends ReadBenchmark {
    private static final String FILE = "map";
    private static final int RECORD_LENGTH = 530;

    private final byte[] key = new byte[Population.KEY_LENGTH];
    private final UnsafeBuffer keyBytes = new UnsafeBuffer(key);
    private final UnsafeBuffer value = new UnsafeBuffer(0, 0);
    private @Nullable ChronicleMap<byte[], byte[]> map;
    private @Nullable ExternalMapQueryContext<byte[], byte[], ?> context;

    @Override
    Stream<Path> open() throws IOException {
        Path directory = StoreData.prepare("chronicle", keys, this::write);
        map = open(directory);
        return filesIn(directory);
    }

    private ChronicleMap<byte[], byte[]> open(Path directory) throws IOException {
        File file = directory.resolve(FILE).toFile();
        return ChronicleMapBuilder.of(byte[].class, byte[].class)
                .name("records")
                .entries(keys)
                .constantKeySizeBySample(new byte[Population.KEY_LENGTH])
                .averageValueSize(RECORD_LENGTH)
                .checksumEntries(false)
                .createPersistedTo(file);
    }

    private void write(Path directory) throws IOException {
        try (ChronicleMap<byte[], byte[]> filled = open(directory)) {
            new RecordStream().forEach(keys, (encoded, record, length) -> {
                byte[] bytes = new byte[length];
                record.getBytes(0, bytes);
                filled.put(encoded.byteArray().clone(), bytes);
            });
        }
    }

    @Override
    void close() {
        Objects.requireNonNull(map).close();
    }

    @Override
    void find(long number, BaseRecord found) {
        Population.encodeKey(number, keyBytes);
        ExternalMapQueryContext<byte[], byte[], ?> opened =
                Objects.requireNonNull(map).queryContext(key);
        context = opened;
        MapEntry<byte[], byte[]> entry = opened.entry();
        if (entry == null) {
            throw new IllegalStateException("key " + number);
        }
        Data<byte[]> data = entry.value();
        value.wrap(data.bytes().addressForRead(data.offset()), (int) data.size());
        found.wrap(value, 0);
    }

    @Override
    void release() {
        Objects.requireNonNull(context).close();
    }
}
