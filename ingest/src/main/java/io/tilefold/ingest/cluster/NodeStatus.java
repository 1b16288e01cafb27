package io.tilefold.ingest.cluster;

import io.tilefold.ingest.apply.GroupByStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this member has applied and published.
 *
 * @param leader it leads its group, and reads the topics
 * @param lastSnapshot taken by this process; null if none was
 */
public record NodeStatus(
        long position, boolean leader, @Nullable SnapshotInfo lastSnapshot, List<GroupByStatus> groupBys) {
    public NodeStatus {
        groupBys = List.copyOf(groupBys);
    }
}
