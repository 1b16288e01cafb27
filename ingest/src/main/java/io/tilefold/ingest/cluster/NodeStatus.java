package io.tilefold.ingest.cluster;

import io.tilefold.ingest.apply.GroupByStatus;
import java.util.List;

/** What this member has applied and published. */
public record NodeStatus(long position, List<GroupByStatus> groupBys) {
    public NodeStatus {
        groupBys = List.copyOf(groupBys);
    }
}
