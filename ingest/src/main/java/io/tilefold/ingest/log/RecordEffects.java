package io.tilefold.ingest.log;

import io.tilefold.core.value.FlatRow;
import io.tilefold.ingest.log.codec.EffectKind;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The effects of one Kafka record on all GroupBys that read it, collected before they enter an entry as a whole. Reused without allocation once
 * grown; confined to one thread.
 */
public final class RecordEffects {
    private final ExpandableArrayBuffer bytes = new ExpandableArrayBuffer(1024);
    private Effect[] effects = new Effect[8];
    private int count;
    private int bytesLength;

    /** One effect; key and row are slices of {@link #bytes()}. */
    static final class Effect {
        EffectKind kind = EffectKind.NULL_VAL;
        int definition;
        long timeMs;
        int keyOffset;
        int keyLength;
        int rowOffset;
        int rowLength;
    }

    public RecordEffects() {
        Arrays.setAll(effects, i -> new Effect());
    }

    public void clear() {
        count = 0;
        bytesLength = 0;
    }

    public int count() {
        return count;
    }

    /** An event for a key. */
    public void addEvent(
            int definition, long timeMs, DirectBuffer key, int keyLength, DirectBuffer row, int rowLength) {
        Effect effect = next(EffectKind.EVENT, definition);
        effect.timeMs = timeMs;
        effect.keyOffset = append(key, keyLength);
        effect.keyLength = keyLength;
        effect.rowOffset = append(row, rowLength);
        effect.rowLength = rowLength;
    }

    /**
     * A mutation of a key: its row before, after, or both.
     *
     * @param mutationMs when the table changed, epoch milliseconds
     * @param beforeTimeMs the row's own time, or {@link MutationRows#NO_TIME}
     */
    public void addMutation(
            int definition,
            long mutationMs,
            DirectBuffer key,
            int keyLength,
            @Nullable FlatRow before,
            long beforeTimeMs,
            @Nullable FlatRow after,
            long afterTimeMs) {
        Effect effect = next(EffectKind.MUTATION, definition);
        effect.timeMs = mutationMs;
        effect.keyOffset = append(key, keyLength);
        effect.keyLength = keyLength;
        effect.rowOffset = bytesLength;
        effect.rowLength = MutationRows.put(bytes, bytesLength, before, beforeTimeMs, after, afterTimeMs);
        bytesLength += effect.rowLength;
    }

    /** A mutation of a key that came without the row before it. */
    public void addBeforeMissing(int definition, long mutationMs, DirectBuffer key, int keyLength) {
        Effect effect = next(EffectKind.BEFORE_MISSING, definition);
        effect.timeMs = mutationMs;
        effect.keyOffset = append(key, keyLength);
        effect.keyLength = keyLength;
    }

    /**
     * Keeps of mutations their keys, as of mutations that came without the row before, and drops all else: for a record whose effects the log cannot take.
     *
     * @return false if nothing is left
     */
    public boolean keepKeysOfMutations() {
        int kept = 0;
        int end = 0;
        for (int i = 0; i < count; i++) {
            Effect effect = effects[i];
            if (effect.kind == EffectKind.MUTATION || effect.kind == EffectKind.BEFORE_MISSING) {
                bytes.putBytes(end, bytes, effect.keyOffset, effect.keyLength); // never behind where it was
                effect.kind = EffectKind.BEFORE_MISSING;
                effect.keyOffset = end;
                effect.rowOffset = 0;
                effect.rowLength = 0;
                end += effect.keyLength;
                effects[i] = effects[kept];
                effects[kept++] = effect;
            }
        }
        count = kept;
        bytesLength = end;
        return kept > 0;
    }

    /** Something that is only counted. */
    public void addCounted(EffectKind kind, int definition) {
        next(kind, definition);
    }

    Effect get(int index) {
        return effects[index];
    }

    DirectBuffer bytes() {
        return bytes;
    }

    /** Bytes the effects take in an entry. */
    public int encodedLength() {
        return count * EventRangeWriter.EFFECT_OVERHEAD + bytesLength;
    }

    private int append(DirectBuffer source, int length) {
        int offset = bytesLength;
        bytes.putBytes(offset, source, 0, length);
        bytesLength += length;
        return offset;
    }

    private Effect next(EffectKind kind, int definition) {
        if (count == effects.length) {
            int old = effects.length;
            effects = Arrays.copyOf(effects, 2 * old);
            for (int i = old; i < effects.length; i++) {
                effects[i] = new Effect();
            }
        }
        Effect effect = effects[count++];
        effect.kind = kind;
        effect.definition = definition;
        effect.timeMs = 0;
        effect.keyOffset = 0;
        effect.keyLength = 0;
        effect.rowOffset = 0;
        effect.rowLength = 0;
        return effect;
    }
}
