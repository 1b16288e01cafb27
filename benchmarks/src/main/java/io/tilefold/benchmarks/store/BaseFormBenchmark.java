package io.tilefold.benchmarks.store;

import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Decision 0002 in figures: the fold of a key's 40 features from suffixes per hop, as base keeps them, and from plain hop tiles. Random keys of memory that no
 * cache holds; no lookup. Setting up prints bytes a key of both.
 *
 * <pre>
 * benchmarks/bench BaseFormBenchmark
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BaseFormBenchmark {
    private static final int TILE_LENGTH = CountsGroupBy.plan().tiles().fixedEnd();

    /** Keys if each had one hop: so many are divided among keys with more. */
    @Param("18000000")
    public int keys;

    /** Most hops of a key; on average it has half as many. */
    @Param({"9", "99"})
    public int hopsMax;

    private final WindowFold fold = new WindowFold(CountsGroupBy.plan());
    private final SummingSink sink = new SummingSink();
    private final BaseRecord suffixes = new BaseRecord();
    private HopTiles hops = new HopTiles(new Population());
    private UnsafeBuffer suffixMemory = new UnsafeBuffer(0, 0);
    private UnsafeBuffer hopMemory = new UnsafeBuffer(0, 0);
    private int[] suffixOffsets = new int[0];
    private int[] hopOffsets = new int[0];
    private long walk;
    private long answer;

    @Setup
    public void fill() {
        int count = keys / hopsMax;
        int longest = count * (hopsMax + 1) / 2 * (TILE_LENGTH + 48) + (1 << 20);
        suffixMemory = new UnsafeBuffer(ByteBuffer.allocateDirect(longest));
        hopMemory = new UnsafeBuffer(ByteBuffer.allocateDirect(longest));
        suffixOffsets = new int[count];
        hopOffsets = new int[count];
        RecordStream stream = new RecordStream(new Population(hopsMax));
        hops = new HopTiles(new Population(hopsMax));
        int suffixEnd = 0;
        int hopEnd = 0;
        for (int number = 0; number < count; number++) {
            suffixOffsets[number] = suffixEnd;
            int length = stream.build(number);
            suffixMemory.putBytes(suffixEnd, stream.record(), 0, length);
            suffixEnd += length;
            hopOffsets[number] = hopEnd;
            hopEnd += hops.write(number, hopMemory, hopEnd);
            if (sumOfSuffixes(number) != sumOfHops(number)) {
                throw new IllegalStateException("key " + number + ": the two forms give different features");
            }
        }
        System.out.printf(
                "%d keys, bytes a key: %.1f as suffixes, %.1f as hop tiles and %d of key%n",
                count, (double) suffixEnd / count, (double) hopEnd / count, Population.KEY_LENGTH);
    }

    @Benchmark
    public long suffixes() {
        answer = sumOfSuffixes(next());
        return answer;
    }

    @Benchmark
    public long hopTiles() {
        answer = sumOfHops(next());
        return answer;
    }

    private long sumOfSuffixes(int number) {
        suffixes.wrap(suffixMemory, suffixOffsets[number]);
        fold.fold(Population.Q, Population.BATCH_END_MS, suffixes, LiveTiles.NONE);
        return sink.sum(fold);
    }

    /** To the fold plain hop tiles are what live tiles are. */
    private long sumOfHops(int number) {
        suffixes.wrapEmpty();
        fold.fold(Population.Q, 0, suffixes, hops.wrap(hopMemory, hopOffsets[number]));
        return sink.sum(fold);
    }

    /** The next key follows from the answer to the one before. */
    private int next() {
        walk = walk * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL + (answer >>> 63);
        return (int) (((walk >>> 32) * suffixOffsets.length) >>> 32);
    }
}
