package io.tilefold.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.tile.SegmentReader;
import org.jspecify.annotations.Nullable;

/**
 * Looks ahead of the reads of some keys of a GroupBy, in the steps of {@link LookAhead}, base and live side by side: names the lines that these will read. Nothing
 * here decides anything, so what it reads may be outdated. Immutable.
 */
final class KeysAhead {
    /** Keys of one step: more misses than a core can have under way, and few enough for their lines to stay near. */
    static final int KEYS_MAX = 16;

    private final @Nullable BaseView base;
    private final @Nullable LiveView live;
    private final int shardCount;

    KeysAhead(@Nullable BaseView base, @Nullable LiveView live, int shardCount) {
        this.base = base;
        this.live = live;
        this.shardCount = shardCount;
    }

    /** All steps for any number of keys. */
    void bringNear(long[] hashes, int from, int to, LookAhead last, LinesAhead lines) {
        lines.forget();
        for (int first = from; first < to; first += KEYS_MAX) {
            int end = Math.min(first + KEYS_MAX, to);
            name(LookAhead.SLOTS, hashes, first, end, true, lines);
            lines.touch();
            name(last, hashes, first, end, true, lines);
            lines.touch();
        }
    }

    /** Names the lines of one step, of the base only where it will be read. */
    void name(LookAhead step, long[] hashes, int from, int to, boolean ofBase, LinesAhead lines) {
        for (int i = from; ofBase && base != null && i < to; i++) {
            SegmentReader segment = base.segment(KeyHash.shard(hashes[i], shardCount));
            if (segment != null) {
                name(step, segment, hashes[i], lines);
            }
        }
        for (int i = from; live != null && i < to; i++) {
            live.shard(KeyHash.shard(hashes[i], shardCount)).name(step, hashes[i], lines);
        }
    }

    private static void name(LookAhead step, SegmentReader segment, long hash, LinesAhead lines) {
        if (step == LookAhead.SLOTS) {
            lines.addWord(segment.buffer(), segment.firstSlot(hash));
            return;
        }
        int record = segment.candidate(hash);
        if (record != 0) {
            lines.add(step, segment.buffer(), record);
        }
    }
}
