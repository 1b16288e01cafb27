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
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Reads from the tile store the way a serving node does, the look for a newer view included. */
public class TilefoldReadBenchmark extends ReadBenchmark {
    /** Keys near at a time, as a serving node has it. */
    private static final int STEP = 16;

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
    private final UnsafeBuffer[] keys100 = new UnsafeBuffer[BATCH];
    private final long[] hashes = new long[BATCH];
    private final BaseRecord record = new BaseRecord();
    private @Nullable TileStoreReader store;
    private @Nullable KeyReader reader;

    @Override
    Stream<Path> open() throws IOException {
        Arrays.setAll(keys100, i -> new UnsafeBuffer(new byte[Population.KEY_LENGTH]));
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
        Population.encodeKey(number, key);
        find(key, KeyHash.hash(key, 0, Population.KEY_LENGTH), found);
    }

    private void find(UnsafeBuffer encoded, long hash, BaseRecord found) {
        KeyReader now = Objects.requireNonNull(reader);
        if (now.read(encoded, 0, Population.KEY_LENGTH, hash) != ReadResult.FOUND) {
            throw new IllegalStateException("key " + encoded);
        }
        BaseRecord base = now.base();
        found.wrap(base.buffer(), base.keyOffset() - BaseRecordDescriptor.KEY_OFFSET);
    }

    @Override
    void findAndFold(long number, WindowFold into) {
        Population.encodeKey(number, key);
        hashes[0] = KeyHash.hash(key, 0, Population.KEY_LENGTH);
        Objects.requireNonNull(store).view();
        Objects.requireNonNull(reader).bringNear(hashes, 0, 1);
        fold(key, hashes[0], into);
    }

    private void fold(UnsafeBuffer encoded, long hash, WindowFold into) {
        KeyReader now = Objects.requireNonNull(reader);
        if (now.fold(encoded, 0, Population.KEY_LENGTH, hash, Population.Q, into) != ReadResult.FOUND) {
            throw new IllegalStateException("key " + encoded);
        }
    }

    @Override
    void findAll(long[] numbers, Consumer<BaseRecord> each) {
        encodeAll(numbers);
        for (int i = 0; i < numbers.length; i++) {
            if (i % STEP == 0) {
                Objects.requireNonNull(reader).bringHeadsNear(hashes, i, Math.min(i + STEP, numbers.length));
            }
            find(keys100[i], hashes[i], record);
            each.accept(record);
        }
    }

    @Override
    void foldAll(long[] numbers, WindowFold into, Runnable each) {
        encodeAll(numbers);
        Objects.requireNonNull(store).view();
        for (int i = 0; i < numbers.length; i++) {
            if (i % STEP == 0) {
                Objects.requireNonNull(reader).bringNear(hashes, i, Math.min(i + STEP, numbers.length));
            }
            fold(keys100[i], hashes[i], into);
            each.run();
        }
    }

    private void encodeAll(long[] numbers) {
        for (int i = 0; i < numbers.length; i++) {
            Population.encodeKey(numbers[i], keys100[i]);
            hashes[i] = KeyHash.hash(keys100[i], 0, Population.KEY_LENGTH);
        }
    }
}
