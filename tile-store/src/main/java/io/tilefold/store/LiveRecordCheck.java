package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.time.Hop;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Whether a live record, copied whole, is what {@link LiveRecordDescriptor} says. */
final class LiveRecordCheck {
    private static final Hop[] HOPS = Hop.values();

    private LiveRecordCheck() {}

    /** @return what is wrong with the record's lengths, entries, tiles or key; null if nothing */
    static @Nullable String problem(UnsafeBuffer record, int capacity, long entry, int shard, int shardCount) {
        String problem = problem(record, capacity);
        if (problem != null) {
            return problem;
        }
        long hash = LiveScan.hash(record);
        boolean isSlots = LiveIndexDescriptor.isOf(entry, hash) && KeyHash.shard(hash, shardCount) == shard;
        return isSlots ? null : "its key is not the slot's";
    }

    /** @return what is wrong with the record's lengths, entries or tiles; null if nothing */
    static @Nullable String problem(UnsafeBuffer record, int capacity) {
        int keyLength = record.getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        if (keyLength < 0 || keyLength > capacity - LiveRecordDescriptor.KEY_OFFSET) {
            return "key length " + keyLength;
        }
        int marks = record.getInt(LiveRecordDescriptor.MARKS_OFFSET, LITTLE_ENDIAN);
        if (LiveRecordDescriptor.isOfMutations(marks) && keyLength < MutationKey.DAY_LENGTH) {
            return "key length " + keyLength + " of mutations of a day";
        }
        long head = LiveRecordDescriptor.directoryOffset(keyLength);
        for (Hop hop : HOPS) {
            int count = record.getInt(LiveRecordDescriptor.countOffset(hop), LITTLE_ENDIAN);
            head += (long) count * LiveRecordDescriptor.ENTRY_LENGTH;
            if (count < 0 || head > capacity) {
                return count + " entries of " + hop;
            }
        }
        int heap = record.getInt(LiveRecordDescriptor.HEAP_OFFSET, LITTLE_ENDIAN);
        int holes = record.getInt(LiveRecordDescriptor.HOLES_OFFSET, LITTLE_ENDIAN);
        if (heap < head || heap > capacity || holes < 0 || holes > capacity - heap) {
            return "tiles from " + heap + " with holes of " + holes + ", directory to " + head;
        }
        return entryProblem(record, capacity, keyLength, heap);
    }

    private static @Nullable String entryProblem(UnsafeBuffer record, int capacity, int keyLength, int heap) {
        int entry = LiveRecordDescriptor.directoryOffset(keyLength);
        for (Hop hop : HOPS) {
            int count = record.getInt(LiveRecordDescriptor.countOffset(hop), LITTLE_ENDIAN);
            long before = Long.MIN_VALUE;
            for (int i = 0; i < count; i++, entry += LiveRecordDescriptor.ENTRY_LENGTH) {
                int index = record.getInt(entry + LiveRecordDescriptor.ENTRY_INDEX_OFFSET, LITTLE_ENDIAN);
                int newest = record.getInt(entry + LiveRecordDescriptor.ENTRY_NEWEST_OFFSET, LITTLE_ENDIAN);
                if (index <= before || newest < 0 || newest >= hop.lengthMs()) {
                    return "entry at " + entry + ": " + hop + " " + index + " after " + before + ", newest " + newest;
                }
                before = index;
                String tile = tileProblem(record, capacity, heap, entry);
                if (tile != null) {
                    return tile;
                }
            }
        }
        return null;
    }

    private static @Nullable String tileProblem(UnsafeBuffer record, int capacity, int heap, int entry) {
        int tile = record.getInt(entry + LiveRecordDescriptor.ENTRY_TILE_OFFSET, LITTLE_ENDIAN);
        int tileCapacity = record.getInt(entry + LiveRecordDescriptor.ENTRY_CAPACITY_OFFSET, LITTLE_ENDIAN);
        boolean borrowed = tileCapacity == 0;
        if (tile < heap
                || tile > capacity - TileLayout.HEADER_LENGTH
                || tileCapacity < 0
                || tileCapacity > capacity - tile) {
            return "entry at " + entry + ": tile at " + tile + " of " + tileCapacity;
        }
        int length = record.getInt(tile + TileLayout.LENGTH_OFFSET, LITTLE_ENDIAN);
        if (length < TileLayout.HEADER_LENGTH || length > (borrowed ? capacity - tile : tileCapacity)) {
            return "tile at " + tile + ": length " + length;
        }
        return null;
    }
}
