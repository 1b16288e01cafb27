package io.tilefold.benchmarks.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import io.tilefold.store.EventsAhead;
import io.tilefold.store.GroupByStats;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Applying events to keys in random order, in steady state: every key has its record, with two five-minute tiles and the hour's; the day's is borrowed. An event
 * changes two tiles of 88 bytes in place. Beside it the floor: a read-modify-write of as many random lines of memory of the same size.
 *
 * <p>Lines of one event, as laid out in the store: the index slot's (1), the record's head and entries, 120 bytes from a line's start (2), and two tiles of 88
 * bytes at multiples of 8 (2.25 each): 7.5, of which the floor takes {@value #LINES}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ApplyBenchmark {
    static final int LINES = 7;
    private static final int LINE_LENGTH = 64;

    /** Keys with live tiles. */
    @Param("1000000")
    public int keys;

    private final LiveEvents events = new LiveEvents();
    private final EventsAhead ahead = new EventsAhead();
    private final long[] numbers = new long[EventsAhead.EVENTS_MAX];
    private final long[] hashes = new long[EventsAhead.EVENTS_MAX];
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
    private @Nullable TileStore store;
    private @Nullable GroupByStore groupBy;
    private UnsafeBuffer memory = new UnsafeBuffer(0, 0);
    private long walk;

    @Setup
    public void fill() throws IOException {
        Path directory = StoreData.directory("apply", keys);
        IoUtil.delete(directory.toFile(), true);
        TileStore opened = TileStore.open(directory, 0, StoreData.SHARDS);
        opened.activate(new byte[0], List.of(CountsGroupBy.ACTIVE));
        opened.commit(CountsGroupBy.ACTIVE.id(), StoreData.VERSION, Population.BATCH_END_MS);
        GroupByStore counts = Objects.requireNonNull(opened.groupBy(CountsGroupBy.ACTIVE.id()));
        events.fill(counts, keys);
        opened.publish(0, 0);
        store = opened;
        groupBy = counts;
        GroupByStats stats = opened.stats().get(0);
        memory = new UnsafeBuffer(ByteBuffer.allocateDirect((int) (stats.dataBytes() - stats.freeBytes())));
        memory.setMemory(0, memory.capacity(), (byte) 1);
        System.out.println(stats + ", floor over " + memory.capacity() + " bytes");
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(store).close();
        IoUtil.delete(StoreData.directory("apply", keys).toFile(), true);
    }

    @Benchmark
    public Object apply() {
        return events.apply(Objects.requireNonNull(groupBy), next(keys), key);
    }

    /** As a log entry's events are applied: those of a step are looked ahead of together. */
    @Benchmark
    @OperationsPerInvocation(EventsAhead.EVENTS_MAX)
    public Object applyInTurn() {
        GroupByStore counts = Objects.requireNonNull(groupBy);
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = next(keys);
            Population.encodeKey(numbers[i], key);
            hashes[i] = KeyHash.hash(key, 0, Population.KEY_LENGTH);
            ahead.add(counts, hashes[i]);
        }
        ahead.bringNear();
        Object last = events;
        for (int i = 0; i < numbers.length; i++) {
            Population.encodeKey(numbers[i], key);
            last = events.apply(counts, numbers[i], key, hashes[i]);
        }
        return last;
    }

    @Benchmark
    public long readModifyWrites() {
        for (int i = 0; i < LINES; i++) {
            int at = (int) next(memory.capacity() / LINE_LENGTH) * LINE_LENGTH;
            memory.putLong(at, memory.getLong(at, LITTLE_ENDIAN) + 1, LITTLE_ENDIAN);
        }
        return walk;
    }

    private long next(long bound) {
        walk = walk * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL;
        return ((walk >>> 32) * bound) >>> 32;
    }

    /** Events of the ten minutes after the first hour behind the batch end, with rows that were made before. */
    static final class LiveEvents {
        static final long FROM_MS = Population.BATCH_END_MS + Hop.HOUR.lengthMs();
        private static final int ROWS = 64;
        private final FlatRow[] rows = new FlatRow[ROWS];
        private long count;

        LiveEvents() {
            Population population = new Population();
            SplittableRandom random = new SplittableRandom(ROWS);
            for (int i = 0; i < ROWS; i++) {
                rows[i] = population.newRow(random.nextLong());
            }
        }

        /** Gives every key a tile in both five minutes. */
        void fill(GroupByStore groupBy, int keys) {
            UnsafeBuffer key = new UnsafeBuffer(new byte[Population.KEY_LENGTH]);
            for (int round = 0; round < 2; round++) {
                for (int number = 0; number < keys; number++) {
                    count = round;
                    apply(groupBy, number, key);
                }
            }
        }

        Object apply(GroupByStore groupBy, long number, UnsafeBuffer key) {
            Population.encodeKey(number, key);
            return apply(groupBy, number, key, KeyHash.hash(key, 0, Population.KEY_LENGTH));
        }

        Object apply(GroupByStore groupBy, long number, UnsafeBuffer key, long hash) {
            long timeMs = FROM_MS + (count++ & 1) * Hop.FIVE_MINUTES.lengthMs() + (number & 0xFF);
            return groupBy.apply(key, 0, Population.KEY_LENGTH, hash, rows[(int) number & (ROWS - 1)], timeMs);
        }
    }
}
