package io.tilefold.benchmarks.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What a cache line costs whose address follows from the one before: random reads over one mapped file. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class DependentReadBenchmark {
    private static final int LINE_LENGTH = 64;

    /** Length of the file. */
    @Param("1073741824")
    public int bytes;

    private UnsafeBuffer mapped = new UnsafeBuffer(0, 0);
    private long state;

    @Setup
    public void map() throws IOException {
        Path file = Files.createTempFile("dependent-reads", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(LINE_LENGTH * LINE_LENGTH);
            for (long written = 0; written < bytes; ) {
                written += channel.write(zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - written)));
            }
            mapped = new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes));
        } finally {
            Files.delete(file);
        }
    }

    @TearDown
    public void unmap() {
        IoUtil.unmap(mapped.byteBuffer());
    }

    @Benchmark
    public long line() {
        long lines = mapped.capacity() / LINE_LENGTH;
        int line = (int) (((state >>> 32) * lines) >>> 32);
        state = state * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL + mapped.getLong(line * LINE_LENGTH, LITTLE_ENDIAN);
        return state;
    }
}
