package io.tilefold.benchmarks.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.ApplyResult;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.TileStore;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What mutations cost beside events, in one store: the same counts over events, and over a table's rows. Keys in random order; every key has its records, so all changes are in place: an
 * event is one of two tiles' five minutes, an update takes a row back from one of them and adds it to the other. Reads fold live tiles of one mutation day, or of two.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class MutationBenchmark {
    private static final long FIVE_MS = Hop.FIVE_MINUTES.lengthMs();
    private static final long FIRST_MS = Population.BATCH_END_MS + Hop.HOUR.lengthMs();
    private static final long SECOND_DAY_MS = FIRST_MS + Hop.DAY.lengthMs();

    /** Keys with live tiles. */
    @Param("1000000")
    public int keys;

    private final FlatRow row = new Population().newRow(1);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
    private final SummingSink sink = new SummingSink();
    private final WindowFold eventFold = new WindowFold(CountsGroupBy.ACTIVE.plan());
    private final WindowFold rowFold = new WindowFold(CountsGroupBy.OF_MUTATIONS.plan());
    private @Nullable TileStore store;
    private @Nullable TileStoreReader reader;
    private @Nullable KeyReader eventReader;
    private @Nullable KeyReader rowReader;
    private long walk;
    private long updates;

    @Setup
    public void fill() throws IOException {
        Path directory = StoreData.directory("mutations", keys);
        IoUtil.delete(directory.toFile(), true);
        TileStore opened = TileStore.open(directory, 0, StoreData.SHARDS);
        List<ActiveGroupBy> both = List.of(CountsGroupBy.ACTIVE, CountsGroupBy.OF_MUTATIONS);
        opened.activate(new byte[0], both);
        for (ActiveGroupBy groupBy : both) {
            StoreData.writeEmpty(opened, groupBy);
            opened.commit(groupBy.id(), StoreData.VERSION, Population.BATCH_END_MS);
        }
        store = opened;
        for (int number = 0; number < keys; number++) {
            event(number, FIRST_MS);
            event(number, FIRST_MS + FIVE_MS);
            insert(number, FIRST_MS);
            insert(number, SECOND_DAY_MS);
        }
        opened.publish(1, 0);
        reader = TileStoreReader.open(directory);
        eventReader = newKeyReader(CountsGroupBy.ACTIVE);
        rowReader = newKeyReader(CountsGroupBy.OF_MUTATIONS);
    }

    private KeyReader newKeyReader(ActiveGroupBy groupBy) {
        return Objects.requireNonNull(Objects.requireNonNull(reader).view().groupBy(groupBy.id()))
                .newKeyReader();
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(reader).close();
        Objects.requireNonNull(store).close();
        IoUtil.delete(StoreData.directory("mutations", keys).toFile(), true);
    }

    private GroupByStore groupBy(ActiveGroupBy groupBy) {
        return Objects.requireNonNull(Objects.requireNonNull(store).groupBy(groupBy.id()));
    }

    private long encode(long number) {
        Population.encodeKey(number, key);
        return KeyHash.hash(key, 0, Population.KEY_LENGTH);
    }

    private ApplyResult event(long number, long timeMs) {
        return groupBy(CountsGroupBy.ACTIVE).apply(key, 0, Population.KEY_LENGTH, encode(number), row, timeMs);
    }

    /** Two rows, one in each of the five minutes. */
    private void insert(long number, long mutationMs) {
        long hash = encode(number);
        for (long timeMs = FIRST_MS; timeMs <= FIRST_MS + FIVE_MS; timeMs += FIVE_MS) {
            ApplyResult result = groupBy(CountsGroupBy.OF_MUTATIONS)
                    .mutate(key, 0, Population.KEY_LENGTH, hash, null, 0, row, timeMs, mutationMs);
            if (result != ApplyResult.APPLIED) {
                throw new IllegalStateException(result.name());
            }
        }
    }

    @Benchmark
    public Object event() {
        return event(next(), FIRST_MS + (updates++ & 1) * FIVE_MS);
    }

    @Benchmark
    public Object update() {
        long from = FIRST_MS + (updates++ & 1) * FIVE_MS;
        long to = 2 * FIRST_MS + FIVE_MS - from;
        return groupBy(CountsGroupBy.OF_MUTATIONS)
                .mutate(key, 0, Population.KEY_LENGTH, encode(next()), row, from, row, to, FIRST_MS);
    }

    @Benchmark
    public long readEvents() {
        return read(eventReader, eventFold, FIRST_MS + 4 * FIVE_MS);
    }

    @Benchmark
    public long readOneMutationDay() {
        return read(rowReader, rowFold, FIRST_MS + 4 * FIVE_MS);
    }

    @Benchmark
    public long readTwoMutationDays() {
        return read(rowReader, rowFold, SECOND_DAY_MS + 4 * FIVE_MS);
    }

    private long read(@Nullable KeyReader keyReader, WindowFold fold, long q) {
        long hash = encode(next());
        ReadResult result = Objects.requireNonNull(keyReader).fold(key, 0, Population.KEY_LENGTH, hash, q, fold);
        if (result != ReadResult.FOUND) {
            throw new IllegalStateException(result.name());
        }
        return sink.sum(fold);
    }

    private long next() {
        walk = walk * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL;
        return ((walk >>> 32) * keys) >>> 32;
    }
}
