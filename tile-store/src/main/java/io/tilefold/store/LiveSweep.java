package io.tilefold.store;

import io.tilefold.core.time.Hop;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes through a shard's index, some slots at a time, and drops what has expired: tiles, and keys that have nothing left. How far it has come
 * follows from the calls alone, and shows in no answer. Writer's thread only.
 */
final class LiveSweep {
    /** A run ends early after records of this many bytes were written anew, so that no run meets two large ones. */
    private static final int REWRITTEN_BYTES_MAX = 64 << 10;

    /** A record goes to a smaller block if it fills less than this part of the one it has, room to grow included. */
    private static final int MOVE_BELOW = 2;

    private final BlockAllocator blocks;
    private final LiveIndex index;
    private final LiveRecordWriter writer;
    private final LiveRecord record = new LiveRecord();
    private final LiveRecordRewriter rewriter = new LiveRecordRewriter();
    private int next = Integer.MAX_VALUE;

    LiveSweep(BlockAllocator blocks, LiveIndex index, LiveRecordWriter writer) {
        this.blocks = blocks;
        this.index = index;
        this.writer = writer;
    }

    /** Begins with the first slot, whether the sweep before had reached the last or not. */
    void start() {
        next = 0;
    }

    /** Keys have other slots: a sweep under way begins again. */
    void indexRebuilt() {
        if (isRunning()) {
            next = 0;
        }
    }

    private boolean isRunning() {
        return next != Integer.MAX_VALUE;
    }

    /** Sweeps the next slots. Returns how many of {@code slots} are left over when all have been seen; 0: perhaps there are more. */
    int run(int slots, long keepFromMs) {
        int rewritten = 0;
        int left = slots;
        while (isRunning() && left > 0 && rewritten < REWRITTEN_BYTES_MAX) {
            if (next == index.slots()) {
                next = Integer.MAX_VALUE;
                index.shrink();
                return left;
            }
            long entry = index.entry(next);
            if (LiveIndexDescriptor.isKey(entry)) {
                rewritten += expire(next, LiveIndexDescriptor.reference(entry), keepFromMs);
            }
            next++;
            left--;
        }
        return isRunning() ? 0 : left;
    }

    /** Returns the bytes written. */
    private int expire(int slot, int reference, long keepFromMs) {
        UnsafeBuffer region = blocks.region(reference);
        record.wrap(region, LiveRegionDescriptor.offset(reference));
        if (!record.holdsFrom(keepFromMs)) {
            writer.remove(record, slot, reference);
            return 0;
        }
        if (record.countBefore(Hop.FIVE_MINUTES, record.tilesFrom(keepFromMs)) == 0) {
            return 0;
        }
        int length = rewriter.plan(record, keepFromMs).length();
        int capacity = record.capacity();
        int roomy = length + length / 4;
        int target = roomy <= capacity / MOVE_BELOW ? blocks.allocateExisting(roomy) : 0;
        if (target != 0) {
            writer.move(record, slot, reference, target, rewriter, null);
        } else {
            writer.compact(record, rewriter, null);
        }
        return length;
    }
}
