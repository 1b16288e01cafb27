package io.tilefold.core.algebra;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * One state per index of the lists: index i takes the non-null i-th elements. The value is a list that ends at the last index with an input
 * and is null where an index has none. The key of an entry is its index, big-endian, so that entries are in its order.
 */
final class ElementWise extends KeyedStates {
    /** More elements than a list has that anybody asks for; with one further back the state is OVERFLOW. */
    private static final int MAX_SIZE = 1 << 20;

    ElementWise(Accumulator state, int blobBound) {
        super(state, blobBound);
    }

    @Override
    void change(TileBuffer tile, int at, FlatRow row, int column, long timeMs, int sign) {
        if (row.isNull(column)) {
            return;
        }
        FlatRow elements = row.wrapList(column, tile.elements());
        MutableDirectBuffer key = tile.indexKey();
        for (int i = 0; i < elements.columns(); i++) {
            if (i >= MAX_SIZE && !elements.isNull(i)) {
                overflow(tile, at);
            }
            key.putInt(0, i, BIG_ENDIAN);
            changeKey(tile, at, key, 0, Integer.BYTES, elements, i, timeMs, sign);
        }
    }

    @Override
    void value(DirectBuffer from, int entries, int end, ValueSink sink) {
        int size = 0;
        for (int entry = entries; entry < end; entry += SortedEntries.entryLength(from, entry)) {
            long inputs = inputs(from, entry);
            if (inputs > 0) {
                size = index(from, entry) + 1;
                require(size > 0 && size <= MAX_SIZE, entry, entry + SortedEntries.KEY_OFFSET, "impossible index");
            } else if (inputs < 0) {
                sink.stale();
            }
        }
        if (size == 0) {
            sink.nullValue();
            return;
        }
        sink.listValue(size);
        int next = 0;
        for (int entry = entries; entry < end && next < size; entry += SortedEntries.entryLength(from, entry)) {
            if (inputs(from, entry) > 0) {
                for (; next < index(from, entry); next++) {
                    sink.nullValue();
                }
                emit(from, entry, sink);
                next++;
            }
        }
    }

    @Override
    void checkKey(DirectBuffer from, int tile, int entry) {
        require(SortedEntries.keyLength(from, entry) == Integer.BYTES, tile, entry, "a key that is no index");
        int index = index(from, entry);
        require(index >= 0 && index < MAX_SIZE, tile, entry + SortedEntries.KEY_OFFSET, "impossible index");
    }

    private static int index(DirectBuffer from, int entry) {
        return from.getInt(entry + SortedEntries.KEY_OFFSET, BIG_ENDIAN);
    }
}
