package io.tilefold.benchmarks.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.value.FlatRow;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Each operation alone: an event taken by a state that has seen many, a tile merged as one of a fold of {@value OperationTiles#TILES}, the folded state
 * finished; and beside each its floor, a plain loop over the same bytes: the words of a row added to each word of a state's fixed part, the words of
 * every tile added to as many of scratch, the words of the folded tile added up.
 *
 * <pre>
 * benchmarks/bench OperationBenchmark -f 1 -wi 3 -i 3 -w 200ms -r 200ms -prof gc
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class OperationBenchmark {
    @Param({
        "count:long",
        "sum:long",
        "sum:double",
        "average:double",
        "variance:double",
        "skew:double",
        "kurtosis:double",
        "min:double",
        "max:string",
        "first:long",
        "last:long",
        "first_k:long",
        "last_k:long",
        "last_k:string",
        "top_k:long",
        "bottom_k:double",
        "unique_count:long",
        "unique_count:string",
        "bounded_unique_count:long",
        "approx_unique_count:long",
        "approx_percentile:double",
        "histogram:string",
        "approx_histogram_k:long",
        "approx_histogram_k:string",
    })
    public String operation = "count:long";

    private OperationTiles tiles = new OperationTiles(operation);
    private TileBuffer updated = new TileBuffer(tiles.layout);
    private TileBuffer folded = new TileBuffer(tiles.layout);
    private final ConsumingSink sink = new ConsumingSink();
    private final long[] scratch = new long[1 << 13];
    private int event;

    @Setup
    public void fill() {
        tiles = new OperationTiles(operation);
        updated = new TileBuffer(tiles.layout);
        folded = new TileBuffer(tiles.layout);
        for (int i = 0; i < OperationTiles.ROWS; i++) {
            update();
        }
        merge();
    }

    @Benchmark
    public TileBuffer update() {
        updated.update(tiles.rows[event % OperationTiles.ROWS], event);
        event++;
        return updated;
    }

    @Benchmark
    public long[] updateFloor() {
        FlatRow row = tiles.rows[event++ % OperationTiles.ROWS];
        long term = words(row.buffer(), 0, row.length());
        for (int at = TileLayout.HEADER_LENGTH; at < tiles.layout.fixedEnd(); at += Long.BYTES) {
            scratch[at >>> 3] += term;
        }
        return scratch;
    }

    @Benchmark
    @OperationsPerInvocation(OperationTiles.TILES)
    public TileBuffer merge() {
        folded.reset();
        folded.merge(tiles.relist());
        return folded;
    }

    @Benchmark
    @OperationsPerInvocation(OperationTiles.TILES)
    public long[] mergeFloor() {
        UnsafeBuffer buffer = tiles.buffer;
        for (int tile = 0; tile < tiles.length; ) {
            int length = buffer.getInt(tile, LITTLE_ENDIAN);
            for (int at = 0; at < length; at += Long.BYTES) {
                scratch[at >>> 3] += buffer.getLong(tile + at, LITTLE_ENDIAN);
            }
            tile += length;
        }
        return scratch;
    }

    @Benchmark
    public long finish() {
        folded.finish(sink);
        return sink.taken();
    }

    @Benchmark
    public long finishFloor() {
        return words(folded.encoded(), TileLayout.HEADER_LENGTH, folded.compactLength());
    }

    private static long words(DirectBuffer buffer, int from, int to) {
        long sum = 0;
        for (int at = from; at < to; at += Long.BYTES) {
            sum += buffer.getLong(at, LITTLE_ENDIAN);
        }
        return sum;
    }
}
