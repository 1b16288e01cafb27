package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.apply.CommandResult.Reason;
import io.tilefold.ingest.log.DefinitionIdBytes;
import io.tilefold.ingest.log.PartitionId;
import io.tilefold.ingest.log.codec.CommitVersionDecoder;
import io.tilefold.ingest.log.codec.RollbackVersionDecoder;
import io.tilefold.store.TileStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** Applies commits and rollbacks of versions. A definition's first commit opens its lanes. Confined to the applying thread. */
final class VersionEntries {
    private final TileStore store;
    private final ActiveStores active;
    private final Partitions partitions;
    private final Versions versions;
    private final RangeEntries ranges;

    VersionEntries(
            TileStore store, ActiveStores active, Partitions partitions, Versions versions, RangeEntries ranges) {
        this.store = store;
        this.active = active;
        this.partitions = partitions;
        this.versions = versions;
        this.ranges = ranges;
    }

    CommandResult apply(CommitVersionDecoder commit, long position) {
        DefinitionId id = DefinitionIdBytes.get(commit::definitionId);
        long version = commit.dataVersion();
        long batchEndMs = commit.batchEndMs();
        CommittedVersion current = versions.current(id);
        if (current != null && current.version() == version) {
            return CommandResult.done(current.position());
        }
        if (active.catalog().find(id).isEmpty()) {
            return unknownDefinition(id, position);
        }
        if (current != null && (current.version() > version || current.batchEndMs() > batchEndMs)) {
            return CommandResult.refused(
                    position,
                    Reason.OLDER_THAN_COMMITTED,
                    "version " + version + " with batch end " + batchEndMs + " ms is older than the committed version "
                            + current.version() + " with batch end " + current.batchEndMs() + " ms");
        }
        List<PartitionProgress> awaiting = partitions.awaiting(id);
        Map<PartitionId, Long> starts = awaiting.isEmpty() ? Map.of() : laneStarts(commit);
        for (PartitionProgress progress : awaiting) {
            if (!starts.containsKey(progress.id())) {
                return CommandResult.refused(
                        position,
                        Reason.LANE_START_MISSING,
                        "version " + version + ": the commit does not say where in partition " + progress.topic() + "/"
                                + progress.id().partition() + " its definition begins to catch up: commit it again");
            }
        }
        store.commit(id, version, batchEndMs);
        for (PartitionProgress progress : awaiting) {
            openLane(progress, id, Objects.requireNonNull(starts.get(progress.id())));
        }
        versions.commit(id, new CommittedVersion(version, batchEndMs, position));
        return CommandResult.done(position);
    }

    private void openLane(PartitionProgress progress, DefinitionId id, long startOffset) {
        Lane lane = Objects.requireNonNull(progress.lane(id));
        lane.advanceTo(startOffset);
        ranges.endLaneIfMet(progress, lane);
    }

    private static Map<PartitionId, Long> laneStarts(CommitVersionDecoder commit) {
        CommitVersionDecoder.SegmentsDecoder segments = commit.segments();
        while (segments.hasNext()) {
            segments.next();
        }
        Map<PartitionId, Long> starts = new HashMap<>();
        for (CommitVersionDecoder.LanesDecoder lane : commit.lanes()) {
            starts.put(
                    new PartitionId(new UUID(lane.topicIdHigh(), lane.topicIdLow()), lane.partition()),
                    lane.startOffset());
        }
        return starts;
    }

    CommandResult apply(RollbackVersionDecoder rollback, long position) {
        DefinitionId id = DefinitionIdBytes.get(rollback::definitionId);
        if (active.catalog().find(id).isEmpty()) {
            return unknownDefinition(id, position);
        }
        CommittedVersion current = versions.current(id);
        if (current == null || current.version() != rollback.dataVersion()) {
            return CommandResult.refused(
                    position,
                    Reason.NOT_CURRENT,
                    "version " + rollback.dataVersion() + " is not the current one of " + id.abbreviated()
                            + (current == null ? ", which has none" : ": that is " + current.version()));
        }
        if (versions.former(id) == null) {
            return CommandResult.refused(
                    position,
                    Reason.NO_FORMER_VERSION,
                    "version " + current.version() + " of " + id.abbreviated()
                            + " has no former version to go back to: it is the first, or was gone back to already");
        }
        store.rollback(id);
        versions.rollback(id);
        return CommandResult.done(position);
    }

    private static CommandResult unknownDefinition(DefinitionId id, long position) {
        return CommandResult.refused(
                position, Reason.UNKNOWN_DEFINITION, "definition " + id.abbreviated() + " is not active");
    }
}
