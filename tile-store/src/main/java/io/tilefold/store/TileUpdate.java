package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.FlatRow;

/**
 * One event on its way into the three tiles it belongs to. First all is worked out beside the record ({@link #prepare}: what may fail fails
 * here), then written ({@link #write}: copies and arithmetic alone, while the record's sequence is odd). Reused; writer's thread only.
 */
final class TileUpdate {
    private static final Hop[] HOPS = LiveRecord.HOPS;

    private final TileLayout layout;
    private final TileBuffer[] tiles = new TileBuffer[HOPS.length];
    private final int[] hopIndexes = new int[HOPS.length];
    private final int[] places = new int[HOPS.length];
    private final int[] lengths = new int[HOPS.length];
    private final int[] replaced = new int[HOPS.length];
    private FlatRow row = new FlatRow();
    private long timeMs;

    TileUpdate(TileLayout layout) {
        this.layout = layout;
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = new TileBuffer(layout);
        }
    }

    /** Works out an event's effect on a key that has no record. Returns the bytes its tiles and entries take. */
    int prepareFirst(FlatRow event, long eventTimeMs) {
        start(event, eventTimeMs);
        int needed = 0;
        for (Hop hop : HOPS) {
            int i = hop.ordinal();
            places[i] = -1;
            if (!layout.isFixed()) {
                tiles[i].reset().update(event, eventTimeMs);
            }
            lengths[i] = layout.isFixed() ? layout.fixedEnd() : tiles[i].compactLength();
            needed += LiveRecordDescriptor.ENTRY_LENGTH + lengths[i];
        }
        return needed;
    }

    /** Works out an event's effect on a record. Returns the bytes it takes from the record's gap; 0 if all happens in place. */
    int prepare(LiveRecord record, FlatRow event, long eventTimeMs) {
        start(event, eventTimeMs);
        int needed = 0;
        for (Hop hop : HOPS) {
            int i = hop.ordinal();
            int place = record.find(hop, hopIndexes[i]);
            places[i] = place;
            needed += layout.isFixed() ? prepareFixed(i, place) : prepareVariable(record, hop, place);
        }
        return needed;
    }

    private void start(FlatRow event, long eventTimeMs) {
        row = event;
        timeMs = eventTimeMs;
        for (Hop hop : HOPS) {
            hopIndexes[hop.ordinal()] = hop.indexOf(eventTimeMs);
        }
    }

    private int prepareFixed(int i, int place) {
        lengths[i] = layout.fixedEnd();
        return place >= 0 ? 0 : LiveRecordDescriptor.ENTRY_LENGTH + layout.fixedEnd();
    }

    private int prepareVariable(LiveRecord record, Hop hop, int place) {
        int i = hop.ordinal();
        TileBuffer tile = tiles[i];
        if (place < 0) {
            tile.reset().update(row, timeMs);
            lengths[i] = tile.compactLength();
            return LiveRecordDescriptor.ENTRY_LENGTH + lengths[i];
        }
        int entry = record.entry(hop, place);
        tile.load(record.buffer(), record.tile(entry)).update(row, timeMs);
        int length = tile.compactLength();
        if (length <= record.tileCapacity(entry)) {
            lengths[i] = length;
            return 0;
        }
        lengths[i] = withSlack(length); // a tile that has grown grows again
        return lengths[i];
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
        for (int i = 0; i < HOPS.length; i++) {
            boolean isNew = places[i] < 0;
            boolean stays = layout.isFixed() && !isNew;
            replaced[i] = isNew || stays ? -1 : places[i];
            needed += (isNew ? LiveRecordDescriptor.ENTRY_LENGTH : 0) + (stays ? 0 : lengths[i]);
        }
        return needed;
    }

    /** Per hop, the place of the entry whose tile a rebuilt record leaves out; -1: none. */
    int[] replaced() {
        return replaced;
    }

    /** Writes what {@link #prepare} worked out; the record's gap is large enough, its entries are where they were. */
    void write(LiveRecord record) {
        for (Hop hop : HOPS) {
            int i = hop.ordinal();
            int place = places[i];
            int entry = place >= 0 ? record.entry(hop, place) : record.insert(hop, -place - 1, hopIndexes[i]);
            if (layout.isFixed()) {
                writeFixed(record, i, entry);
            } else {
                int tile = record.tileCapacity(entry) < lengths[i]
                        ? record.allocateTile(entry, lengths[i])
                        : record.tile(entry);
                tiles[i].writeTo(record.buffer(), tile);
            }
            record.saw(hop, entry, timeMs);
        }
    }

    private void writeFixed(LiveRecord record, int i, int entry) {
        int tile = record.tile(entry);
        if (record.tileCapacity(entry) == 0) {
            tile = record.allocateTile(entry, layout.fixedEnd());
            record.buffer().setMemory(tile, layout.fixedEnd(), (byte) 0);
            record.buffer().putInt(tile + TileLayout.LENGTH_OFFSET, layout.fixedEnd(), LITTLE_ENDIAN);
        }
        tiles[i].wrap(record.buffer(), tile).update(row, timeMs);
    }
}
