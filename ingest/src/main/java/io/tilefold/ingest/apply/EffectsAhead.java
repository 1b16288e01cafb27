package io.tilefold.ingest.apply;

import io.tilefold.core.key.KeyHash;
import io.tilefold.ingest.log.codec.EffectKind;
import io.tilefold.ingest.log.codec.EventRangeDecoder;
import io.tilefold.ingest.log.codec.EventRangeDecoder.EffectsDecoder;
import io.tilefold.store.EventsAhead;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the effects of a range some effects ahead of those being applied, so that what these will read is near by then; see {@link EventsAhead}. Changes
 * nothing. Confined to the applying thread.
 */
final class EffectsAhead {
    private final EventRangeDecoder range = new EventRangeDecoder();
    private final UnsafeBuffer key = new UnsafeBuffer(0, 0);
    private final EventsAhead events = new EventsAhead();
    private final long[] hashes = new long[EventsAhead.EVENTS_MAX];
    private @Nullable EffectsDecoder effects;

    /** Begins with the first effect of a range of which no effect has been decoded yet. */
    void begin(EventRangeDecoder applied) {
        int blockLength = applied.limit() - applied.offset();
        range.wrap(applied.buffer(), applied.offset(), blockLength, applied.actingVersion());
        effects = range.effects();
    }

    /** Looks at the next {@value EventsAhead#EVENTS_MAX} effects, or as many as there are. */
    void look(ActiveStores active) {
        EffectsDecoder next = Objects.requireNonNull(effects);
        for (int i = 0; i < EventsAhead.EVENTS_MAX && next.hasNext(); i++) {
            next.next();
            if (hasKey(next.kind())) {
                next.wrapKey(key);
                hashes[i] = KeyHash.hash(key, 0, key.capacity());
                events.add(active.store(next.definition()), hashes[i]);
            } else {
                next.skipKey();
            }
            next.skipRow();
        }
        events.bringNear();
    }

    private static boolean hasKey(EffectKind kind) {
        return kind == EffectKind.EVENT || kind == EffectKind.MUTATION || kind == EffectKind.BEFORE_MISSING;
    }

    /** {@link KeyHash} of the key of an effect, by its place among those last looked at; of those that have a key. */
    long hash(int place) {
        return hashes[place];
    }
}
