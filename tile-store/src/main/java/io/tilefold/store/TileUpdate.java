package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.FlatRow;
import java.util.Arrays;

/**
 * One event on its way into the tiles it belongs to, one for each hop size the GroupBy keeps ({@link #event}), or, of a mutation's row, into the tile of its day's rows
 * whatever their time ({@link #anyTime}). First all is worked out beside the record ({@link #prepare}: what may fail fails here), then written ({@link #write}: copies and arithmetic alone, while the record's sequence is odd).
 * Sizes are taken from fine to coarse, since a coarse entry may borrow a finer one's tile. Reused; writer's thread only.
 */
final class TileUpdate {
    private static final Hop[] HOPS = LiveRecord.HOPS;

    private static final long FIVE_MINUTES_MS = 300_000;
    private static final int FIVES_PER_HOUR = 12;
    private static final int HOURS_PER_DAY = 24;

    private static final int NONE = -1;
    private static final int[] ALL_ROWS = {Hop.FIVE_MINUTES.ordinal()};

    /** What an event does to its tiles. */
    enum Change {
        ADD,
        TAKE_BACK
    }

    /** What happens to the tile of one hop size. */
    private enum Effect {
        /** The entry's own tile takes the event where it is. */
        IN_PLACE,
        /** The entry's own tile has become longer than its space. */
        GROWN,
        /** The hop's first event. */
        FIRST,
        /** The entry has borrowed a tile, and this event lies in another finer hop: it gets a tile of its own. */
        SPLIT,
        /** The entry borrows the tile of the finer entry, before and after. */
        BORROWS,
        /** A new entry that borrows the tile of the finer entry, new as well. */
        FIRST_BORROWS
    }

    private final TileLayout layout;
    private final int[] keptHops;
    private final TileBuffer[] tiles = new TileBuffer[HOPS.length];
    private final Effect[] effects = new Effect[HOPS.length];
    private final int[] hopIndexes = new int[HOPS.length];
    private final int[] sinceStartMs = new int[HOPS.length];
    private final int[] places = new int[HOPS.length];
    private final int[] lengths = new int[HOPS.length];
    private final int[] replaced = new int[HOPS.length];
    private final TileBuffer[] inPlace = new TileBuffer[HOPS.length];
    private int inPlaceCount;
    private int[] kept;
    private Change change = Change.ADD;
    private FlatRow row = new FlatRow();
    private long timeMs;
    private boolean overflowed;

    TileUpdate(GroupByPlan plan) {
        this.layout = plan.tiles();
        this.keptHops = keptHops(plan);
        this.kept = keptHops;
        for (int i : kept) {
            tiles[i] = new TileBuffer(layout);
        }
    }

    /**
     * Ordinals of the hop sizes whose tiles some window uses, from fine to coarse. Five minutes always: the head is one. A coarser size only if
     * the longest window can hold one of its hops whole.
     */
    private static int[] keptHops(GroupByPlan plan) {
        long longestMs = 0;
        for (Window window : plan.windows()) {
            longestMs = window.isUnbounded() ? Long.MAX_VALUE : Math.max(longestMs, window.lengthMs());
        }
        if (longestMs >= Hop.DAY.lengthMs()) {
            return new int[] {Hop.FIVE_MINUTES.ordinal(), Hop.HOUR.ordinal(), Hop.DAY.ordinal()};
        }
        return longestMs > Hop.HOUR.lengthMs()
                ? new int[] {Hop.FIVE_MINUTES.ordinal(), Hop.HOUR.ordinal()}
                : new int[] {Hop.FIVE_MINUTES.ordinal()};
    }

    /** What comes next is an event, or a row of a mutation, by its time. */
    void event(Change eventChange, FlatRow event, long eventTimeMs) {
        start(eventChange, event, eventTimeMs);
        kept = keptHops;
        int five = (int) Math.floorDiv(eventTimeMs, FIVE_MINUTES_MS);
        int hour = Math.floorDiv(five, FIVES_PER_HOUR);
        int day = Math.floorDiv(hour, HOURS_PER_DAY);
        at(Hop.FIVE_MINUTES, five);
        at(Hop.HOUR, hour);
        at(Hop.DAY, day);
    }

    /**
     * What comes next is a row of a mutation in all of history.
     *
     * @param rowTimeMs by which first and last kinds judge it, any
     */
    void anyTime(Change rowChange, FlatRow changed, long rowTimeMs) {
        start(rowChange, changed, rowTimeMs);
        kept = ALL_ROWS;
        hopIndexes[kept[0]] = LiveRecordDescriptor.ALL_ROWS;
        sinceStartMs[kept[0]] = 0;
    }

    private void start(Change eventChange, FlatRow event, long eventTimeMs) {
        change = eventChange;
        row = event;
        timeMs = eventTimeMs;
        overflowed = false;
    }

    /** Works out its effect on a key that has no record. Returns the bytes its tile and entries take. */
    int prepareFirst() {
        int needed = 0;
        for (int i : kept) {
            places[i] = -1;
            needed += first(i);
        }
        return needed;
    }

    /** Works out its effect on a record. Returns the bytes it takes from the record's gap; 0 if all happens in place. */
    int prepare(LiveRecord record) {
        int needed = 0;
        boolean finerIsNew = false;
        for (int i : kept) {
            int place = record.find(HOPS[i], hopIndexes[i]);
            places[i] = place;
            if (place < 0) {
                needed += first(i);
            } else {
                needed += again(record, i, record.entry(HOPS[i], place), finerIsNew);
            }
            finerIsNew = place < 0;
        }
        return needed;
    }

