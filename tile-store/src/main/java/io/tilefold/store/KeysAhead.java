package io.tilefold.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.tile.Lines;
import io.tilefold.core.tile.SegmentReader;
import org.jspecify.annotations.Nullable;

/**
 * Looks ahead of the reads of some keys, in the steps of {@link LookAhead}, base and live side by side. In the first and the last step no load depends on another
 * and no branch on a load, so the processor has many under way at a time. What it reads decides nothing, so it may be torn or outdated. Confined to one thread.
 */
final class KeysAhead {
    /** Keys of one step: more misses than a core can have under way, and few enough for their lines to stay near. */
    static final int KEYS_MAX = 16;

    private final int[] records = new int[KEYS_MAX];
    private final int[] references = new int[KEYS_MAX];

    /** What was read, so that the compiler cannot leave the reads out. */
    long words;

    /**
     * All steps for any number of keys.
     *
     * @param length of what is brought near of each record; see {@link Lines#touch}
     */
    void bringNear(
            @Nullable BaseView base,
            @Nullable LiveView live,
            int shardCount,
            long[] hashes,
            int from,
            int to,
            int length) {
        for (int first = from; first < to; first += KEYS_MAX) {
            int count = Math.min(KEYS_MAX, to - first);
            slots(base, live, shardCount, hashes, first, count);
            places(base, live, shardCount, hashes, first, count);
            lines(base, live, shardCount, hashes, first, count, length);
        }
    }

    /** One step for at most {@value #KEYS_MAX} keys, the same in all steps. */
    void step(
            LookAhead step,
            @Nullable BaseView base,
            @Nullable LiveView live,
            int shardCount,
            long[] hashes,
            int first,
            int count) {
        switch (step) {
            case SLOTS -> slots(base, live, shardCount, hashes, first, count);
            case PLACES -> places(base, live, shardCount, hashes, first, count);
            case RECORDS -> lines(base, live, shardCount, hashes, first, count, Lines.RECORD_LENGTH);
        }
    }

    private void slots(
            @Nullable BaseView base, @Nullable LiveView live, int shardCount, long[] hashes, int first, int count) {
        long read = 0;
        for (int i = 0; base != null && i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            read += segment == null ? 0 : segment.touchIndex(hashes[first + i]);
        }
        for (int i = 0; live != null && i < count; i++) {
            read += live.shard(KeyHash.shard(hashes[first + i], shardCount)).touchIndex(hashes[first + i]);
        }
        words += read;
    }

    private void places(
            @Nullable BaseView base, @Nullable LiveView live, int shardCount, long[] hashes, int first, int count) {
        for (int i = 0; base != null && i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            records[i] = segment == null ? 0 : segment.candidate(hashes[first + i]);
        }
        for (int i = 0; live != null && i < count; i++) {
            references[i] =
                    live.shard(KeyHash.shard(hashes[first + i], shardCount)).candidate(hashes[first + i]);
        }
    }

    private void lines(
            @Nullable BaseView base,
            @Nullable LiveView live,
            int shardCount,
            long[] hashes,
            int first,
            int count,
            int length) {
        long read = 0;
        for (int i = 0; base != null && i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            read += segment == null || records[i] == 0 ? 0 : segment.touch(records[i], length);
        }
        for (int i = 0; live != null && i < count; i++) {
            read += references[i] == 0
                    ? 0
                    : live.shard(KeyHash.shard(hashes[first + i], shardCount)).touch(references[i], length);
        }
        words += read;
    }
}
