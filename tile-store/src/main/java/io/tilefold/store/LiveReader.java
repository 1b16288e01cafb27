package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.time.Hop;
import java.lang.invoke.VarHandle;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks one key up in a shard's live tiles and reads its record, without locks, as the essay in {@link LiveShard} says. Confined to one
 * thread.
 */
final class LiveReader {
    /** Records up to this length are copied whole: one copy is cheaper than choosing. */
    private static final int WHOLE_LENGTH_MAX = 8 << 10;

    /** What one try gave. */
    enum Outcome {
        FOUND,
        NOT_FOUND,
        /** The writer was there at the same time: nothing read counts. */
        TORN,
        /** The files are gone: another generation has been published. */
        GONE
    }

    private static final UnsafeBuffer NOTHING = new UnsafeBuffer(0, 0);

    private final LiveRecordTiles tiles = new LiveRecordTiles();
    private UnsafeBuffer table = NOTHING;
    private UnsafeBuffer region = NOTHING;
    private long indexNumber;
    private int slotOffset;
    private long entry;
    private boolean whole;
    private int tornLength;
    private int block;
    private long sequence;

    /** The record last found. */
    LiveRecordTiles tiles() {
        return tiles;
    }

    /** {@link #locate(LiveShardView, DirectBuffer, int, int, long, boolean)} of what mutations of a day did to a key. */
    Outcome locate(LiveShardView shard, MutationKey key, boolean whole) {
        return locate(shard, key.buffer(), 0, key.length(), key.hash(), whole);
    }

    /** @param all copy all tiles, however many; else those of a large record are left to be gathered */
    Outcome locate(LiveShardView shard, DirectBuffer key, int keyOffset, int keyLength, long hash, boolean all) {
        whole = all;
        tornLength = 0;
        return locate(shard, key, keyOffset, keyLength, hash);
    }

    /**
     * Copies nothing: what is read of {@link #tiles} counts if the record {@link #isUnchanged} afterwards.
     *
     * @param tileLength of each tile
     */
    Outcome locateInPlace(
            LiveShardView shard, DirectBuffer key, int keyOffset, int keyLength, long hash, int tileLength) {
        whole = false;
        tornLength = tileLength;
        return locate(shard, key, keyOffset, keyLength, hash);
    }

    private Outcome locate(LiveShardView shard, DirectBuffer key, int keyOffset, int keyLength, long hash) {
        indexNumber = shard.indexNumber();
        if (indexNumber == 0) {
            return Outcome.NOT_FOUND;
        }
        LiveShardView.Table index = shard.index(indexNumber);
        if (index == null) {
            return shard.indexNumber() == indexNumber ? Outcome.GONE : Outcome.TORN;
        }
        table = index.buffer();
        int slot = LiveIndexDescriptor.firstSlot(hash, index.slots());
        for (int looked = 0; looked < index.slots(); looked++) {
            slotOffset = LiveIndexDescriptor.slotOffset(slot);
            entry = table.getLongAcquire(slotOffset);
            if (entry == 0) {
                VarHandle.loadLoadFence();
                return shard.indexNumber() == indexNumber ? Outcome.NOT_FOUND : Outcome.TORN;
            }
            if (LiveIndexDescriptor.isOf(entry, hash)) {
                Outcome outcome = read(shard, key, keyOffset, keyLength);
                if (outcome != Outcome.NOT_FOUND) {
                    return outcome;
                }
            }
            slot = LiveIndexDescriptor.nextSlot(slot, index.slots());
        }
        return Outcome.TORN; // a table always has empty slots
    }

    /** Reads the record behind {@link #entry}; NOT_FOUND: it is another key's. */
    private Outcome read(LiveShardView shard, DirectBuffer key, int keyOffset, int keyLength) {
        int reference = LiveIndexDescriptor.reference(entry);
        UnsafeBuffer mapped = shard.region(LiveRegionDescriptor.region(reference));
        if (mapped == null) {
            return Outcome.GONE;
        }
        region = mapped;
        block = LiveRegionDescriptor.offset(reference);
        sequence = region.getLongAcquire(block + LiveRecordDescriptor.SEQUENCE_OFFSET);
        if ((sequence & 1) != 0) {
            return Outcome.TORN;
        }
        int available = region.capacity() - block;
        if (getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET) != keyLength
                || keyLength > available - LiveRecordDescriptor.KEY_OFFSET
                || !KeyBytes.equal(region, block + LiveRecordDescriptor.KEY_OFFSET, key, keyOffset, keyLength)) {
            return isUnchanged(shard) ? Outcome.NOT_FOUND : Outcome.TORN;
        }
        int capacity = getInt(LiveRecordDescriptor.CAPACITY_OFFSET);
        if (capacity > available || capacity < LiveRecordDescriptor.directoryOffset(keyLength)) {
            return Outcome.TORN;
        }
        if (tornLength > 0) {
            return tiles.takeInPlace(region, block, capacity, keyLength, tornLength) ? Outcome.FOUND : Outcome.TORN;
        }
        int heap = getInt(LiveRecordDescriptor.HEAP_OFFSET);
        int head = headLength(keyLength, capacity);
        if (heap > capacity || head > heap) {
            return Outcome.TORN;
        }
        boolean all = whole || capacity <= WHOLE_LENGTH_MAX;
        return tiles.take(region, block, head, heap, capacity, keyLength, all) && isUnchanged(shard)
                ? Outcome.FOUND
                : Outcome.TORN;
    }

    /** Larger than any capacity if the counts make no sense. */
    private int headLength(int keyLength, int capacity) {
        long length = LiveRecordDescriptor.directoryOffset(keyLength);
        for (Hop hop : LiveRecord.HOPS) {
            int count = getInt(LiveRecordDescriptor.countOffset(hop));
            if (count < 0) {
                return Integer.MAX_VALUE;
            }
            length += (long) count * LiveRecordDescriptor.ENTRY_LENGTH;
        }
        return length > capacity ? Integer.MAX_VALUE : (int) length;
    }

    /** True if what was copied since {@link #locate} began is one state of the record, and the key's. */
    boolean isUnchanged(LiveShardView shard) {
        VarHandle.loadLoadFence();
        return region.getLongOpaque(block + LiveRecordDescriptor.SEQUENCE_OFFSET) == sequence
                && table.getLongOpaque(slotOffset) == entry
                && shard.indexNumber() == indexNumber;
    }

    private int getInt(int field) {
        return region.getInt(block + field, LITTLE_ENDIAN);
    }
}
