package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.value.FlatRow;
import java.io.IOException;
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
     * adds one by filling a block, sequence := next even (release), slot := block (release), and removes one by slot := removed or empty
     * (release), sequence := odd ─ StoreStore ─ the block goes to the free list.
     *
     *   field                    writer                        reader                              guards
     *   -----------------------  ----------------------------  ----------------------------------  -------------------------------
     *   shard root: index        release store                 acquire load first, and again last  which index file is current
     *   index slot               release store                 acquire load first, and again last  which block is the key's
     *   record sequence          opaque odd, release even      acquire load first, again last      every other byte of the block
     *   the rest of the record   plain, while odd or unshared  plain, used once validated          -
     *   control page: position   release store                 acquire load before all             all that was applied up to it
     *
     * A reader loads root, slot, sequence; reads; LoadLoad fence; loads sequence, slot, root again. All equal and the sequence even: what it
     * read is one state of the record, and the key found in it says whose. What it reads before that may be anything, so it checks lengths
     * against the block and the mapping before it follows them. It copies, and interprets nothing else; or, where all states of the GroupBy can be merged
     * whatever their bytes are (Accumulator.mergesTorn), folds the tiles where they lie: then the values are what counts only once validated.
     *
     * Invariants this rests on:
     *  1. Even sequences of a shard are all different (one counter), so no block has the same one twice: equal means untouched.
     *  2. A block's first long is a sequence for ever: blocks are split, which leaves it where it is, but never joined; regions are never
     *     unmapped by the generation.
     *  3. A free block's sequence is odd until it is filled again.
     *  4. A key's slot stays where it is in one index file for as long as the key is there; only its reference changes. A reader that meets
     *     another key behind a slot with this hash believes it only if sequence and slot stand; "not found" only if the root stands too,
     *     since a former index file is frozen and may refer to blocks that other keys have by now.
     *  5. No slot between a key's first one and its own is ever empty while the key is there. A removed key's slot becomes empty only if the
     *     next slot is empty: then no key lies behind it. Otherwise it says "removed" and searches pass it. So a search that ends at an
     *     empty slot has passed the slot of every key that was there all the while. A key removed and added again meanwhile, perhaps in a
     *     removed slot the search had passed, was not there all the while: "not found" was true in between. A removed slot that is taken
     *     by the same key and the same block again holds the same long, and its block another sequence (1).
     *
     * A writer killed while a sequence is odd leaves that one record unreadable (CONFLICT) until the next generation is published; everything
     * else stays readable.
     */

    private static final int NO_REFERENCE = 0;
    private static final int NO_MARKS = 0;

    /** A record up to this length gets {@value #SHORT_SLACK} bytes to grow by, so that the lines of what is read most are tiles and not room; a longer one half of it. */
    private static final int SHORT_LENGTH = 1 << 10;

    private static final int SHORT_SLACK = 64;

    private final BlockAllocator blocks;
    private final LiveIndex index;
    private final TileUpdate update;
    private final LiveRecordWriter writer;
    private final LiveRecord record = new LiveRecord();
    private final LiveRecordRewriter rewriter = new LiveRecordRewriter();
    private final LiveSweep sweep;
    private long keepFromMs = Long.MIN_VALUE;
    private int foundSlot;

    /** @param update scratch, shared with other shards of the GroupBy */
    LiveShard(LiveDirectory directory, int shard, UnsafeBuffer roots, TileUpdate update) {
        this.blocks = new BlockAllocator(directory, shard, roots);
        this.index = new LiveIndex(directory, shard, roots);
        this.update = update;
        this.writer = new LiveRecordWriter(blocks, index);
        this.sweep = new LiveSweep(blocks, index, writer);
    }

    /** From now on what lies before a day's beginning is not needed any more, and goes as {@link #sweep} comes by. */
    void expireBefore(long dayMs) {
        keepFromMs = dayMs;
        sweep.start();
    }

    /** Drops what has expired from the next slots. Returns how many of {@code slots} are left over, all having been seen. */
    int sweep(int slots) {
        return sweep.run(slots, keepFromMs);
    }

    /** @return {@link ApplyResult#APPLIED} or {@link ApplyResult#KEY_FULL} */
    ApplyResult apply(DirectBuffer key, int keyOffset, int keyLength, long hash, FlatRow row, long timeMs) {
        update.event(TileUpdate.Change.ADD, row, timeMs);
        return change(key, keyOffset, keyLength, hash, NO_MARKS, timeMs);
    }

    /**
     * Applies a mutation, which readers see whole or not at all: also where its steps move the record.
     *
     * @param key shorter than a record
     * @param steps not empty
     * @return {@link ApplyResult#APPLIED} or {@link ApplyResult#KEY_FULL}
     * @throws StoreException if the shard must grow and cannot: the mutation is then not applied, or, where that was in its midst, its key is as one whose row before was
     *     missing
     */
    ApplyResult mutate(MutationKey key, MutationSteps steps) {
        writer.hold();
        ApplyResult result = ApplyResult.APPLIED;
        boolean isChanged = false;
        boolean isWhole = false;
        try {
            while (result == ApplyResult.APPLIED && steps.next(update)) {
                result = change(
                        key.buffer(), 0, key.length(), key.hash(), LiveRecordDescriptor.MUTATIONS, steps.mutationMs());
                isChanged = true;
                steps.done(update);
            }
            isWhole = true;
        } finally {
            if (isChanged) {
                int marks = LiveRecordDescriptor.mutated(record.marks(), steps.sinceDayMs());
                record.mark(isWhole ? marks : LiveRecordDescriptor.beforeMissing(marks));
                writer.release(record);
            } else {
                writer.release();
            }
        }
        return result;
    }

    /** Notes that a mutation came without the row before it. */
    void missBefore(MutationKey key, int sinceDayMs) {
        if (find(key.buffer(), 0, key.length(), key.hash()) == NO_REFERENCE) {
            int reference =
                    create(key.buffer(), 0, key.length(), missing(LiveRecordDescriptor.MUTATIONS, sinceDayMs), 0);
            writer.end(record);
            index.add(key.hash(), reference);
        } else {
            writer.begin(record);
            record.mark(missing(record.marks(), sinceDayMs));
            writer.end(record);
        }
    }

    private static int missing(int marks, int sinceDayMs) {
        return LiveRecordDescriptor.beforeMissing(LiveRecordDescriptor.mutated(marks, sinceDayMs));
    }

    /** Makes the change that the update has been told. */
    private ApplyResult change(DirectBuffer key, int keyOffset, int keyLength, long hash, int marks, long timeMs) {
        int reference = find(key, keyOffset, keyLength, hash);
        if (reference == NO_REFERENCE) {
            return changeFirst(key, keyOffset, keyLength, hash, marks, timeMs);
        }
        int needed = update.prepare(record);
        if (needed <= record.gap()) {
            writer.begin(record);
            update.write(record);
            writer.end(record);
            return ApplyResult.APPLIED;
        }
        return rebuild(reference, timeMs);
    }

    /** Finds the key's record and wraps it. */
    private int find(DirectBuffer key, int keyOffset, int keyLength, long hash) {
        int slot = index.firstSlot(hash);
        while (true) {
            long entry = index.entry(slot);
            if (entry == LiveIndexDescriptor.EMPTY) {
                return NO_REFERENCE;
            }
            if (LiveIndexDescriptor.isOf(entry, hash)) {
                int reference = LiveIndexDescriptor.reference(entry);
                UnsafeBuffer region = blocks.region(reference);
                int block = LiveRegionDescriptor.offset(reference);
                if (region.getInt(block + LiveRecordDescriptor.KEY_LENGTH_OFFSET, LITTLE_ENDIAN) == keyLength
                        && KeyBytes.equal(region, block + LiveRecordDescriptor.KEY_OFFSET, key, keyOffset, keyLength)) {
                    foundSlot = slot;
                    record.wrap(region, block);
                    return reference;
                }
            }
            slot = index.nextSlot(slot);
        }
    }

    /** Names the line of the index slot with which the search for a key with this hash begins. */
    void nameSlot(long hash, LinesAhead lines) {
        index.nameSlot(index.firstSlot(hash), lines);
    }

    /** Names the lines of the record at which a search for a key with this hash would look first. Reads the index alone. */
    void nameRecord(long hash, LinesAhead lines) {
        int slot = index.firstSlot(hash);
        long entry = index.entry(slot);
        while (entry != LiveIndexDescriptor.EMPTY && !LiveIndexDescriptor.isOf(entry, hash)) {
            slot = index.nextSlot(slot);
            entry = index.entry(slot);
        }
        if (entry != LiveIndexDescriptor.EMPTY) {
            int reference = LiveIndexDescriptor.reference(entry);
            lines.addRecord(blocks.region(reference), LiveRegionDescriptor.offset(reference));
        }
    }

    private ApplyResult changeFirst(DirectBuffer key, int keyOffset, int keyLength, long hash, int marks, long timeMs) {
        int needed = update.prepareFirst();
        long head = LiveRecordDescriptor.directoryOffset(keyLength);
        boolean refused = head + needed > LiveRecordDescriptor.MAX_LENGTH;
        if (head > LiveRecordDescriptor.MAX_LENGTH) {
            return ApplyResult.KEY_FULL; // a key of 32 MiB
        }
        int reference = create(key, keyOffset, keyLength, marks, refused ? 0 : needed);
        if (refused) {
            record.refuse(timeMs);
        } else {
            update.write(record);
        }
        writer.end(record);
        index.add(hash, reference);
        return refused ? ApplyResult.KEY_FULL : ApplyResult.APPLIED;
    }

    /** Makes an empty record, which no reader knows, with room for so many bytes of entries and tiles; {@link #record} wraps it. */
    private int create(DirectBuffer key, int keyOffset, int keyLength, int marks, int room) {
        if (index.reserve()) {
            sweep.indexRebuilt();
        }
        int reference = blocks.allocate(LiveRecordDescriptor.directoryOffset(keyLength) + room);
        UnsafeBuffer region = blocks.region(reference);
        int block = LiveRegionDescriptor.offset(reference);
        int capacity = region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN);
        record.create(region, block, capacity, marks, key, keyOffset, keyLength);
        return reference;
    }

    /**
     * Makes room for an update that does not fit: within the record if its holes and what has expired give enough, else in a larger block. An
     * event is refused if what the key must keep is too long without any slack: that does not depend on how far the sweep has come.
     */
    private ApplyResult rebuild(int reference, long timeMs) {
        int needed = update.prepareRebuild();
        rewriter.plan(record, keepFromMs, update.replaced());
        long length = (long) rewriter.length() + needed;
        int capacity = record.capacity();
        if (length > LiveRecordDescriptor.MAX_LENGTH) {
            writer.begin(record);
            record.refuse(timeMs);
            writer.end(record);
            return ApplyResult.KEY_FULL;
        }
        update.rebuilt(rewriter);
        if (length + capacity / 8 <= capacity) {
            writer.compact(record, rewriter, update);
        } else {
            long withSlack = length + (length <= SHORT_LENGTH ? SHORT_SLACK : length / 2);
            int allocated = (int) Math.min(withSlack, LiveRecordDescriptor.MAX_LENGTH);
            writer.move(record, foundSlot, reference, blocks.allocate(allocated), rewriter, update);
        }
        return ApplyResult.APPLIED;
    }

    /** Writes what is kept of all records. */
    void writeTo(SnapshotWriter out) throws IOException {
        new LiveShardSnapshot(blocks, index, keepFromMs).writeTo(out);
    }

    /** Adds the record of a key that is not there. */
    void restore(LiveRecord image, long hash) {
        if (index.reserve()) {
            sweep.indexRebuilt();
        }
        rewriter.plan(image, keepFromMs);
        int reference = blocks.allocate(rewriter.length());
        UnsafeBuffer region = blocks.region(reference);
        int block = LiveRegionDescriptor.offset(reference);
        rewriter.write(region, block, region.getInt(block + LiveRecordDescriptor.CAPACITY_OFFSET, LITTLE_ENDIAN));
        writer.end(record.wrap(region, block));
        index.add(hash, reference);
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
        return writer.recordsMoved();
    }

    long bytesRewritten() {
        return writer.bytesRewritten();
    }

    void unmap() {
        index.unmap();
        blocks.unmap();
    }
}
