package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import org.agrona.DirectBuffer;

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
        public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {}

        @Override
        public boolean holdsFrom(long q) {
            return false;
        }
    };

    /** Takes one tile; its bytes are valid during the call. */
    @FunctionalInterface
    interface TileVisitor {
        void tile(Hop hop, long startMs, DirectBuffer buffer, int tile);
    }

    boolean isEmpty();

    /** In place of a range's start: all rows of mutations, whatever their time. */
    long ALL_OF_HISTORY = Long.MIN_VALUE;

    /** Merges all events with {@code fromMs <= ts < toMs}; both lie on the 5-minute grid. */
    void mergeRange(long fromMs, long toMs, TileBuffer into);

    /** Merges all rows of mutations, whatever their time; nothing of events, which {@link #mergeRange} has. */
    default void mergeAllRows(TileBuffer into) {}

    /** Shows the tiles that {@link #mergeRange} would merge, from {@link #ALL_OF_HISTORY} those of {@link #mergeAllRows}; for explanations. */
    void forEachTile(long fromMs, long toMs, TileVisitor visitor);

    /** True if what a fold at {@code q} takes holds an event with {@code ts >= q}: off the 5-minute grid its head may. */
    boolean holdsFrom(long q);
}
