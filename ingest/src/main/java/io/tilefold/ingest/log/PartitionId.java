package io.tilefold.ingest.log;

import java.util.UUID;

/** A partition of one topic; a topic that was deleted and created again is another one. */
public record PartitionId(UUID topicId, int partition) {
    @Override
    public String toString() {
        return topicId + "/" + partition;
    }
}
