package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import java.lang.invoke.VarHandle;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The live tiles of one GroupBy in one shard, as the writer sees them. Writer's thread only. */
final class LiveShard {
    /*
     * How readers without locks, in other processes, never take a torn record or a reused block for what they want
     * =============================================================================================================
     *
     * The writer changes a record in one of three ways:
     *
     *  in place   sequence := odd ─ StoreStore ─ plain stores ─ sequence := next even (release)
     *  compacted  the new image is built in private scratch, then copied in place as above
     *  moved      the new image is built in another block, whose sequence := next even (release);
     *             slot := new block (release); old sequence := odd ─ StoreStore ─ the old block goes to the free list
     *
     * and adds one by filling a block, sequence := next even (release), slot := block (release).
     *
     *   field                    writer                        reader                              guards
     *   -----------------------  ----------------------------  ----------------------------------  -------------------------------
     *   shard root: index        release store                 acquire load first, and again last  which index file is current
     *   index slot               release store                 acquire load first, and again last  which block is the key's
     *   record sequence          opaque odd, release even      acquire load first, again last      every other byte of the block
     *   the rest of the record   plain, while odd or unshared  plain copy, used once validated     -
     *   control page: position   release store                 acquire load before all             all that was applied up to it
     *
     * A reader loads root, slot, sequence; copies; LoadLoad fence; loads sequence, slot, root again. All equal and the sequence even: the
     * copy is one state of the record, and the key found in it says whose. What it copies before that may be anything, so it checks lengths
     * against the block and the mapping before it follows them, and interprets nothing else.
     *
     * Invariants this rests on:
     *  1. Even sequences of a shard are all different (one counter), so no block has the same one twice: equal means untouched.
     *  2. A block's first long is a sequence for ever: blocks are never split or joined, regions never unmapped by the generation.
     *  3. A free block's sequence is odd until it is filled again.
     *  4. A key's slot stays where it is in one index file; only its reference changes. A reader that meets another key behind a slot with
     *     this hash believes it only if sequence and slot stand; "not found" only if the root stands too, since a former index file is
     *     frozen and may refer to blocks that other keys have by now.
     *
     * A writer killed while a sequence is odd leaves that one record unreadable (CONFLICT) until the next generation is published; everything
     * else stays readable.
     */

    private static final int NO_REFERENCE = 0;

    private final BlockAllocator blocks;
    private final LiveIndex index;
    private final TileUpdate update;
    private final LiveRecord record = new LiveRecord();
    private final UnsafeBuffer scratch = new UnsafeBuffer(0, 0);
    private byte[] scratchBytes = new byte[0];
    private long writes;
    private long recordsMoved;
    private int foundSlot;

    /** @param update scratch, shared with other shards of the GroupBy */
    LiveShard(LiveDirectory directory, int shard, UnsafeBuffer roots, TileUpdate update) {
        this.blocks = new BlockAllocator(directory, shard, roots);
        this.index = new LiveIndex(directory, shard, roots);
        this.update = update;
    }

    /** @return {@link ApplyResult#APPLIED} or {@link ApplyResult#KEY_FULL} */
    ApplyResult apply(DirectBuffer key, int keyOffset, int keyLength, long hash, FlatRow row, long timeMs) {
        int reference = find(key, keyOffset, keyLength, hash);
        if (reference == NO_REFERENCE) {
            return create(key, keyOffset, keyLength, hash, row, timeMs);
        }
        int needed = update.prepare(record, row, timeMs);
        if (needed <= record.gap()) {
            beginWrite();
            update.write(record);
            endWrite();
            return ApplyResult.APPLIED;
        }
        return rebuild(reference, hash);
    }

    /** Finds the key's record and wraps it. */
    private int find(DirectBuffer key, int keyOffset, int keyLength, long hash) {
        int slot = index.firstSlot(hash);
        while (true) {
            long entry = index.entry(slot);
            if (entry == 0) {
                return NO_REFERENCE;
            }
            if (LiveIndexDescriptor.isOf(entry, hash)) {
                int reference = LiveIndexDescriptor.reference(entry);
                record.wrap(blocks.region(reference), LiveRegionDescriptor.offset(reference));
                if (record.keyEquals(key, keyOffset, keyLength)) {
                    foundSlot = slot;
                    return reference;
                }
            }
            slot = index.nextSlot(slot);
        }
    }

