package io.tilefold.store;

import org.jspecify.annotations.Nullable;

/**
 * Looks ahead of events that will be applied in turn, of one GroupBy or several: brings near what applying them will read, index slots first, then records. No load
 * of one such step depends on another, so the processor has many under way at a time, where one event after the other would wait for each. A hint
 * alone: changes nothing, and if the events never come nothing is lost. Shards of less than {@value #NEAR_BYTES} bytes are left out: they are near anyway, and looking costs. Writer's thread
 * only.
 */
public final class EventsAhead {
    /** Events of one step: more misses than a core can have under way, and few enough for their lines to stay near. */
    public static final int EVENTS_MAX = 16;

    /** Live data of a shard that is taken to be in the processor's caches. */
    static final long NEAR_BYTES = 2 << 20;

    private final long nearBytes;
    private final @Nullable LiveShard[] shards = new LiveShard[EVENTS_MAX];
    private final long[] hashes = new long[EVENTS_MAX];
    private final int[] references = new int[EVENTS_MAX];
    private int count;

    /** What was read, so that the compiler cannot leave the reads out. */
    long words;

    public EventsAhead() {
        this(NEAR_BYTES);
    }

    EventsAhead(long nearBytes) {
        this.nearBytes = nearBytes;
    }

    /**
     * Adds an event to come, at most {@value #EVENTS_MAX} before {@link #bringNear}; reads its index slot.
     *
     * @param hash {@link io.tilefold.core.key.KeyHash} of its key
     */
    public void add(GroupByStore groupBy, long hash) {
        LiveShard shard = groupBy.shardOf(hash);
        if (shard != null && shard.blocks().dataBytes() >= nearBytes) {
            shards[count] = shard;
            hashes[count] = hash;
            words += shard.touchIndex(hash);
            count++;
        }
    }

    /** Reads the lines of the records of all events added, and forgets these. */
    public void bringNear() {
        for (int i = 0; i < count; i++) {
            LiveShard shard = shards[i];
            references[i] = shard == null ? 0 : shard.candidate(hashes[i]);
        }
        for (int i = 0; i < count; i++) {
            LiveShard shard = shards[i];
            words += references[i] == 0 || shard == null ? 0 : shard.touch(references[i]);
            shards[i] = null;
        }
        count = 0;
    }
}
