package io.tilefold.benchmarks.store;

import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
 * A read of one key of a {@link Population} in random order, from a store whose data is in memory. The next key follows from the answer to the one
 * before, so that no two reads overlap: a time here is a latency. Those of a batch are known together: a time is a batch's, per key. All stores hold the same bytes, and all folds are the same code.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public abstract class ReadBenchmark {
    private static final int CHECKED = 500;

    /** Keys of a batch: a request of so many rows. */
    static final int BATCH = 100;

    /** Keys in the store. */
    @Param("10000000")
    public int keys;

    private final BaseRecord record = new BaseRecord();
    private final WindowFold fold = new WindowFold(CountsGroupBy.plan());
    private final SummingSink sink = new SummingSink();
    private final long[] batch = new long[BATCH];
    private long sum;
    private long walk;
    private long answer;

    /** Opens the store, made first if it is not there, and returns the files that must be in memory. */
    abstract Stream<Path> open() throws IOException;

    abstract void close();

    /** Finds a key's base record, readable until {@link #release}; fails if it is not there. */
    abstract void find(long number, BaseRecord found);

    /** Ends the read that {@link #find} began. */
    void release() {}

    /** Finds the keys of a batch, in the best way the store has; each record is readable while {@code each} runs. */
    void findAll(long[] numbers, Consumer<BaseRecord> each) {
        for (long number : numbers) {
            find(number, record);
            each.accept(record);
            release();
        }
    }

    /** Finds the keys of a batch and folds each one's windows; values may be read while {@code each} runs. */
    void foldAll(long[] numbers, WindowFold into, Runnable each) {
        findAll(numbers, found -> {
            into.fold(Population.Q, Population.BATCH_END_MS, found, LiveTiles.NONE);
            each.run();
        });
    }

    @Setup
    public void setUp() throws IOException {
        load(open().toList());
        check();
    }

    @TearDown
    public void tearDown() {
        close();
    }

    @Benchmark
    public long lookup() {
        find(next(), record);
        answer = record.length();
        release();
        return answer;
    }

    @Benchmark
    public long lookupAndFold() {
        findAndFold(next(), fold);
        answer = sink.sum(fold);
        release();
        return answer;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long lookupOf100() {
        sum = 0;
        findAll(nextBatch(), found -> sum += found.length());
        answer = sum;
        return answer;
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long lookupAndFoldOf100() {
        sum = 0;
        foldAll(nextBatch(), fold, () -> sum += sink.sum(fold));
        answer = sum;
        return answer;
    }

    /** Keys that follow from the answer to the batch before. */
    private long[] nextBatch() {
        for (int i = 0; i < BATCH; i++) {
            batch[i] = next();
        }
        return batch;
    }

    /** Finds a key and folds its windows; values may be read from its record until {@link #release}. */
    void findAndFold(long number, WindowFold into) {
        find(number, record);
        into.fold(Population.Q, Population.BATCH_END_MS, record, LiveTiles.NONE);
    }

    /** The next key's number. Answers are not negative, which the compiler cannot know. */
    private long next() {
        walk = walk * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL + (answer >>> 63);
        return ((walk >>> 32) * keys) >>> 32;
    }

    private void check() {
        RecordStream expected = new RecordStream();
        for (int i = 0; i < CHECKED; i++) {
            long number = next();
            int length = expected.build(number);
            find(number, record);
            if (record.length() != length
                    || !new UnsafeBuffer(record.buffer(), record.keyOffset(), record.keyLength())
                            .equals(new UnsafeBuffer(expected.record(), keyOffset(expected), record.keyLength()))) {
                throw new IllegalStateException("key " + number + " has another record");
            }
            release();
        }
    }

    private static int keyOffset(RecordStream stream) {
        return new BaseRecord().wrap(stream.record(), 0).keyOffset();
    }

    /** Reads files once, so that what follows finds them in memory. */
    static void load(List<Path> files) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(1 << 20);
        for (Path file : files) {
            try (FileChannel channel = FileChannel.open(file)) {
                while (channel.read(chunk.clear()) > 0) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    static Stream<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList().stream();
        }
    }
}
