package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * One shard's live index as the writer sees it; see {@link LiveIndexDescriptor}. Writer's thread only.
 *
 * <p>Slots are stored with release, after the record they refer to. A grown table is filled aside and published by one release store of its
 * number into the shard's root; the former file is unlinked, and readers that still have it mapped notice at their next check of the root.
 */
final class LiveIndex {
    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private UnsafeBuffer table;
    private int slots;
    private long number;
    private int keys;

    LiveIndex(LiveDirectory directory, int shard, UnsafeBuffer roots) {
        this.directory = directory;
        this.shard = shard;
        this.roots = roots;
        this.number = 1;
        this.slots = LiveIndexDescriptor.INITIAL_SLOTS;
        this.table = create(number, slots);
        publish();
    }

    int firstSlot(long hash) {
        return LiveIndexDescriptor.firstSlot(hash, slots);
    }

    int nextSlot(int slot) {
        return LiveIndexDescriptor.nextSlot(slot, slots);
    }

    /** What a slot holds; 0: nothing. */
    long entry(int slot) {
        return table.getLong(LiveIndexDescriptor.slotOffset(slot), LITTLE_ENDIAN);
    }

    /** Points a slot to a record that is complete. */
    void point(int slot, long hash, int reference) {
        table.putLongRelease(LiveIndexDescriptor.slotOffset(slot), LiveIndexDescriptor.entry(hash, reference));
    }

    /**
     * Adds a key with a record that is complete.
     *
     * @throws StoreException if the table would have to grow and cannot
     */
    void add(long hash, int reference) {
        int slot = firstSlot(hash);
        while (entry(slot) != 0) {
            slot = nextSlot(slot);
        }
        point(slot, hash, reference);
        keys++;
        roots.putLongRelease(LiveRootsDescriptor.keysOffset(shard), keys);
    }

    /** Makes sure that the next {@link #add} finds room. */
    void reserve() {
        if (keys < LiveIndexDescriptor.capacity(slots)) {
            return;
        }
        if (slots == LiveIndexDescriptor.MAX_SLOTS) {
            throw new StoreException(
                    StoreException.Code.LIMIT,
                    "shard " + shard + " in " + directory + " has " + keys + " keys: deploy with more shards");
        }
        int grown = 2 * slots;
        UnsafeBuffer larger = create(number + 1, grown);
        for (int slot = 0; slot < slots; slot++) {
            long entry = entry(slot);
            if (entry != 0) {
                int place = LiveIndexDescriptor.firstSlot(entry, grown);
                while (larger.getLong(LiveIndexDescriptor.slotOffset(place), LITTLE_ENDIAN) != 0) {
                    place = LiveIndexDescriptor.nextSlot(place, grown);
                }
                larger.putLong(LiveIndexDescriptor.slotOffset(place), entry, LITTLE_ENDIAN);
            }
        }
        Mappings.unmap(table);
        table = larger;
        slots = grown;
        number++;
        publish();
        DurableFile.remove(directory.files(), directory.index(shard, number - 1));
    }

    int keys() {
        return keys;
    }

    long bytes() {
        return table.capacity();
    }

    void unmap() {
        Mappings.unmap(table);
    }

    private UnsafeBuffer create(long fileNumber, int count) {
        UnsafeBuffer created = DurableFile.createMapped(
                directory.files(),
                directory.index(shard, fileNumber),
                LiveIndexDescriptor.length(count),
                Mappings.Kind.LIVE_INDEX);
        created.putLong(LiveIndexDescriptor.MAGIC_OFFSET, LiveIndexDescriptor.MAGIC, LITTLE_ENDIAN);
        created.putInt(LiveIndexDescriptor.FORMAT_OFFSET, LiveIndexDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        created.putInt(LiveIndexDescriptor.SLOTS_OFFSET, count, LITTLE_ENDIAN);
        return created;
    }

    private void publish() {
        roots.putLongRelease(LiveRootsDescriptor.indexNumberOffset(shard), number);
    }
}
