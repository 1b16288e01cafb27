package io.tilefold.benchmarks.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileList;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.time.Hop;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What base does not keep (decision 0002): one tile for each non-empty hop, which a fold merges from the batch end back to its tail. The most compact record of
 * that kind: in it nothing is said twice.
 *
 * <pre>
 *   0             4                                       newest first
 *  +-------------+------------------------------------+--------------------+
 *  | hops = N    | N starts in five minutes, int, pad | N tiles, fixed     |
 *  +-------------+------------------------------------+--------------------+
 * </pre>
 */
final class HopTiles implements LiveTiles {
    private static final int STARTS_OFFSET = Integer.BYTES;
    private static final int TILE_LENGTH = CountsGroupBy.plan().tiles().fixedEnd();

    private final Population population;
    private final TileBuffer tile = new TileBuffer(CountsGroupBy.plan().tiles());
    private final TileList covering = new TileList();
    private final TileVisitor addToCovering = (hop, startMs, memory, at) -> covering.add(at);
    private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private int record;

    HopTiles(Population population) {
        this.population = population;
    }

    /** Writes the record of a key. Returns its length. */
    int write(long number, UnsafeBuffer into, int offset) {
        int hops = population.select(number);
        into.putInt(offset, hops, LITTLE_ENDIAN);
        int tiles = offset + tilesOffset(hops);
        for (int i = 0; i < hops; i++) {
            long timeMs = population.timeMs(i);
            into.putInt(offset + STARTS_OFFSET + i * Integer.BYTES, startOf(timeMs), LITTLE_ENDIAN);
            tile.reset().update(population.row(), timeMs);
            tile.writeTo(into, tiles + i * TILE_LENGTH);
        }
        return tilesOffset(hops) + hops * TILE_LENGTH;
    }

    /** Start of the hop in which an event of this time is kept apart, in five minutes. */
    private static int startOf(long timeMs) {
        return Hop.FIVE_MINUTES.indexOf(hopOf(timeMs).floor(timeMs));
    }

    private static Hop hopOf(long timeMs) {
        long ageMs = Population.BATCH_END_MS - timeMs;
        return ageMs <= Hop.HOUR.lengthMs() ? Hop.FIVE_MINUTES : ageMs <= 7 * Hop.DAY.lengthMs() ? Hop.HOUR : Hop.DAY;
    }

    private static int tilesOffset(int hops) {
        return (STARTS_OFFSET + hops * Integer.BYTES + 7) & -8;
    }

    HopTiles wrap(UnsafeBuffer source, int offset) {
        buffer = source;
        record = offset;
        return this;
    }

    @Override
    public boolean isEmpty() {
        return false;
    }

    @Override
    public void mergeRange(long fromMs, long toMs, TileBuffer into) {
        covering.wrap(buffer);
        forEachTile(fromMs, toMs, addToCovering);
        into.merge(covering);
    }

    @Override
    public void forEachTile(long fromMs, long toMs, TileVisitor visitor) {
        int hops = buffer.getInt(record, LITTLE_ENDIAN);
        int tiles = record + tilesOffset(hops);
        int from = Hop.FIVE_MINUTES.indexOf(fromMs);
        int to = Hop.FIVE_MINUTES.indexOf(toMs);
        for (int i = 0; i < hops; i++) {
            int start = buffer.getInt(record + STARTS_OFFSET + i * Integer.BYTES, LITTLE_ENDIAN);
            if (start < from) {
                break;
            }
            if (start < to) {
                long startMs = start * Hop.FIVE_MINUTES.lengthMs();
                visitor.tile(hopOf(startMs), startMs, buffer, tiles + i * TILE_LENGTH);
            }
        }
    }

    @Override
    public boolean holdsFrom(long q) {
        return false;
    }
}