    private void at(Hop hop, int hopIndex) {
        hopIndexes[hop.ordinal()] = hopIndex;
        sinceStartMs[hop.ordinal()] = (int) (timeMs - hop.startOf(hopIndex));
    }

    /** The hop's first event: of its five minutes a tile, of a coarser hop an entry that borrows it. */
    private int first(int i) {
        if (i != kept[0]) {
            effects[i] = Effect.FIRST_BORROWS;
            return LiveRecordDescriptor.ENTRY_LENGTH;
        }
        effects[i] = Effect.FIRST;
        if (!layout.isFixed()) {
            changeBeside(tiles[i].reset());
        }
        lengths[i] = length(i);
        return LiveRecordDescriptor.ENTRY_LENGTH + lengths[i];
    }

    private int again(LiveRecord record, int i, int entry, boolean finerIsNew) {
        boolean borrows = record.tileCapacity(entry) == 0;
        if (borrows && !finerIsNew) {
            effects[i] = Effect.BORROWS;
            return 0;
        }
        if (!layout.isFixed()) {
            changeBeside(tiles[i].load(record.buffer(), record.tile(entry)));
        }
        lengths[i] = length(i);
        if (borrows) {
            effects[i] = Effect.SPLIT;
            return lengths[i];
        }
        if (lengths[i] <= record.tileCapacity(entry)) {
            effects[i] = Effect.IN_PLACE;
            return 0;
        }
        effects[i] = Effect.GROWN;
        lengths[i] = withSlack(lengths[i]); // a tile that has grown grows again
        return lengths[i];
    }

    private void changeBeside(TileBuffer tile) {
        int before = tile.overflows();
        change(tile);
        overflowed |= tile.overflows() > before;
    }

    /** After {@link #prepare}: true if the event takes some state of its tiles beyond its bound. */
    boolean overflowed() {
        return overflowed;
    }

    private void change(TileBuffer tile) {
        if (change == Change.ADD) {
            tile.update(row, timeMs);
        } else {
            tile.takeBack(row, timeMs);
        }
    }

    private int length(int i) {
        return layout.isFixed() ? layout.fixedEnd() : tiles[i].compactLength();
    }

    private static int withSlack(int length) {
        return LiveRecordDescriptor.alignTile(length + length / 4);
    }

    /**
     * After {@link #prepare}: decides that the record is written anew, without slack, so that no tile of unfixed length may count on the space
     * it had. Returns the bytes that the event's entries and tiles take.
     */
    int prepareRebuild() {
        int needed = 0;
        Arrays.fill(replaced, NONE);
        for (int i : kept) {
            boolean isReplaced = !layout.isFixed() && (effects[i] == Effect.IN_PLACE || effects[i] == Effect.GROWN);
            replaced[i] = isReplaced ? places[i] : NONE;
            if (isReplaced) {
                lengths[i] = length(i);
            }
            needed += places[i] < 0 ? LiveRecordDescriptor.ENTRY_LENGTH : 0;
            needed += isReplaced || effects[i] == Effect.FIRST || effects[i] == Effect.SPLIT ? lengths[i] : 0;
        }
        return needed;
    }

    /** Per hop, the place of the entry whose tile a rebuilt record leaves out; negative: none. */
    int[] replaced() {
        return replaced;
    }

    /** After {@link #prepareRebuild}: the record written anew lacks the entries that the rewriter has dropped. */
    void rebuilt(LiveRecordRewriter rewriter) {
        for (int i : kept) {
            places[i] += places[i] < 0 ? rewriter.dropped(HOPS[i]) : -rewriter.dropped(HOPS[i]);
        }
    }

    /** Writes what {@link #prepare} worked out; the record's gap is large enough, its entries are where they were. */
    void write(LiveRecord record) {
        int tile = 0;
        for (int i : kept) {
            int place = places[i];
            int entry = place >= 0 ? record.entry(HOPS[i], place) : record.insert(HOPS[i], -place - 1, hopIndexes[i]);
            if (effects[i] == Effect.BORROWS || effects[i] == Effect.FIRST_BORROWS) {
                record.borrowTile(entry, tile);
            } else {
                tile = layout.isFixed() ? writeFixed(record, i, entry) : writeVariable(record, i, entry);
            }
            record.saw(entry, sinceStartMs[i]);
        }
        changeInPlace();
    }

    /** Tiles of fixed length take the event together, when all have their places. */
    private void changeInPlace() {
        if (change == Change.ADD) {
            TileBuffer.update(inPlace, inPlaceCount, row, timeMs);
        } else {
            for (int i = 0; i < inPlaceCount; i++) {
                inPlace[i].takeBack(row, timeMs);
            }
        }
        inPlaceCount = 0;
    }

    private int writeVariable(LiveRecord record, int i, int entry) {
        int tile =
                record.tileCapacity(entry) < lengths[i] ? record.allocateTile(entry, lengths[i]) : record.tile(entry);
        tiles[i].writeTo(record.buffer(), tile);
        return tile;
    }

    private int writeFixed(LiveRecord record, int i, int entry) {
        int tile = record.tile(entry);
        if (effects[i] == Effect.SPLIT) {
            int borrowed = tile;
            tile = record.allocateTile(entry, layout.fixedEnd());
            record.buffer().putBytes(tile, record.buffer(), borrowed, layout.fixedEnd());
        } else if (effects[i] == Effect.FIRST) {
            tile = record.allocateTile(entry, layout.fixedEnd());
            record.buffer().setMemory(tile, layout.fixedEnd(), (byte) 0);
            record.buffer().putInt(tile + TileLayout.LENGTH_OFFSET, layout.fixedEnd(), LITTLE_ENDIAN);
        }
        inPlace[inPlaceCount++] = tiles[i].wrap(record.buffer(), tile);
        return tile;
    }
}
