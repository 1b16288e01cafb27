package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;

/** The live tiles of one key, as the fold reads them. */
public interface LiveTiles {
    /** A key without live events. */
    LiveTiles NONE = new LiveTiles() {
        @Override
        public boolean isEmpty() {
            return true;
        }

        @Override
        public void mergeRange(long fromMs, long toMs, TileBuffer into) {}

        @Override
        public boolean holdsFrom(long q) {
            return false;
        }
    };

    boolean isEmpty();

    /** Merges all events with {@code fromMs <= ts < toMs}; both lie on the 5-minute grid. */
    void mergeRange(long fromMs, long toMs, TileBuffer into);

    /** True if the 5-minute tile that contains {@code q} holds an event with {@code ts >= q}. */
    boolean holdsFrom(long q);
}