    private ApplyResult create(DirectBuffer key, int keyOffset, int keyLength, long hash, FlatRow row, long timeMs) {
        long head = LiveRecordDescriptor.directoryOffset(keyLength);
        int needed = update.prepareFirst(row, timeMs);
        boolean refused = head + needed > LiveRecordDescriptor.MAX_LENGTH;
        if (head > LiveRecordDescriptor.MAX_LENGTH) {
            return ApplyResult.KEY_FULL; // a key of 32 MiB
        }
        index.reserve();
        int reference = blocks.allocate((int) head + (refused ? 0 : needed));
        UnsafeBuffer region = blocks.region(reference);
        int offset = LiveRegionDescriptor.offset(reference);
        int capacity = region.getInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
        record.create(region, offset, capacity, key, keyOffset, keyLength);
        if (refused) {
            record.refuse();
        } else {
            update.write(record);
        }
        endWrite();
        index.add(hash, reference);
        return refused ? ApplyResult.KEY_FULL : ApplyResult.APPLIED;
    }

    /** Makes room for an update that does not fit: within the record if its holes give enough, else in a larger block. */
    private ApplyResult rebuild(int reference, long hash) {
        int needed = update.prepareRebuild();
        long length = (long) record.compactLength(update.replaced()) + needed;
        int capacity = record.capacity();
        if (length > LiveRecordDescriptor.MAX_LENGTH) {
            beginWrite();
            record.refuse();
            endWrite();
            return ApplyResult.KEY_FULL;
        }
        if (length + capacity / 8 <= capacity) {
            compact(capacity);
        } else {
            move(reference, hash, (int) Math.min(length + length / 2, LiveRecordDescriptor.MAX_LENGTH));
        }
        return ApplyResult.APPLIED;
    }

    private void compact(int capacity) {
        if (scratchBytes.length < capacity) {
            scratchBytes = new byte[BitUtil.findNextPositivePowerOfTwo(capacity)];
            scratch.wrap(scratchBytes);
        }
        UnsafeBuffer region = record.buffer();
        int offset = record.offset();
        record.compactInto(scratch, 0, capacity, update.replaced());
        update.write(record.wrap(scratch, 0));
        int head = record.headLength();
        int heap = head + record.gap();
        record.wrap(region, offset);
        beginWrite();
        region.putBytes(
                offset + LiveRecordDescriptor.CAPACITY_OFFSET,
                scratch,
                LiveRecordDescriptor.CAPACITY_OFFSET,
                head - LiveRecordDescriptor.CAPACITY_OFFSET);
        region.putBytes(offset + heap, scratch, heap, capacity - heap);
        endWrite();
    }

    private void move(int reference, long hash, int length) {
        UnsafeBuffer former = record.buffer();
        int formerOffset = record.offset();
        int moved = blocks.allocate(length);
        UnsafeBuffer region = blocks.region(moved);
        int offset = LiveRegionDescriptor.offset(moved);
        int capacity = region.getInt(offset + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
        record.compactInto(region, offset, capacity, update.replaced());
        update.write(record.wrap(region, offset));
        endWrite();
        index.point(foundSlot, hash, moved);
        record.wrap(former, formerOffset);
        beginWrite();
        blocks.free(reference);
        recordsMoved++;
    }

    private void beginWrite() {
        record.buffer().putLongOpaque(record.offset() + LiveRecordDescriptor.SEQUENCE_OFFSET, 2 * writes + 1);
        VarHandle.storeStoreFence();
    }

    private void endWrite() {
        writes++;
        record.buffer().putLongRelease(record.offset() + LiveRecordDescriptor.SEQUENCE_OFFSET, 2 * writes);
    }

    int keys() {
        return index.keys();
    }

    long indexBytes() {
        return index.bytes();
    }

    BlockAllocator blocks() {
        return blocks;
    }

    long recordsMoved() {
        return recordsMoved;
    }

    void unmap() {
        index.unmap();
        blocks.unmap();
    }
}
