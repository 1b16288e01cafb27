package io.tilefold.benchmarks.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The fold that serving does, {@value NumericTiles#TILES} tiles × {@value NumericTiles#ACCUMULATORS} accumulators, beside its floors: loops written by
 * hand for these very tiles that do the same adds over the same bytes, through Agrona's buffers and through ByteBuffer.
 *
 * <pre>
 * benchmarks/bench FoldBenchmark -f 1 -wi 5 -i 5 -w 300ms -r 300ms -prof gc
 * BENCH_JAVA_OPTS=-Dagrona.disable.bounds.checks=true benchmarks/bench FoldBenchmark ...
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FoldBenchmark {
    private NumericTiles tiles = new NumericTiles();
    private final TileBuffer into = new TileBuffer(tiles.layout);
    private final TileList list = new TileList();
    private final NumericFloor floor = new NumericFloor(tiles);
    private final UnsafeBuffer sums = new UnsafeBuffer(new byte[tiles.layout.fixedEnd()]);
    private final ByteBuffer sumBytes =
            ByteBuffer.allocate(tiles.layout.fixedEnd()).order(ByteOrder.LITTLE_ENDIAN);
    private int key;

    @Setup
    public void check() {
        into.reset();
        mergeOneByOne(0);
        byte[] oneByOne = new byte[tiles.layout.fixedEnd()];
        into.writeTo(new UnsafeBuffer(oneByOne), 0);
        into.reset();
        mergeTogether(0);
        byte[] together = new byte[tiles.layout.fixedEnd()];
        into.writeTo(new UnsafeBuffer(together), 0);
        if (!Arrays.equals(oneByOne, together)) {
            throw new AssertionError("the two ways to merge differ");
        }
        floor.fold(tiles.buffer, tiles.tile(0, 0), sums);
        floor.fold(tiles.bytes, tiles.tile(0, 0), sumBytes);
        for (int at = 8; at < tiles.layout.fixedEnd(); at += Long.BYTES) {
            long expected = into.encoded().getLong(at, LITTLE_ENDIAN);
            if (expected != sums.getLong(at, LITTLE_ENDIAN) || expected != sumBytes.getLong(at)) {
                throw new AssertionError("the floors fold something else, at " + at);
            }
        }
    }

    /** As the store folds: state by state, each over all tiles. */
    @Benchmark
    public TileBuffer accumulators() {
        into.reset();
        mergeTogether(next());
        return into;
    }

    private void mergeTogether(int ofKey) {
        list.wrap(tiles.buffer);
        for (int i = 0; i < NumericTiles.TILES; i++) {
            list.add(tiles.tile(ofKey, i));
        }
        into.merge(list);
    }

    /** Tile by tile, each over all states. */
    @Benchmark
    public TileBuffer accumulatorsTileByTile() {
        into.reset();
        mergeOneByOne(next());
        return into;
    }

    private void mergeOneByOne(int ofKey) {
        for (int i = 0; i < NumericTiles.TILES; i++) {
            into.merge(tiles.buffer, tiles.tile(ofKey, i));
        }
    }

    @Benchmark
    public UnsafeBuffer floor() {
        floor.fold(tiles.buffer, tiles.tile(next(), 0), sums);
        return sums;
    }

    @Benchmark
    public ByteBuffer floorOfByteBuffer() {
        floor.fold(tiles.bytes, tiles.tile(next(), 0), sumBytes);
        return sumBytes;
    }

    private int next() {
        key = (key + 1) % NumericTiles.KEYS;
        return key;
    }
}
