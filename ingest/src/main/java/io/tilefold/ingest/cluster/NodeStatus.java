package io.tilefold.ingest.cluster;

import io.tilefold.ingest.apply.GroupByStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this member has applied and published.
 *
 * @param leader it leads its group, and reads the topics
 * @param caughtUpAtMs last moment at which live stood at its topics' end; 0: never
 * @param heartbeatMs last sign of life that readers of the store see
 * @param lastSnapshot taken by this process; null if none was
 */
public record NodeStatus(
        long position,
        boolean leader,
        long caughtUpAtMs,
        long heartbeatMs,
        @Nullable SnapshotInfo lastSnapshot,
        List<GroupByStatus> groupBys) {
    public NodeStatus {
        groupBys = List.copyOf(groupBys);
    }
}
