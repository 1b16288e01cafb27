package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;

/**
 * How far one definition has caught up in one partition that had been consumed before the definition was there. Until its first commit it waits; then it
 * has a position of its own, which grows until it meets the partition's, and the lane ends. Written by the thread that applies entries; read by all.
 */
public final class Lane {
    private static final long WAITING = Long.MIN_VALUE;

    private final DefinitionId definition;
    private volatile long nextOffset;
    private volatile long refusedAttempt = Long.MIN_VALUE;

    private Lane(DefinitionId definition, long nextOffset) {
        this.definition = definition;
        this.nextOffset = nextOffset;
    }

    static Lane waiting(DefinitionId definition) {
        return new Lane(definition, WAITING);
    }

    static Lane at(DefinitionId definition, long nextOffset) {
        return new Lane(definition, nextOffset);
    }

    public DefinitionId definition() {
        return definition;
    }

    /** True before the definition's first commit. */
    public boolean isWaiting() {
        return nextOffset == WAITING;
    }

    /** The next offset to be applied to the definition. */
    public long nextOffset() {
        return nextOffset;
    }

    /** Attempt of the lane's range that was refused last; {@link Long#MIN_VALUE} if none was. */
    public long refusedAttempt() {
        return refusedAttempt;
    }

    void advanceTo(long offset) {
        nextOffset = offset;
    }

    void refuse(long attempt) {
        refusedAttempt = attempt;
    }
}
