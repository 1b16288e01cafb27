package io.tilefold.ingest.kafka;

import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.Lane;
import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.PartitionId;
import java.util.BitSet;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Where reading of one partition stands, or of one definition's lane in it. Confined to the reader's thread. */
final class PartitionReader {
    final PartitionId id;
    final TopicPartition topicPartition;
    final PartitionProgress progress;

    /** Null: the partition itself. */
    final @Nullable Lane lane;

    /** Names the run since the last rewind. */
    long attempt;

    /** The partition's epoch in this run. */
    long epoch;

    /** Place of the lane's definition in this run, or {@link EventRangeWriter#NO_LANE}. */
    int laneDefinition = EventRangeWriter.NO_LANE;

    /** Places of the definitions whose effects this run decides. */
    BitSet feeds = new BitSet();

    /** The next offset to be decoded: all before it has been offered to the log. */
    long offered;

    /** Where the applied offset stood when it was last seen to move, and when that was. */
    private long movedOffset;

    private long movedAtNs;

    PartitionReader(PartitionId id, TopicPartition topicPartition, PartitionProgress progress, @Nullable Lane lane) {
        this.id = id;
        this.topicPartition = topicPartition;
        this.progress = progress;
        this.lane = lane;
    }

    /** The next offset to be applied. */
    long applied() {
        return lane == null ? progress.nextOffset() : lane.nextOffset();
    }

    /** Goes back (or on) to what has been applied, under the epoch that holds now. */
    void rewind(ActiveCatalog catalog, TopicProgram program, long newAttempt, long nowNs) {
        attempt = newAttempt;
        epoch = progress.epoch(); // before the lanes: an older epoch is refused, lanes of an older one would not be
        feeds = lane == null ? feedsOfPartition(catalog, program) : feedsOfLane(catalog, lane);
        offered = applied();
        movedOffset = offered;
        movedAtNs = nowNs;
    }

    private BitSet feedsOfPartition(ActiveCatalog catalog, TopicProgram program) {
        BitSet places = program.places();
        for (Lane open : progress.lanes()) {
            catalog.find(open.definition()).ifPresent(definition -> places.clear(definition.place()));
        }
        return places;
    }

    private BitSet feedsOfLane(ActiveCatalog catalog, Lane ofLane) {
        BitSet place = new BitSet();
        catalog.find(ofLane.definition()).ifPresent(definition -> {
            laneDefinition = definition.place();
            place.set(definition.place());
        });
        return place;
    }

    boolean isRefused() {
        return (lane == null ? progress.refusedAttempt() : lane.refusedAttempt()) == attempt;
    }

    /** True if something has been offered and nothing applied for this long. */
    boolean isStalled(long nowNs, long stallNs) {
        long applied = applied();
        if (applied != movedOffset || applied == offered) {
            movedOffset = applied;
            movedAtNs = nowNs;
            return false;
        }
        return nowNs - movedAtNs > stallNs;
    }

    /**
     * True if what a consumer says of an offset is about where this reads on. Else it comes late: what a consumer finds about a position it tells at its next poll, and by then it may
     * have been sent elsewhere, as where a topic was deleted and created again ({@code org.apache.kafka.clients.consumer.LogTruncationException}).
     */
    boolean readsOnAt(long offset) {
        return offset == offered;
    }

    /** True if its lane has ended: the definition reads with the partition. */
    boolean isLaneEnded() {
        return lane != null && progress.lane(lane.definition()) != lane;
    }
}
