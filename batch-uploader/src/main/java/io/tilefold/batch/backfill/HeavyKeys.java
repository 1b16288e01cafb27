package io.tilefold.batch.backfill;

import io.tilefold.batch.Days;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;

/**
 * Keys with so many rows that one task would take longer than all others. Their time is cut into slices, each a pass of its own:
 *
 * <pre>
 *            slice 0            │       slice 1         │       slice 2
 *  rows      ···················│·······················│··········
 *            ├──── tiles, made where the rows are read ─►│
 *                               ├──────── tiles ────────►│
 *                               └ left rows and rows of the slice, and the tiles of the slices before it
 * </pre>
 *
 * A slice starts at a midnight. Every other key is in slice 0.
 */
final class HeavyKeys implements Serializable {
    private static final long serialVersionUID = 1;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    static final HeavyKeys NONE = new HeavyKeys(new long[0], new long[0]);

    private final long[] hashes;
    private final long[] startsMs;

    /**
     * @param hashes ascending
     * @param startsMs starts of the slices after the first, ascending
     */
    private HeavyKeys(long[] hashes, long[] startsMs) {
        this.hashes = hashes;
        this.startsMs = startsMs;
    }

    /**
     * Cuts into at most so many slices of equally many days.
     *
     * @param days of the left's moments, ascending
     */
    static HeavyKeys of(long[] hashes, List<LocalDate> days, int slicesMax) {
        int slices = Math.min(slicesMax, days.size());
        long[] starts = new long[Math.max(0, slices - 1)];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = Days.startMs(days.get((i + 1) * days.size() / slices));
        }
        long[] ascending = hashes.clone();
        Arrays.sort(ascending);
        return starts.length == 0 || hashes.length == 0 ? NONE : new HeavyKeys(ascending, starts);
    }

    boolean contains(long hash) {
        return hashes.length > 0 && Arrays.binarySearch(hashes, hash) >= 0;
    }

    int slices() {
        return startsMs.length + 1;
    }

    /** Start of a slice after the first. */
    long startMs(int slice) {
        return startsMs[slice - 1];
    }

    /** The slice of a heavy key that a moment lies in. */
    int slice(long momentMs) {
        int found = Arrays.binarySearch(startsMs, momentMs);
        return found < 0 ? -found - 1 : found + 1;
    }

    /** Where the shuffle brings a key's rows of a moment together: {@link SortedRow#HASH}. */
    long place(long hash, long momentMs) {
        return contains(hash) ? place(hash, slice(momentMs)) : hash;
    }

    long place(long hash, int slice) {
        return slice == 0 ? hash : (hash ^ slice) * MIX;
    }
}
