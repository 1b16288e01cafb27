package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.log.PartitionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition has been applied: one position for all definitions that read it, and a lane for each that has not caught up with it yet. Written
 * by the thread that applies entries; read by all.
 */
public final class PartitionProgress {
    private final PartitionId id;
    private final String topic;
    private final long startOffset;
    private volatile long nextOffset;
    private volatile long refusedAttempt = Long.MIN_VALUE;
    private volatile long deadLettered;
    private volatile long epoch;
    private volatile List<Lane> lanes = List.of();

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

    /** Counts the changes of who has a lane: a range holds only under the epoch it was decided under. Read it before {@link #lanes}. */
    public long epoch() {
        return epoch;
    }

    /** Definitions that have not caught up, in the order of the catalog that brought them. */
    public List<Lane> lanes() {
        return lanes;
    }

    /** The lane of a definition; null if it has caught up, or always was there. */
    public @Nullable Lane lane(DefinitionId definition) {
        for (Lane lane : lanes) {
            if (lane.definition().equals(definition)) {
                return lane;
            }
        }
        return null;
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

    /** A lane more. */
    void add(Lane lane) {
        List<Lane> more = new ArrayList<>(lanes);
        more.add(lane);
        change(more);
    }

    /** The definition reads with all others from the partition's position on. */
    void remove(Lane lane) {
        change(lanes.stream().filter(one -> one != lane).toList());
    }

    /** Lanes of other definitions end: they are not active any more. */
    void retainLanes(Set<DefinitionId> definitions) {
        List<Lane> left = lanes.stream()
                .filter(lane -> definitions.contains(lane.definition()))
                .toList();
        if (left.size() < lanes.size()) {
            change(left);
        }
    }

    private void change(List<Lane> now) {
        lanes = List.copyOf(now);
        epoch = epoch() + 1;
    }

    void restore(long savedEpoch, List<Lane> savedLanes) {
        lanes = List.copyOf(savedLanes);
        epoch = savedEpoch;
    }
}
