package io.tilefold.store;

import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import org.agrona.DirectBuffer;

/** Reads the keys of one GroupBy of one view. Confined to one thread; reused without allocation once grown. */
public final class KeyReader {
    KeyReader() {}

    /**
     * Reads a key and folds its windows at {@code q}: the way to serve. Copies only the tiles that the windows at {@code q} need, so a key with
     * weeks of tiles costs what its windows cost. On {@code FOUND} and {@code KEY_FULL} {@code fold.emit} gives the values.
     *
     * @param hash {@link io.tilefold.core.key.KeyHash} of the key
     * @param q not before the view's batch end
     * @throws IllegalStateException if the GroupBy has no version
     */
    public ReadResult fold(DirectBuffer key, int offset, int length, long hash, long q, WindowFold fold) {
        return Skeleton.pending();
    }

    /** Reads a key with all of its live tiles, however many: for tools and tests; serving uses {@link #fold}. */
    public ReadResult read(DirectBuffer key, int offset, int length, long hash) {
        return Skeleton.pending();
    }

    /** The base record last read, empty if there is none; valid until the next read. */
    public BaseRecord base() {
        return Skeleton.pending();
    }

    /** A consistent private copy of the live tiles last read; after {@link #fold} those the windows needed. Valid until the next read. */
    public LiveTiles live() {
        return Skeleton.pending();
    }
}
