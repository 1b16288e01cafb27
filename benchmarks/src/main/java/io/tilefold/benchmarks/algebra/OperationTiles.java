package io.tilefold.benchmarks.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.algebra.TileList;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One operation over one column: {@value #ROWS} rows of {@value #DISTINCT} distinct values, and {@value #TILES} tiles of {@value #EVENTS} of them each, one behind
 * the other outside of the heap.
 */
final class OperationTiles {
    static final int TILES = 30;
    static final int ROWS = 1024;
    private static final int DISTINCT = 200;
    private static final int EVENTS = 16;

    private static final List<OperationArgs> ARGS = List.of(
            OperationArgs.k(5),
            OperationArgs.k(8),
            OperationArgs.NONE,
            new OperationArgs(OptionalInt.empty(), List.of(0.5, 0.9, 0.99), OptionalInt.empty()));

    final TileLayout layout;
    final FlatRow[] rows = new FlatRow[ROWS];
    final TileList list = new TileList();
    final UnsafeBuffer buffer;
    final int length;

    /** @param subject an operation and a type, as {@code "sum:double"} */
    OperationTiles(String subject) {
        String[] parts = subject.split(":", 2);
        Operation operation = Operations.find(parts[0]).orElseThrow();
        ValueType type = Scalar.valueOf(parts[1].toUpperCase(Locale.ROOT));
        OperationArgs args = ARGS.stream()
                .filter(candidate -> operation.problemWith(candidate).isEmpty())
                .findFirst()
                .orElseThrow();
        layout = new TileLayout(List.of(operation.accumulator(type, args, false)), List.of(0));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ROWS; i++) {
            rows[i] = row(type, random.nextInt(DISTINCT));
        }
        byte[][] tiles = new byte[TILES][];
        int total = 0;
        for (int i = 0; i < TILES; i++) {
            tiles[i] = tile(i);
            total += tiles[i].length;
        }
        length = total;
        buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(total));
        int at = 0;
        for (byte[] tile : tiles) {
            buffer.putBytes(at, tile);
            at += tile.length;
        }
        relist();
    }

    private static FlatRow row(ValueType type, int value) {
        FlatRowWriter writer = new FlatRowWriter(1);
        if (type.isBytes()) {
            writer.putString(0, "airport %03d".formatted(value));
        } else if (type.isFloating()) {
            writer.putDouble(0, value * 1.25 - 100);
        } else {
            writer.putLong(0, value * 7L - 500);
        }
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, 1);
    }

    private byte[] tile(int index) {
        TileBuffer tile = new TileBuffer(layout);
        for (int event = 0; event < EVENTS; event++) {
            tile.update(rows[(index * EVENTS + event) % ROWS], event);
        }
        byte[] bytes = new byte[tile.compactLength()];
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    /** Lists the tiles anew, as a reader does for each fold. */
    TileList relist() {
        list.wrap(buffer);
        for (int at = 0; at < length; at += buffer.getInt(at + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN)) {
            list.add(at);
        }
        return list;
    }
}
