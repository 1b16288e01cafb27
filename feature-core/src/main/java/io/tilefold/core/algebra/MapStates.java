package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/** Keyed states whose value is a map, sorted by the keys' bytes; an entry without inputs is not in it. */
abstract class MapStates extends KeyedStates {
    MapStates(Accumulator state, int blobBound) {
        super(state, blobBound);
    }

    @Override
    final void value(DirectBuffer from, int entries, int end, ValueSink sink) {
        int size = 0;
        for (int entry = entries; entry < end; entry += SortedEntries.entryLength(from, entry)) {
            long inputs = inputs(from, entry);
            if (inputs > 0) {
                size++;
            } else if (inputs < 0) {
                sink.stale();
            }
        }
        if (size == 0) {
            sink.nullValue();
            return;
        }
        sink.mapValue(size);
        for (int entry = entries; entry < end; entry += SortedEntries.entryLength(from, entry)) {
            if (inputs(from, entry) > 0) {
                sink.bytesValue(from, entry + SortedEntries.KEY_OFFSET, SortedEntries.keyLength(from, entry));
                emit(from, entry, sink);
            }
        }
    }
}
