package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.key.KeyHash;
import java.io.IOException;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes the records of one shard in an order that follows from their keys alone, and takes them back. Writer's thread only.
 *
 * <p>The order is that of the hashes' lower halves, which the index's slots hold, then that of the keys. It is made without sorting all keys at
 * once: the hashes' range is cut into parts of about {@value #PART_KEYS} keys, and for each part the index is run through. So a snapshot takes
 * a few MB of heap whatever the number of keys, and as many runs through the index as it has parts.
 */
final class LiveShardSnapshot {
    private static final int PART_KEYS = 1 << 19;

    private final BlockAllocator blocks;
    private final LiveIndex index;
    private final long keepFromMs;
    private final LiveRecord record = new LiveRecord();
    private final LiveRecord other = new LiveRecord();
    private final LiveRecordRewriter rewriter = new LiveRecordRewriter();
    private final UnsafeBuffer image = new UnsafeBuffer(0, 0);
    private long[] part = {};

    LiveShardSnapshot(BlockAllocator blocks, LiveIndex index, long keepFromMs) {
        this.blocks = blocks;
        this.index = index;
        this.keepFromMs = keepFromMs;
    }

    void writeTo(SnapshotWriter out) throws IOException {
        int parts = BitUtil.findNextPositivePowerOfTwo(Math.max(1, index.keys() / PART_KEYS));
        int shift = Integer.SIZE - Integer.numberOfTrailingZeros(parts);
        for (int number = 0; number < parts; number++) {
            int keys = collect(number, shift);
            Arrays.sort(part, 0, keys);
            sortEqualHashes(keys);
            for (int i = 0; i < keys; i++) {
                write(out, reference(part[i]));
            }
        }
        out.putInt(0);
    }

    /** Takes the keys of one part: hash, so that its unsigned order is the longs' order, and reference. */
    private int collect(int number, int shift) {
        int keys = 0;
        for (int slot = 0; slot < index.slots(); slot++) {
            long entry = index.entry(slot);
            if (LiveIndexDescriptor.isKey(entry) && (int) ((entry & 0xFFFF_FFFFL) >>> shift) == number) {
                if (keys == part.length) {
                    part = Arrays.copyOf(part, Math.max(1 << 10, 2 * keys));
                }
                part[keys++] = Long.rotateLeft(entry, Integer.SIZE) ^ Long.MIN_VALUE;
            }
        }
        return keys;
    }

    private static int reference(long collected) {
        return (int) collected;
    }

    /** Different keys with one hash half: a few at most. */
    private void sortEqualHashes(int keys) {
        for (int i = 1; i < keys; i++) {
            long moved = part[i];
            int place = i;
            while (place > 0
                    && part[place - 1] >>> Integer.SIZE == moved >>> Integer.SIZE
                    && compareKeys(reference(part[place - 1]), reference(moved)) > 0) {
                part[place] = part[place - 1];
                place--;
            }
            part[place] = moved;
        }
    }

    private int compareKeys(int left, int right) {
        return Arrays.compareUnsigned(key(record, left), key(other, right));
    }

    private byte[] key(LiveRecord at, int reference) {
        at.wrap(blocks.region(reference), LiveRegionDescriptor.offset(reference));
        byte[] key = new byte[at.keyLength()];
        at.buffer().getBytes(at.offset() + LiveRecordDescriptor.KEY_OFFSET, key);
        return key;
    }

    private void write(SnapshotWriter out, int reference) throws IOException {
        record.wrap(blocks.region(reference), LiveRegionDescriptor.offset(reference));
        if (!record.holdsFrom(keepFromMs)) {
            return; // has expired: whether the sweep has been here is no part of the state
        }
        int length = rewriter.plan(record, keepFromMs).length();
        reserve(image, length);
        rewriter.write(image, 0, length);
        int marks = record.marks();
        if (!LiveRecordDescriptor.isOfMutations(marks) && !LiveRecordDescriptor.isRefusedFrom(marks, keepFromMs)) {
            image.putInt(LiveRecordDescriptor.MARKS_OFFSET, 0, LITTLE_ENDIAN);
        }
        out.putInt(length).put(image, Long.BYTES, length - Long.BYTES);
    }

    private static void reserve(UnsafeBuffer buffer, int length) {
        if (buffer.capacity() < length) {
            buffer.wrap(new byte[BitUtil.findNextPositivePowerOfTwo(length)]);
        }
    }

    /** Takes the records of a snapshot, one at a time. */
    interface Target {
        /** @param image of the record, without a sequence; good during the call */
        void add(LiveRecord image, long hash);
    }

    /** Reads one shard's records, each of which is what {@link LiveRecordDescriptor} says; its tiles are for the target to check. */
    static void read(SnapshotReader in, int shard, int shardCount, Target target) {
        UnsafeBuffer image = new UnsafeBuffer(0, 0);
        LiveRecord record = new LiveRecord();
        for (int length = in.getInt(); length != 0; length = in.getInt()) {
            if (length < LiveRecordDescriptor.KEY_OFFSET || length > LiveRecordDescriptor.MAX_LENGTH) {
                throw in.corrupt("a record of " + length + " bytes");
            }
            reserve(image, length);
            in.get(image, Long.BYTES, length - Long.BYTES);
            String problem = LiveRecordCheck.problem(image, length);
            if (problem != null) {
                throw in.corrupt("a record of " + length + " bytes: " + problem);
            }
            long hash = LiveScan.hash(image);
            if (KeyHash.shard(hash, shardCount) != shard) {
                throw in.corrupt("a key of shard " + KeyHash.shard(hash, shardCount) + " among those of " + shard);
            }
            target.add(record.wrap(image, 0), hash);
        }
    }
}
