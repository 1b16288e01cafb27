package io.tilefold.ingest.kafka;

import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.log.PartitionId;
import org.apache.kafka.common.TopicPartition;

/** Where reading of one partition stands. Confined to the reader's thread. */
final class PartitionReader {
    final PartitionId id;
    final TopicPartition topicPartition;
    final PartitionProgress progress;

    /** Names the run since the last rewind. */
    long attempt;

    /** The next offset to be decided: all before it has been offered to the log. */
    long offered;

    /** Where {@link #progress} stood when it was last seen to move, and when that was. */
    long movedOffset;

    long movedAtNs;

    PartitionReader(PartitionId id, TopicPartition topicPartition, PartitionProgress progress) {
        this.id = id;
        this.topicPartition = topicPartition;
        this.progress = progress;
    }

    /** Goes back (or on) to what has been applied. */
    void rewind(long newAttempt, long nowNs) {
        attempt = newAttempt;
        offered = progress.nextOffset();
        movedOffset = offered;
        movedAtNs = nowNs;
    }

    boolean isRefused() {
        return progress.refusedAttempt() == attempt;
    }

    /** True if something has been offered and nothing applied for this long. */
    boolean isStalled(long nowNs, long stallNs) {
        long applied = progress.nextOffset();
        if (applied != movedOffset || applied == offered) {
            movedOffset = applied;
            movedAtNs = nowNs;
            return false;
        }
        return nowNs - movedAtNs > stallNs;
    }
}
