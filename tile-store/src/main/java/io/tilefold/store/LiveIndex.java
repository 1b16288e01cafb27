package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * One shard's live index as the writer sees it; see {@link LiveIndexDescriptor}. Writer's thread only.
 *
 * <p>Slots are stored with release, after the record they refer to. A rebuilt table is filled aside and published by one release store of its
 * number into the shard's root; the former file is unlinked, and readers that still have it mapped notice at their next check of the root.
 */
final class LiveIndex {
    /** A table is made smaller when it holds less than this part of what it could. */
    private static final int SHRINK_AT = 8;

    private final LiveDirectory directory;
    private final int shard;
    private final UnsafeBuffer roots;
    private UnsafeBuffer table;
    private int slots;
    private long number;
    private int keys;
    private int removed;

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

    /** Names the line of a slot. */
    void nameSlot(int slot, LinesAhead lines) {
        lines.addWord(table, LiveIndexDescriptor.slotOffset(slot));
    }

    /** Points a key's slot to another record of it that is complete. */
    void point(int slot, int reference) {
        set(slot, LiveIndexDescriptor.entry(entry(slot), reference));
    }

    /** Adds a key that is not there, with a record that is complete; {@link #reserve} comes first. */
    void add(long hash, int reference) {
        int slot = firstSlot(hash);
        while (LiveIndexDescriptor.isKey(entry(slot))) {
            slot = nextSlot(slot);
        }
        if (entry(slot) == LiveIndexDescriptor.REMOVED) {
            removed--;
        }
        set(slot, LiveIndexDescriptor.entry(hash, reference));
        setKeys(keys + 1);
    }

    /**
     * Removes the key of a slot. Where the next slot is empty no search goes on, so this one becomes empty, and removed ones before it with it;
     * else it says that there was a key.
     */
    void remove(int slot) {
        setKeys(keys - 1);
        if (entry(nextSlot(slot)) != LiveIndexDescriptor.EMPTY) {
            set(slot, LiveIndexDescriptor.REMOVED);
            removed++;
            return;
        }
        set(slot, LiveIndexDescriptor.EMPTY);
        for (int before = slot - 1 & slots - 1; entry(before) == LiveIndexDescriptor.REMOVED; ) {
            set(before, LiveIndexDescriptor.EMPTY);
            removed--;
            before = before - 1 & slots - 1;
        }
    }

    /**
     * Makes sure that the next {@link #add} finds room.
     *
     * @return true if the table was rebuilt: keys have other slots
     * @throws StoreException if it would have to be rebuilt and cannot
     */
    boolean reserve() {
        if (keys + removed < LiveIndexDescriptor.capacity(slots)) {
            return false;
        }
        if (keys >= LiveIndexDescriptor.capacity(LiveIndexDescriptor.MAX_SLOTS)) {
            throw new StoreException(
                    StoreException.Code.LIMIT,
                    "shard " + shard + " in " + directory + " has " + keys + " keys: deploy with more shards");
        }
        rebuild();
        return true;
    }

    /** Makes the table smaller if most of it has become empty. Returns true if keys have other slots. */
    boolean shrink() {
        if (slots == LiveIndexDescriptor.INITIAL_SLOTS || keys >= LiveIndexDescriptor.capacity(slots) / SHRINK_AT) {
            return false;
        }
        rebuild();
        return true;
    }

    /** Another table, in which as many keys again find room. Two neighbouring stretches of it are filled at a time, so this runs through memory. */
    private void rebuild() {
        int count = LiveIndexDescriptor.INITIAL_SLOTS;
        while (LiveIndexDescriptor.capacity(count) < 2 * keys && count < LiveIndexDescriptor.MAX_SLOTS) {
            count *= 2;
        }
        UnsafeBuffer rebuilt = create(number + 1, count);
        for (int slot = 0; slot < slots; slot++) {
            long entry = entry(slot);
            if (LiveIndexDescriptor.isKey(entry)) {
                int place = LiveIndexDescriptor.firstSlot(entry, count);
                while (rebuilt.getLong(LiveIndexDescriptor.slotOffset(place), LITTLE_ENDIAN) != 0) {
                    place = LiveIndexDescriptor.nextSlot(place, count);
                }
                rebuilt.putLong(LiveIndexDescriptor.slotOffset(place), entry, LITTLE_ENDIAN);
            }
        }
        Mappings.unmap(table);
        table = rebuilt;
        slots = count;
        removed = 0;
        number++;
        publish();
        DurableFile.remove(directory.files(), directory.index(shard, number - 1));
    }

    private void setKeys(int count) {
        keys = count;
        roots.putLongRelease(LiveRootsDescriptor.keysOffset(shard), count);
    }

    private void set(int slot, long entry) {
        table.putLongRelease(LiveIndexDescriptor.slotOffset(slot), entry);
    }

    int slots() {
        return slots;
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
        created.putInt(LiveIndexDescriptor.SHARD_OFFSET, shard, LITTLE_ENDIAN);
        created.putLong(LiveIndexDescriptor.NUMBER_OFFSET, fileNumber, LITTLE_ENDIAN);
        return created;
    }

    private void publish() {
        roots.putLongRelease(LiveRootsDescriptor.indexNumberOffset(shard), number);
    }
}
