package io.tilefold.core.value;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Puts the entries of one map, a flat row of keys and values in turn, in order of their keys. Reused without allocation. */
final class MapEntries {
    private int[] order = new int[16];
    private int[] spare = new int[16];
    private DirectBuffer buffer = new UnsafeBuffer(0, 0);
    private int row;
    private int slots;

    MapEntries wrap(DirectBuffer source, int rowOffset, int count) {
        buffer = source;
        row = rowOffset;
        slots = rowOffset + RowLayout.slotOffset(2 * count, 0);
        for (int i = 0; i < count; i++) {
            if (RowBytes.isNull(source, rowOffset, 2 * i)) {
                throw new IllegalArgumentException("key " + i + " of a map is null");
            }
        }
        return this;
    }

    boolean isAscending(int count) {
        for (int i = 1; i < count; i++) {
            if (compare(i - 1, i) >= 0) {
                return false;
            }
        }
        return true;
    }

    /** Sorts; of equal keys the last stays. Returns how many entries there are now: {@link #entry} says which. */
    int sort(int count) {
        if (order.length < count) {
            order = new int[Math.max(count, 2 * order.length)];
            spare = new int[order.length];
        }
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        for (int run = 1; run < count; run *= 2) {
            for (int from = 0; from < count; from += 2 * run) {
                merge(from, Math.min(from + run, count), Math.min(from + 2 * run, count));
            }
            int[] merged = spare;
            spare = order;
            order = merged;
        }
        return dropRepeated(count);
    }

    /** Where the i-th entry by key was written. */
    int entry(int i) {
        return order[i];
    }

    private void merge(int from, int middle, int to) {
        int a = from;
        int b = middle;
        for (int at = from; at < to; at++) {
            boolean first = b == to || (a < middle && compare(order[a], order[b]) <= 0);
            spare[at] = first ? order[a++] : order[b++];
        }
    }

    private int dropRepeated(int count) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i + 1 == count || compare(order[i], order[i + 1]) != 0) {
                order[kept++] = order[i];
            }
        }
        return kept;
    }

    private int compare(int a, int b) {
        int aSlot = slots + 2 * a * RowLayout.SLOT_LENGTH;
        int bSlot = slots + 2 * b * RowLayout.SLOT_LENGTH;
        return UnsignedBytes.compare(
                buffer,
                row + buffer.getInt(aSlot, LITTLE_ENDIAN),
                buffer.getInt(aSlot + Integer.BYTES, LITTLE_ENDIAN),
                buffer,
                row + buffer.getInt(bSlot, LITTLE_ENDIAN),
                buffer.getInt(bSlot + Integer.BYTES, LITTLE_ENDIAN));
    }
}
