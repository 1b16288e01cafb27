package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyHash;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Goes through one shard's live records by its index, beside a running writer: each record is copied as a reader does it. For tools; confined to
 * one thread.
 */
final class LiveScan {
    private static final int COPY_TRIES = 10_000;
    private static final int SCAN_TRIES = 10;

    /** What is done with what is found. */
    interface Visitor {
        /** A scan begins; what an earlier one of this shard found is void, since its index was replaced. */
        void begin(LiveShardView.Table index);

        /**
         * One record, whole and consistent.
         *
         * @param probes slots that a search for its key looks at
         * @param copy the block's bytes from 0
         */
        void record(int slot, long entry, int probes, UnsafeBuffer copy, int capacity);

        /** A key was removed from this slot. */
        void removed(int slot);

        /** The writer changed the record during each of many tries. */
        void busy(int slot);

        /** A slot's record cannot be read: it refers to nothing, or its block makes no sense. */
        void wrong(int slot, long entry, String what);
    }

    private final LiveShardView shard;
    private UnsafeBuffer copy = new UnsafeBuffer(new byte[4096]);

    LiveScan(LiveShardView shard) {
        this.shard = shard;
    }

    /** False if the shard's files are gone: another generation holds. */
    boolean run(Visitor visitor) {
        for (int tries = 0; tries < SCAN_TRIES; tries++) {
            long number = shard.indexNumber();
            LiveShardView.Table index = number == 0 ? null : shard.index(number);
            if (number == 0) {
                return true;
            }
            if (index != null) {
                visitor.begin(index);
                if (scan(index, visitor)) {
                    return true;
                }
            } else if (shard.indexNumber() == number) {
                return false;
            }
        }
        return false;
    }

    /** False if the index was replaced in the meantime. */
    private boolean scan(LiveShardView.Table index, Visitor visitor) {
        for (int slot = 0; slot < index.slots(); slot++) {
            if (shard.indexNumber() != index.number()) {
                return false;
            }
            visit(index, slot, visitor);
        }
        return shard.indexNumber() == index.number();
    }

    private void visit(LiveShardView.Table index, int slot, Visitor visitor) {
        for (int tries = 0; tries < COPY_TRIES; tries++) {
            long entry = index.buffer().getLongAcquire(LiveIndexDescriptor.slotOffset(slot));
            if (entry == LiveIndexDescriptor.EMPTY) {
                return;
            }
            if (!LiveIndexDescriptor.isKey(entry)) {
                visitor.removed(slot);
                return;
            }
            int reference = LiveIndexDescriptor.reference(entry);
            UnsafeBuffer region = shard.region(LiveRegionDescriptor.region(reference));
            String problem = region == null ? "its region is missing" : null;
            int capacity = 0;
            long sequence = 0;
            if (region != null) {
                int block = LiveRegionDescriptor.offset(reference);
                problem = wrongBlock(region, block);
                if (problem == null) {
                    sequence = region.getLongAcquire(block + LiveRecordDescriptor.SEQUENCE_OFFSET);
                    capacity = region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
                    problem = wrongCapacity(region, block, capacity);
                }
                if (problem == null) {
                    reserve(capacity);
                    copy.putBytes(0, region, block, capacity);
                }
                VarHandle.loadLoadFence();
                if ((sequence & 1) != 0
                        || (problem == null && region.getLongOpaque(block) != sequence)
                        || index.buffer().getLongOpaque(LiveIndexDescriptor.slotOffset(slot)) != entry) {
                    Thread.onSpinWait();
                    continue;
                }
            }
            if (shard.indexNumber() != index.number()) {
                return;
            }
            if (problem != null) {
                visitor.wrong(slot, entry, problem);
            } else {
                visitor.record(slot, entry, probes(slot, entry, index), copy, capacity);
            }
            return;
        }
        visitor.busy(slot);
    }

    private static @Nullable String wrongBlock(UnsafeBuffer region, int block) {
        return block < LiveRegionDescriptor.HEADER_LENGTH
                        || block > region.capacity() - LiveRegionDescriptor.MIN_BLOCK_LENGTH
                ? "no block of its region is at " + block
                : null;
    }

    private static @Nullable String wrongCapacity(UnsafeBuffer region, int block, int capacity) {
        boolean right = capacity >= LiveRegionDescriptor.MIN_BLOCK_LENGTH
                && capacity <= region.capacity() - block
                && LiveRegionDescriptor.blockLength(LiveRegionDescriptor.sizeClass(capacity)) == capacity;
        return right ? null : "capacity " + capacity + " is no block's length";
    }

    private void reserve(int length) {
        if (copy.capacity() < length) {
            copy = new UnsafeBuffer(new byte[LiveRegionDescriptor.blockLength(LiveRegionDescriptor.sizeClass(length))]);
        }
    }

    private static int probes(int slot, long entry, LiveShardView.Table index) {
        return ((slot - LiveIndexDescriptor.firstSlot(entry, index.slots())) & (index.slots() - 1)) + 1;
    }

    /** Hash of the key in a copied record. */
    static long hash(UnsafeBuffer record) {
        int keyLength = record.getInt(LiveRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN);
        return LiveRecordDescriptor.isOfMutations(record.getInt(LiveRecordDescriptor.MARKS_OFFSET, LITTLE_ENDIAN))
                ? MutationKey.hash(record, LiveRecordDescriptor.KEY_OFFSET, keyLength)
                : KeyHash.hash(record, LiveRecordDescriptor.KEY_OFFSET, keyLength);
    }
}
