package io.tilefold.ingest.cluster;

import io.tilefold.ingest.config.IdleProfile;
import io.tilefold.ingest.config.MemberAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * What a cluster member is told.
 *
 * @param memberId its place among the members
 * @param members all of them; empty: this one alone
 * @param dataDir of the log
 * @param aeronDir of the media driver and the mark files
 * @param portBase the first of its UDP ports; 0: any free ones
 * @param fileSyncLevel of the log, as Aeron counts: 0, 1, 2
 * @param leaderTimeoutMs a leader that is silent for this long is replaced
 * @param logSegmentLength bytes of one file of the log
 */
public record ClusterSettings(
        int memberId,
        List<MemberAddress> members,
        String host,
        int portBase,
        Path dataDir,
        Path aeronDir,
        IdleProfile idleProfile,
        int fileSyncLevel,
        long leaderTimeoutMs,
        int logSegmentLength) {
    /** True if the member is the whole cluster. */
    boolean isAlone() {
        return members.size() <= 1;
    }
}
