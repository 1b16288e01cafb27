package io.tilefold.core.plan;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of one key in one day partition as tiles that {@link BaseRecordBuilder} takes in their place, for the batch end they are made for and every
 * later one: a row's hop is the finest at which a suffix may still begin. Reused from key to key; confined to one thread. Memory: two tiles.
 *
 * <p>The older a row, the coarser the hops that windows begin at. So rows near the batch end come out twice, in {@link Grain#FINE} pieces and in {@link
 * Grain#COARSE} tiles of the longest hop; what is that old already comes out once, for {@link Grain#BOTH}. A reader takes either BOTH and COARSE, where {@link
 * Grid#isCoarseEnough} says so, or BOTH and FINE.
 */
public final class PartitionTiles {
    private final Grid grid;
    private final Visitor visitor;
    private final GrowingTile coarse;
    private final GrowingTile piece;
    private long lastTimeMs;
    private long coarseStartMs;
    private long coarseRows;
    private boolean isCut;
    private long pieceStartMs;
    private long pieceRows;

    /** For which readers a tile is. */
    public enum Grain {
        BOTH,
        COARSE,
        FINE
    }

    /** Takes tiles, each of them good until it returns. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * @param startMs of the tile's hop
         * @param rows that the tile is of
         */
        void tile(Grain grain, long startMs, long rows, TileBuffer tile);
    }

    /** The hops at which suffixes of a batch end may begin. Immutable. */
    public static final class Grid {
        /** Times beyond these have no hop of their own. */
        private static final long LEAST_MS = Long.MIN_VALUE + Hop.DAY.lengthMs();

        private static final long MOST_MS = Long.MAX_VALUE - 2 * Hop.DAY.lengthMs();

        private final Hop coarsest;
        private final List<Level> finer = new ArrayList<>();

        private record Level(Hop hop, long reachMs) {}

        public Grid(GroupByPlan plan, long batchEndMs) {
            List<Window> bounded = plan.windows().stream()
                    .filter(window -> !window.isUnbounded())
                    .toList();
            coarsest = plan.hasUnbounded()
                    ? Hop.DAY
                    : bounded.stream()
                            .map(Window::hop)
                            .min(Comparator.naturalOrder())
                            .orElse(Hop.DAY);
            for (Hop hop : Hop.values()) {
                bounded.stream()
                        .filter(window -> window.hop() == hop && hop != coarsest)
                        .mapToLong(window -> window.tail(batchEndMs))
                        .min()
                        .ifPresent(reachMs -> finer.add(0, new Level(hop, reachMs))); // finest first
            }
        }

        /** True if rows up to this time, and all older ones, may be taken by tiles of the longest hop. */
        public boolean isCoarseEnough(long newestMs) {
            long endMs = coarseStartMs(newestMs) + coarsest.lengthMs();
            return finer.stream().allMatch(level -> endMs <= level.reachMs());
        }

        private long coarseStartMs(long timeMs) {
            return coarsest.floor(Math.min(Math.max(timeMs, LEAST_MS), MOST_MS));
        }

        /** Start of the finest hop at which a suffix may begin at a row's time. */
        long startMs(long timeMs) {
            for (Level level : finer) {
                if (timeMs >= level.reachMs()) {
                    return level.hop().floor(Math.min(timeMs, MOST_MS));
                }
            }
            return coarseStartMs(timeMs);
        }
    }

    public PartitionTiles(GroupByPlan plan, Grid grid, Visitor visitor) {
        this.grid = grid;
        this.visitor = visitor;
        this.coarse = new GrowingTile(plan.tiles());
        this.piece = new GrowingTile(plan.tiles());
    }

    /** Starts the next key; {@link #finish} was called for the one before. */
    public void start() {
        lastTimeMs = Long.MAX_VALUE;
        coarseRows = 0;
        pieceRows = 0;
    }

    /**
     * Takes the next older row (or one of equal time).
     *
     * @throws IllegalArgumentException if the row is newer than the one before it
     */
    public void add(FlatRow row, long timeMs) {
        count(timeMs);
        (isCut ? piece : coarse).update(row, timeMs);
    }

    /** As {@link #add} of a row that no state takes anything from: it is counted alone. */
    public void count(long timeMs) {
        if (timeMs > lastTimeMs) {
            throw new IllegalArgumentException(
                    "row at " + timeMs + " ms after one at " + lastTimeMs + " ms: rows come newest first");
        }
        lastTimeMs = timeMs;
        if (coarseRows == 0 || timeMs < coarseStartMs) {
            close();
            coarseStartMs = grid.coarseStartMs(timeMs);
            isCut = !grid.isCoarseEnough(timeMs);
            coarse.reset();
        }
        coarseRows++;
        if (isCut) {
            if (pieceRows == 0 || timeMs < pieceStartMs) {
                closePiece();
                pieceStartMs = grid.startMs(timeMs);
                piece.reset();
            }
            pieceRows++;
        }
    }

    /** Gives what is left of the key's tiles. */
    public void finish() {
        close();
    }

    private void close() {
        if (coarseRows > 0) {
            closePiece();
            visitor.tile(isCut ? Grain.COARSE : Grain.BOTH, coarseStartMs, coarseRows, coarse.tile());
            coarseRows = 0;
        }
    }

    private void closePiece() {
        if (pieceRows > 0) {
            visitor.tile(Grain.FINE, pieceStartMs, pieceRows, piece.tile());
            coarse.merge(piece.tile());
            pieceRows = 0;
        }
    }
}
