package io.tilefold.store;

import java.util.Objects;
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
    private final LinesAhead lines = new LinesAhead();
    private int count;

    public EventsAhead() {
        this(NEAR_BYTES);
    }

    EventsAhead(long nearBytes) {
        this.nearBytes = nearBytes;
    }

    /**
     * Adds an event to come, at most {@value #EVENTS_MAX} before {@link #bringNear}.
     *
     * @param hash {@link io.tilefold.core.key.KeyHash} of its key
     */
    public void add(GroupByStore groupBy, long hash) {
        LiveShard shard = groupBy.shardOf(hash);
        if (shard != null && shard.blocks().dataBytes() >= nearBytes) {
            shards[count] = shard;
            hashes[count] = hash;
            count++;
        }
    }

    /** Reads index slots and records of all events added, and forgets these. */
    public void bringNear() {
        lines.forget();
        for (int i = 0; i < count; i++) {
            Objects.requireNonNull(shards[i]).nameSlot(hashes[i], lines);
        }
        lines.touch();
        for (int i = 0; i < count; i++) {
            Objects.requireNonNull(shards[i]).nameRecord(hashes[i], lines);
            shards[i] = null;
        }
        lines.touch();
        count = 0;
    }
}
