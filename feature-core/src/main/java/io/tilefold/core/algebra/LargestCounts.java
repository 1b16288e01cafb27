package io.tilefold.core.algebra;

import io.tilefold.core.value.ValueSink;
import org.agrona.DirectBuffer;

/**
 * Finishes {@link SortedCounts} as a map of the k largest counts, the smaller key where counts are equal. Two passes over the entries: one finds the
 * k-th largest count with a heap of k longs, kept per thread; one gives what is above it, and of what equals it the first ones.
 */
final class LargestCounts {
    private static final ThreadLocal<LargestCounts> SCRATCH = ThreadLocal.withInitial(LargestCounts::new);

    private long[] heap = new long[16];

    private LargestCounts() {}

    /** @param k 0: all */
    static void emit(DirectBuffer buffer, int blob, int length, int k, ValueSink sink) {
        int end = blob + length;
        int positive = 0;
        boolean negative = false;
        for (int entry = blob; entry < end; entry += SortedEntries.entryLength(buffer, entry)) {
            long count = SortedCounts.count(buffer, entry);
            positive += count > 0 ? 1 : 0;
            negative |= count < 0;
        }
        if (negative) {
            sink.stale();
        }
        if (positive == 0) {
            sink.nullValue();
        } else if (k == 0 || positive <= k) {
            emit(buffer, blob, end, positive, 1, positive, sink);
        } else {
            SCRATCH.get().emitLargest(buffer, blob, end, k, sink);
        }
    }

    private void emitLargest(DirectBuffer buffer, int blob, int end, int k, ValueSink sink) {
        if (heap.length < k) {
            heap = new long[k];
        }
        java.util.Arrays.fill(heap, 0, k, 0);
        for (int entry = blob; entry < end; entry += SortedEntries.entryLength(buffer, entry)) {
            long count = SortedCounts.count(buffer, entry);
            if (count > heap[0]) {
                replaceLeast(k, count);
            }
        }
        long least = heap[0];
        int equal = 0;
        for (int i = 0; i < k; i++) {
            equal += heap[i] == least ? 1 : 0;
        }
        emit(buffer, blob, end, k, least, equal, sink);
    }

    /** Puts a count in the place of the smallest of the heap. */
    private void replaceLeast(int size, long count) {
        int parent = 0;
        int child = 1;
        while (child < size) {
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (count <= heap[child]) {
                break;
            }
            heap[parent] = heap[child];
            parent = child;
            child = 2 * parent + 1;
        }
        heap[parent] = count;
    }

    /**
     * @param least the smallest count shown
     * @param equal how many with just this count are shown
     */
    private static void emit(DirectBuffer buffer, int blob, int end, int size, long least, int equal, ValueSink sink) {
        sink.mapValue(size);
        int left = equal;
        for (int entry = blob; entry < end; entry += SortedEntries.entryLength(buffer, entry)) {
            long count = SortedCounts.count(buffer, entry);
            if (count > least || (count == least && left-- > 0)) {
                sink.bytesValue(buffer, entry + SortedEntries.KEY_OFFSET, SortedEntries.keyLength(buffer, entry));
                sink.longValue(count);
            }
        }
    }
}
