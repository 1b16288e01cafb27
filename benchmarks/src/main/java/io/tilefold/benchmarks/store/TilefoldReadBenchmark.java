package io.tilefold.benchmarks.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.BaseRecordDescriptor;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Reads from the tile store the way a serving node does, the look for a newer view included. */
public class TilefoldReadBenchmark extends ReadBenchmark {
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
    private @Nullable TileStoreReader store;
    private @Nullable KeyReader reader;

    @Override
    Stream<Path> open() throws IOException {
        StoreData data = StoreData.prepare(keys);
        List<Path> segments = data.segments();
        data.publish();
        TileStoreReader opened = TileStoreReader.open(data.directory());
        GroupByView groupBy = Objects.requireNonNull(opened.view().groupBy(CountsGroupBy.ACTIVE.id()));
        store = opened;
        reader = groupBy.newKeyReader();
        return segments.stream();
    }

    @Override
    void close() {
        Objects.requireNonNull(store).close();
    }

    @Override
    void find(long number, BaseRecord found) {
        KeyReader now = Objects.requireNonNull(reader);
        Population.encodeKey(number, key);
        if (now.read(key, 0, Population.KEY_LENGTH, KeyHash.hash(key, 0, Population.KEY_LENGTH)) != ReadResult.FOUND) {
            throw new IllegalStateException("key " + number);
        }
        BaseRecord base = now.base();
        found.wrap(base.buffer(), base.keyOffset() - BaseRecordDescriptor.KEY_OFFSET);
    }

    @Override
    void findAndFold(long number, WindowFold into) {
        KeyReader now = Objects.requireNonNull(reader);
        Population.encodeKey(number, key);
        long hash = KeyHash.hash(key, 0, Population.KEY_LENGTH);
        Objects.requireNonNull(store).view();
        if (now.fold(key, 0, Population.KEY_LENGTH, hash, Population.Q, into) != ReadResult.FOUND) {
            throw new IllegalStateException("key " + number);
        }
    }
}
