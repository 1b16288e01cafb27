package io.tilefold.ingest.apply;

import io.tilefold.ingest.log.PartitionId;

/** How far a partition has been applied. Written by the thread that applies entries; read by all. */
public final class PartitionProgress {
    private final PartitionId id;
    private final String topic;
    private final long startOffset;
    private volatile long nextOffset;
    private volatile long refusedAttempt = Long.MIN_VALUE;
    private volatile long deadLettered;

    PartitionProgress(PartitionId id, String topic, long startOffset, long nextOffset, long deadLettered) {
        this.id = id;
        this.topic = topic;
        this.startOffset = startOffset;
        this.nextOffset = nextOffset;
        this.deadLettered = deadLettered;
    }

    public PartitionId id() {
        return id;
    }

    public String topic() {
        return topic;
    }

    /** Where reading began. */
    long startOffset() {
        return startOffset;
    }

    /** The next offset to be applied. */
    public long nextOffset() {
        return nextOffset;
    }

    /** Attempt of the range that was refused last; {@link Long#MIN_VALUE} if none was. */
    public long refusedAttempt() {
        return refusedAttempt;
    }

    /** Records that went to the dead-letter topic instead. */
    public long deadLettered() {
        return deadLettered;
    }

    boolean hasBegun() {
        return nextOffset > startOffset;
    }

    void advanceTo(long offset) {
        nextOffset = offset;
    }

    void refuse(long attempt) {
        refusedAttempt = attempt;
    }

    // Single writer: the read before the write is its own.
    void countDeadLettered() {
        deadLettered = deadLettered() + 1;
    }
}
