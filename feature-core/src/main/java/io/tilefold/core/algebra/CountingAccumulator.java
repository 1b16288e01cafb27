package io.tilefold.core.algebra;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** What every accumulator over one column does: passes nulls by, keeps the number of inputs, finishes 0 inputs as null. */
abstract class CountingAccumulator extends Accumulator {
    /** Index of the input in the row. */
    final int column;

    CountingAccumulator(int column) {
        this.column = column;
    }

    @Override
    public final void update(TileBuffer tile, int at, FlatRow row, long timeMs) {
        if (row.isNull(column)) {
            return;
        }
        UnsafeBuffer buffer = tile.buffer();
        long count = buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        buffer.putLong(at + COUNT_OFFSET, count + 1, LITTLE_ENDIAN);
        add(tile, at, count, row, timeMs);
    }

    @Override
    public final void merge(TileBuffer into, int at, DirectBuffer from, int tile, int fromAt) {
        long added = from.getLong(fromAt + COUNT_OFFSET, LITTLE_ENDIAN);
        if (added == 0) {
            return;
        }
        UnsafeBuffer buffer = into.buffer();
        long count = buffer.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        buffer.putLong(at + COUNT_OFFSET, count + added, LITTLE_ENDIAN);
        addState(into, at, count, from, tile, fromAt);
    }

    @Override
    public final void finish(DirectBuffer from, int tile, int at, ValueSink sink) {
        long count = from.getLong(at + COUNT_OFFSET, LITTLE_ENDIAN);
        if (count <= 0) {
            sink.nullValue();
        } else {
            value(from, tile, at, count, sink);
        }
    }

    /** Adds a non-null input; the count is kept already. */
    abstract void add(TileBuffer tile, int at, long countBefore, FlatRow row, long timeMs);

    /** Adds a state with inputs; the count is kept already. */
    abstract void addState(TileBuffer into, int at, long countBefore, DirectBuffer from, int tile, int fromAt);

    /** Gives the value of a state with inputs. */
    abstract void value(DirectBuffer from, int tile, int at, long count, ValueSink sink);
}
