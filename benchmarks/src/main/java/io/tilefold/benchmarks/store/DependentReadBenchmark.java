package io.tilefold.benchmarks.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
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
 * The floor of {@link ReadBenchmark#lookupAndFold}: reads of as many cache lines as that touches ({@link LinesTouched}), random ones of the very files of the
 * store, each address a function of what was read before. And that of {@link ReadBenchmark#lookupAndFoldOf100}: reads that may overlap, of an index slot's line
 * and then of the lines of a record, one behind the other, where the slot says.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DependentReadBenchmark {
    private static final int LINE_LENGTH = 64;
    private static final int SAMPLES = 20_000;

    /** Reads under way at a time, as the store has it. */
    private static final int STEP = 16;

    /** Keys in the store. */
    @Param("10000000")
    public int keys;

    private UnsafeBuffer[] segments = new UnsafeBuffer[0];
    private long state;
    private int linesPerRead;
    private final long[] slots = new long[STEP];

    @Setup
    public void map() throws IOException {
        StoreData data = StoreData.prepare(keys);
        List<Path> files = data.segments();
        ReadBenchmark.load(files);
        double average = new LinesTouched(data).average(keys, SAMPLES);
        linesPerRead = (int) Math.round(average);
        System.out.printf("%.2f lines a read, %d here%n", average, linesPerRead);
        segments = new UnsafeBuffer[files.size()];
        for (int i = 0; i < segments.length; i++) {
            try (FileChannel channel = FileChannel.open(files.get(i))) {
                segments[i] = new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
            }
        }
    }

    @TearDown
    public void unmap() {
        for (UnsafeBuffer segment : segments) {
            IoUtil.unmap(segment.byteBuffer());
        }
    }

    /** The lines of one lookup and fold, all dependent. */
    @Benchmark
    public long linesOfOneRead() {
        for (int i = 0; i < linesPerRead; i++) {
            readLine();
        }
        return state;
    }

    /** One line. */
    @Benchmark
    public long line() {
        readLine();
        return state;
    }

    /** The lines of the reads of a batch, per read; where a batch reads follows from what the one before has read. */
    @Benchmark
    @OperationsPerInvocation(ReadBenchmark.BATCH)
    public long linesOf100Reads() {
        long random = state;
        long read = 0;
        for (int first = 0; first < ReadBenchmark.BATCH; first += STEP) {
            int count = Math.min(STEP, ReadBenchmark.BATCH - first);
            for (int i = 0; i < count; i++) {
                random = next(random, 0);
                slots[i] = next(random, lines(random, 1));
            }
            for (int i = 0; i < count; i++) {
                read += lines(slots[i], linesPerRead - 1);
            }
        }
        state = next(random, read);
        return state;
    }

    private void readLine() {
        state = next(state, lines(state, 1));
    }

    private static long next(long state, long read) {
        return state * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL + read;
    }

    /** Sums a long of each of some lines one behind the other, of a segment and from a place that follow from a number. */
    private long lines(long number, int count) {
        UnsafeBuffer segment = segments[(int) (number >>> 8) & (StoreData.SHARDS - 1)];
        long places = (long) segment.capacity() / LINE_LENGTH - count;
        int line = (int) (((number >>> 32) * places) >>> 32);
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += segment.getLong((line + i) * LINE_LENGTH, LITTLE_ENDIAN);
        }
        return sum;
    }
}
