package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.VarHandle;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Changes the records of one shard so that readers without locks see one state or notice: the writer's half of the protocol in {@link
 * LiveShard}. Writer's thread only.
 */
final class LiveRecordWriter {
    private final BlockAllocator blocks;
    private final LiveIndex index;
    private final UnsafeBuffer scratch = new UnsafeBuffer(0, 0);
    private byte[] scratchBytes = new byte[0];
    private long writes;
    private boolean held;
    private long recordsMoved;
    private long bytesRewritten;

    LiveRecordWriter(BlockAllocator blocks, LiveIndex index) {
        this.blocks = blocks;
        this.index = index;
    }

    /** Readers believe nothing of the record until {@link #end}. */
    void begin(LiveRecord record) {
        record.buffer().putLongOpaque(record.offset() + LiveRecordDescriptor.SEQUENCE_OFFSET, 2 * writes + 1);
        VarHandle.storeStoreFence();
    }

    /** The record is complete; readers believe it, unless it is held. */
    void end(LiveRecord record) {
        if (held) {
            begin(record);
            return;
        }
        writes++;
        record.buffer().putLongRelease(record.offset() + LiveRecordDescriptor.SEQUENCE_OFFSET, 2 * writes);
    }

    /** From now until {@link #release} changes belong together: readers believe nothing of the record that they are made to, wherever it goes. */
    void hold() {
        held = true;
    }

    /** All changes are made, to this record. */
    void release(LiveRecord record) {
        held = false;
        end(record);
    }

    /** No change was made. */
    void release() {
        held = false;
    }

    /** Writes a record anew where it is, and an update into it. */
    void compact(LiveRecord record, LiveRecordRewriter rewriter, @Nullable TileUpdate update) {
        int capacity = record.capacity();
        if (scratchBytes.length < capacity) {
            scratchBytes = new byte[BitUtil.findNextPositivePowerOfTwo(capacity)];
            scratch.wrap(scratchBytes);
        }
        UnsafeBuffer region = record.buffer();
        int block = record.offset();
        rewriter.write(scratch, 0, capacity);
        record.wrap(scratch, 0);
        if (update != null) {
            update.write(record);
        }
        int head = record.headLength();
        int heap = head + record.gap();
        record.wrap(region, block);
        begin(record);
        region.putBytes(
                block + LiveRecordDescriptor.CAPACITY_OFFSET,
                scratch,
                LiveRecordDescriptor.CAPACITY_OFFSET,
                head - LiveRecordDescriptor.CAPACITY_OFFSET);
        region.putBytes(block + heap, scratch, heap, capacity - heap);
        end(record);
        bytesRewritten += rewriter.length();
    }

    /** Writes a record anew into another block, and an update into it, and frees the block it was in. */
    void move(
            LiveRecord record,
            int slot,
            int reference,
            int target,
            LiveRecordRewriter rewriter,
            @Nullable TileUpdate update) {
        UnsafeBuffer former = record.buffer();
        int formerBlock = record.offset();
        UnsafeBuffer region = blocks.region(target);
        int block = LiveRegionDescriptor.offset(target);
        rewriter.write(region, block, region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN));
        record.wrap(region, block);
        if (update != null) {
            update.write(record);
        }
        end(record);
        index.point(slot, target);
        recordsMoved++;
        bytesRewritten += rewriter.length();
        free(former, formerBlock, reference);
    }

    /** Removes a key. */
    void remove(LiveRecord record, int slot, int reference) {
        index.remove(slot);
        free(record.buffer(), record.offset(), reference);
    }

    private void free(UnsafeBuffer region, int block, int reference) {
        region.putLongOpaque(block + LiveRecordDescriptor.SEQUENCE_OFFSET, 2 * writes + 1);
        VarHandle.storeStoreFence();
        blocks.free(reference);
    }

    long recordsMoved() {
        return recordsMoved;
    }

    /** Of records written anew, where they were or elsewhere. */
    long bytesRewritten() {
        return bytesRewritten;
    }
}
