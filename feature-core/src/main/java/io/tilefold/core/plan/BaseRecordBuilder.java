package io.tilefold.core.plan;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.tile.BaseRecordDescriptor;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Builds the base record of one key after the other, in one pass over the key's events from the newest to the oldest: the running tile of all
 * events seen is, at each hop's start, that hop's suffix. Memory: the record being built, at most {@link #MAX_BLOBS_LENGTH} and the fixed parts of its
 * tiles. Reused; confined to one thread.
 *
 * <p>Tiles of events may come in place of events ({@link PartitionTiles}), mixed with others: where all states are exact the record has the same bytes.
 *
 * <p>Rows of a mutable GroupBy that lie at or after the batch end come before all others ({@link #addAhead}): in a tile of their five minutes, and in all of
 * history. Rows that count in all of history alone, whatever their time, come behind all others: {@link #addToHistory}.
 *
 * <p>Keeps the suffixes that some window can still reach: for TEMPORAL those from {@code floor(B - W, H)} on, for the longest window of each
 * hop size; for SNAPSHOT, which is always asked at {@code q = B}, one for each window.
 */
public final class BaseRecordBuilder {
    private static final Hop[] HOPS = Hop.values();
    private static final int NO_TILE = -1;

    /** Bytes of tiles with blobs in one record; the states with blobs of what is older are OVERFLOW. */
    public static final int MAX_BLOBS_LENGTH = 1 << 26;

    /** Bytes of all tiles of one record, the fixed parts too: only very many rows ahead, each of another five minutes, take more. */
    private static final int MAX_TILES_LENGTH = 1 << 30;

    private final GroupByPlan plan;
    private final long batchEndMs;
    private final Suffixes[] suffixes = new Suffixes[HOPS.length];
    private final GrowingTile running;
    private final AheadTiles ahead;
    private final ExpandableArrayBuffer tiles = new ExpandableArrayBuffer(1 << 16);
    private final ExpandableArrayBuffer record = new ExpandableArrayBuffer(1 << 16);
    private final ExpandableArrayBuffer key = new ExpandableArrayBuffer(64);
    private int keyLength;
    private int tilesLength;
    private int snapshot;
    private long lastTimeMs;
    private boolean historyOnly;

    public BaseRecordBuilder(GroupByPlan plan, long batchEndMs) {
        this.plan = plan;
        this.batchEndMs = batchEndMs;
        this.running = new GrowingTile(plan.tiles());
        this.ahead = new AheadTiles(plan);
        for (Hop hop : HOPS) {
            suffixes[hop.ordinal()] = new Suffixes(hop, plan, batchEndMs);
        }
    }

    /** Starts the record of the next key. */
    public void start(DirectBuffer keyBuffer, int keyOffset, int length) {
        key.putBytes(0, keyBuffer, keyOffset, length);
        keyLength = length;
        tilesLength = 0;
        snapshot = -1;
        lastTimeMs = Long.MAX_VALUE;
        historyOnly = false;
        running.reset();
        ahead.reset();
        for (Suffixes perHop : suffixes) {
            perHop.count = 0;
        }
    }

    /**
     * Takes a row that lies at or after the batch end, the next older one or one of equal time. All such rows come before all others.
     *
     * @throws IllegalStateException if the GroupBy is not of mutations: live has what lies there; or if the key's tiles take too much room
     * @throws IllegalArgumentException if the row is newer than the one before it, lies before the batch end, or comes behind one that does
     */
    public void addAhead(FlatRow row, long timeMs) {
        if (!plan.isMutable()) {
            throw new IllegalStateException("GroupBy " + plan.name() + " is of no mutations: a row at " + timeMs
                    + " ms, not before the batch end " + batchEndMs + ", is not the base's");
        }
        if (timeMs < batchEndMs || lastTimeMs != Long.MAX_VALUE || historyOnly) {
            throw new IllegalArgumentException("row at " + timeMs + " ms after one at " + lastTimeMs
                    + " ms: rows ahead of the batch end " + batchEndMs + " come before all others");
        }
        if (ahead.endsAt(timeMs)) {
            closeAhead();
        }
        ahead.add(row, timeMs);
    }

    /**
     * Takes the next older event (or one of equal time) of the key.
     *
     * @throws IllegalArgumentException if the event is newer than the one before it, or not before the batch end
     */
    public void add(FlatRow row, long timeMs) {
        advance(timeMs);
        running.update(row, timeMs);
    }

    /**
     * Takes a tile of {@link PartitionTiles}: tiles come by their hops' starts, newest first, among events and other tiles.
     *
     * @param buffer is not changed
     * @throws IllegalArgumentException as {@link #add} does
     */
    public void addTile(DirectBuffer buffer, int tile, long startMs) {
        advance(startMs);
        running.merge(buffer, tile);
    }

    /**
     * Takes a row that no window with a length covers: of entities one without time, or one of a time to come. After it come only such rows.
     *
     * @param timeMs by which first and last kinds judge it, any
     */
    public void addToHistory(FlatRow row, long timeMs) {
        if (!historyOnly) {
            closeAll();
            historyOnly = true;
        }
        snapshot = -1;
        running.update(row, timeMs);
    }

    private void advance(long timeMs) {
        if (timeMs > lastTimeMs || timeMs >= batchEndMs || historyOnly) {
            throw new IllegalArgumentException("event at " + timeMs + " ms after one at " + lastTimeMs
                    + " ms: events come newest first, all before the batch end " + batchEndMs
                    + (historyOnly ? ", and none behind rows of all of history" : ""));
        }
        closeAhead();
        if (lastTimeMs != Long.MAX_VALUE) {
            for (Suffixes perHop : suffixes) {
                if (perHop.hop.floor(timeMs) != perHop.hop.floor(lastTimeMs)) {
                    close(perHop);
                }
            }
        }
        snapshot = -1;
        lastTimeMs = timeMs;
    }

    private boolean hasEvents() {
        return ahead.hasRows() || historyOnly || lastTimeMs != Long.MAX_VALUE;
    }

    /** True if some state of the finished record went beyond its bound: some of the key's values are FAILED(STATE_LIMIT). */
    public boolean hasOverflow() {
        return running.tile().hasOverflow() || ahead.hasOverflow();
    }

    /** True if this state of the finished record, by its index in the tile, went beyond its bound. */
    public boolean hasOverflow(int state) {
        return running.tile().hasOverflow(state) || ahead.hasOverflow(state);
    }

    /** Finishes the record: {@link #buffer()} holds it from 0 to the returned length. */
    public int finish() {
        int all = 0;
        if (hasEvents()) {
            if (!historyOnly) {
                closeAll();
            }
            if (ahead.hasRows() && plan.hasUnbounded()) {
                running.merge(ahead.all());
                snapshot = -1;
            }
            all = plan.hasUnbounded() ? snapshot() : NO_TILE;
        }
        if (plan.accuracy() == Accuracy.SNAPSHOT) {
            all = dropUnreadSuffixes(all);
        }
        return write(all);
    }

    /** Keeps what is read at q = B, moves its tiles together, and returns where {@code all} went. */
    private int dropUnreadSuffixes(int all) {
        IntStream.Builder read = IntStream.builder();
        if (all != NO_TILE) {
            read.add(all);
        }
        for (Suffixes perHop : suffixes) {
            perHop.keepFirstOfEachWindow();
            Arrays.stream(perHop.tiles, 0, perHop.count).forEach(read::add);
        }
        int[] from = read.build().sorted().distinct().toArray();
        int[] to = new int[from.length];
        int end = 0;
        for (int i = 0; i < from.length && hasEvents(); i++) {
            int length = tiles.getInt(from[i] + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
            to[i] = end;
            tiles.putBytes(end, tiles, from[i], length); // ascending, so never over what is still to move
            end += length;
        }
        tilesLength = end;
        for (Suffixes perHop : suffixes) {
            for (int i = 0; i < perHop.count; i++) {
                perHop.tiles[i] = to[Arrays.binarySearch(from, perHop.tiles[i])];
            }
        }
        return all == NO_TILE || !hasEvents() ? all : to[Arrays.binarySearch(from, all)];
    }

    public DirectBuffer buffer() {
        return record;
    }

    private void closeAll() {
        closeAhead();
        if (lastTimeMs != Long.MAX_VALUE) {
            for (Suffixes perHop : suffixes) {
                close(perHop);
            }
        }
    }

    private void close(Suffixes perHop) {
        if (perHop.reaches(lastTimeMs)) {
            perHop.add(perHop.hop.indexOf(lastTimeMs), snapshot());
        }
    }

    private void closeAhead() {
        if (ahead.isOpen()) {
            ahead.merge();
            if (!plan.windows().get(0).isUnbounded()) { // else nothing asks when its rows begin to count
                suffixes[Hop.FIVE_MINUTES.ordinal()].add(ahead.index(), append(ahead.openTile()));
                tiles.putLong(tilesLength, ahead.newestMs(), LITTLE_ENDIAN);
                tilesLength += Long.BYTES;
            }
            ahead.close();
        }
    }

    /** Offset in {@link #tiles} of the running tile as it is now. */
    private int snapshot() {
        if (snapshot < 0) {
            snapshot = append(running.tile());
        }
        return snapshot;
    }

    /** Offset in {@link #tiles} at which a tile now stands. */
    private int append(TileBuffer tile) {
        if (!plan.tiles().isFixed() && tilesLength + (long) tile.compactLength() > MAX_BLOBS_LENGTH) {
            tile.overflow();
        }
        long end = (long) tilesLength + tile.compactLength();
        if (end > MAX_TILES_LENGTH) {
            throw new IllegalStateException("GroupBy " + plan.name() + ": the tiles of one key take more than "
                    + MAX_TILES_LENGTH + " bytes: divide the aggregations among GroupBys, or leave out rows far ahead"
                    + " of their snapshot with wheres");
        }
        tiles.checkLimit((int) end);
        int offset = tilesLength;
        tilesLength += tile.writeTo(tiles, offset);
        return offset;
    }

    private int write(int all) {
        int at = BaseRecordDescriptor.suffixesOffset(keyLength);
        record.setMemory(0, at, (byte) 0);
        record.putInt(BaseRecordDescriptor.KEY_LENGTH_OFFSET, keyLength, LITTLE_ENDIAN);
        record.putBytes(BaseRecordDescriptor.KEY_OFFSET, key, 0, keyLength);
        for (Suffixes perHop : suffixes) {
            record.putInt(BaseRecordDescriptor.suffixCountOffset(perHop.hop), perHop.count, LITTLE_ENDIAN);
            at += perHop.count * BaseRecordDescriptor.SUFFIX_LENGTH;
        }
        int tilesAt = at;
        int entry = BaseRecordDescriptor.suffixesOffset(keyLength);
        for (Suffixes perHop : suffixes) {
            for (int i = perHop.count - 1; i >= 0; i--) { // collected newest first, stored ascending
                record.putInt(entry, perHop.indexes[i], LITTLE_ENDIAN);
                record.putInt(
                        entry + BaseRecordDescriptor.SUFFIX_TILE_OFFSET, tilesAt + perHop.tiles[i], LITTLE_ENDIAN);
                entry += BaseRecordDescriptor.SUFFIX_LENGTH;
            }
        }
        record.putBytes(tilesAt, tiles, 0, tilesLength);
        int length = tilesAt + tilesLength;
        // Without an unbounded window the field only says that there are events: any tile of the record does.
        int allOffset = !hasEvents() ? 0 : all == NO_TILE ? tilesAt : tilesAt + all;
        record.putInt(BaseRecordDescriptor.ALL_TILE_OFFSET, allOffset, LITTLE_ENDIAN);
        record.putInt(BaseRecordDescriptor.RECORD_LENGTH_OFFSET, length, LITTLE_ENDIAN);
        return length;
    }

    /** The suffixes of one hop size, newest first. */
    private static final class Suffixes {
        private final Hop hop;
        private final long[] tailIndexes;
        private final long reachMs;
        private int[] indexes = new int[64];
        private int[] tiles = new int[64];
        private int count;

        Suffixes(Hop hop, GroupByPlan plan, long batchEndMs) {
            this.hop = hop;
            long[] tails = plan.windows().stream()
                    .filter(window -> !window.isUnbounded() && window.hop() == hop)
                    .mapToLong(window -> window.tail(batchEndMs))
                    .sorted()
                    .toArray();
            this.reachMs = tails.length == 0 ? Long.MAX_VALUE : tails[0];
            this.tailIndexes = Arrays.stream(tails).map(hop::number).toArray();
        }

        boolean reaches(long timeMs) {
            return timeMs >= reachMs;
        }

        void add(int index, int tile) {
            if (count == indexes.length) {
                indexes = Arrays.copyOf(indexes, 2 * count);
                tiles = Arrays.copyOf(tiles, 2 * count);
            }
            indexes[count] = index;
            tiles[count++] = tile;
        }

        /** Drops what no window reads at q = B: keeps, for each tail, the oldest suffix at or after it. */
        void keepFirstOfEachWindow() {
            int kept = 0;
            for (int i = 0; i < count; i++) {
                long older = i + 1 < count ? indexes[i + 1] : Long.MIN_VALUE;
                long index = indexes[i];
                if (Arrays.stream(tailIndexes).anyMatch(tail -> index >= tail && older < tail)) {
                    indexes[kept] = indexes[i];
                    tiles[kept++] = tiles[i];
                }
            }
            count = kept;
        }
    }
}
