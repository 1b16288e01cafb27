package io.tilefold.benchmarks.algebra;

import io.tilefold.core.algebra.Accumulator;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What one answer folds: runs of {@value #TILES} tiles of {@value #ACCUMULATORS} numeric accumulators, count, sum, average, min and max of two
 * integer and two double columns. Each tile has 16 events. Outside of the heap, as mapped memory is; small enough for the caches, so that
 * arithmetic and calls are measured.
 */
final class NumericTiles {
    static final int TILES = 30;
    static final int ACCUMULATORS = 20;
    static final int KEYS = 32;

    private static final int EVENTS = 16;
    private static final List<Scalar> COLUMNS = List.of(Scalar.LONG, Scalar.INT, Scalar.DOUBLE, Scalar.FLOAT);
    private static final List<String> OPERATIONS = List.of("count", "sum", "average", "min", "max");

    final TileLayout layout;
    final ByteBuffer bytes;
    final UnsafeBuffer buffer;

    NumericTiles() {
        List<Accumulator> states = new ArrayList<>();
        List<Integer> inputs = new ArrayList<>();
        for (String operation : OPERATIONS) {
            for (int column = 0; column < COLUMNS.size(); column++) {
                ValueType type = COLUMNS.get(column);
                states.add(Operations.find(operation).orElseThrow().accumulator(type, OperationArgs.NONE, false));
                inputs.add(column);
            }
        }
        layout = new TileLayout(states, inputs);
        bytes = ByteBuffer.allocateDirect(KEYS * TILES * layout.fixedEnd()).order(ByteOrder.LITTLE_ENDIAN);
        buffer = new UnsafeBuffer(bytes);
        fill();
    }

    private void fill() {
        SplittableRandom random = new SplittableRandom(1);
        FlatRowWriter writer = new FlatRowWriter(COLUMNS.size());
        FlatRow row = new FlatRow();
        TileBuffer tile = new TileBuffer(layout);
        for (int i = 0; i < KEYS * TILES; i++) {
            tile.reset();
            for (int event = 0; event < EVENTS; event++) {
                writer.reset();
                for (int column = 0; column < COLUMNS.size(); column++) {
                    if (COLUMNS.get(column).isFloating()) {
                        writer.putDouble(column, random.nextDouble(-1000, 1000));
                    } else {
                        writer.putLong(column, random.nextLong(-1000, 1000));
                    }
                }
                int length = writer.finish();
                tile.update(row.wrap(writer.buffer(), 0, length, COLUMNS.size()), event);
            }
            tile.writeTo(buffer, i * layout.fixedEnd());
        }
    }

    /** Offset of a tile. */
    int tile(int key, int index) {
        return (key * TILES + index) * layout.fixedEnd();
    }

    /** Offsets, from a tile's start, of an operation's states over the integer or the double columns. */
    int[] offsets(String operation, boolean floating) {
        int first = OPERATIONS.indexOf(operation) * COLUMNS.size() + (floating ? 2 : 0);
        return new int[] {layout.offset(first), layout.offset(first + 1)};
    }
}
