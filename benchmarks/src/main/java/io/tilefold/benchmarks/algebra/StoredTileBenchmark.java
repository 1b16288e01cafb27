package io.tilefold.benchmarks.algebra;

import io.tilefold.core.algebra.TileBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What states with blobs cost where a tile is read and written for one event, as live does for each hop size: the tile of {@value
 * OperationTiles#ROWS} events loaded, updated with one more, written; loaded and merged into another one; the same copy alone, as the floor. Sketches
 * decode and encode here, which they do not in a run of events ({@link OperationBenchmark}).
 *
 * <pre>
 * benchmarks/bench StoredTileBenchmark -f 1 -wi 3 -i 3 -w 200ms -r 200ms -prof gc
 * </pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class StoredTileBenchmark {
    @Param({
        "approx_unique_count:long",
        "approx_percentile:double",
        "approx_histogram_k:long",
        "approx_histogram_k:string",
        "unique_count:long",
        "histogram:string",
    })
    public String operation = "approx_unique_count:long";

    private OperationTiles tiles = new OperationTiles(operation);
    private TileBuffer tile = new TileBuffer(tiles.layout);
    private UnsafeBuffer stored = new UnsafeBuffer(0, 0);
    private UnsafeBuffer written = new UnsafeBuffer(0, 0);
    private int event;

    @Setup
    public void fill() {
        tiles = new OperationTiles(operation);
        tile = new TileBuffer(tiles.layout);
        for (int i = 0; i < OperationTiles.ROWS; i++) {
            tile.update(tiles.rows[i], i);
        }
        stored = new UnsafeBuffer(new byte[tile.compactLength()]);
        tile.writeTo(stored, 0);
        written = new UnsafeBuffer(new byte[2 * stored.capacity() + 1024]);
    }

    @Benchmark
    public int update() {
        tile.load(stored, 0).update(tiles.rows[event++ % OperationTiles.ROWS], event);
        return tile.writeTo(written, 0);
    }

    @Benchmark
    public int merge() {
        tile.load(stored, 0).merge(stored, 0);
        return tile.writeTo(written, 0);
    }

    @Benchmark
    public int copyFloor() {
        return tile.load(stored, 0).writeTo(written, 0);
    }
}
