package io.tilefold.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.tile.SegmentReader;
import org.jspecify.annotations.Nullable;

/**
 * Looks ahead of the reads of some keys: at the index slots of all of them, then, with these near, at where their records lie, then at the lines of all records.
 * In the first and the last step no load depends on another and no branch on a load, so the processor has many under way at a time. What it reads decides
 * nothing, so it may be torn or outdated. Confined to one thread.
 */
final class KeysAhead {
    /** Keys of one step: more misses than a core can have under way, and few enough for their lines to stay near. */
    private static final int STEP = 16;

    private final int[] records = new int[STEP];
    private final int[] references = new int[STEP];

    /** What was read, so that the compiler cannot leave the reads out. */
    long words;

    void bringNear(@Nullable BaseView base, @Nullable LiveView live, int shardCount, long[] hashes, int from, int to) {
        for (int first = from; first < to; first += STEP) {
            int count = Math.min(STEP, to - first);
            if (base != null) {
                bringBaseNear(base, shardCount, hashes, first, count);
            }
            if (live != null) {
                bringLiveNear(live, shardCount, hashes, first, count);
            }
        }
    }

    private void bringBaseNear(BaseView base, int shardCount, long[] hashes, int first, int count) {
        long read = 0;
        for (int i = 0; i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            read += segment == null ? 0 : segment.touchIndex(hashes[first + i]);
        }
        for (int i = 0; i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            records[i] = segment == null ? 0 : segment.candidate(hashes[first + i]);
        }
        for (int i = 0; i < count; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[first + i], shardCount));
            read += segment == null || records[i] == 0 ? 0 : segment.touch(records[i]);
        }
        words += read;
    }

    private void bringLiveNear(LiveView live, int shardCount, long[] hashes, int first, int count) {
        long read = 0;
        for (int i = 0; i < count; i++) {
            read += live.shard(KeyHash.shard(hashes[first + i], shardCount)).touchIndex(hashes[first + i]);
        }
        for (int i = 0; i < count; i++) {
            references[i] =
                    live.shard(KeyHash.shard(hashes[first + i], shardCount)).candidate(hashes[first + i]);
        }
        for (int i = 0; i < count; i++) {
            read += references[i] == 0
                    ? 0
                    : live.shard(KeyHash.shard(hashes[first + i], shardCount)).touch(references[i]);
        }
        words += read;
    }
}
