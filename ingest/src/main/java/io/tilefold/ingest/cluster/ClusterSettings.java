package io.tilefold.ingest.cluster;

import io.tilefold.ingest.config.IdleProfile;
import java.nio.file.Path;

/**
 * What a cluster member is told.
 *
 * @param dataDir of the log
 * @param aeronDir of the media driver and the mark files
 * @param portBase the first of its UDP ports; 0: any free ones
 * @param fileSyncLevel of the log, as Aeron counts: 0, 1, 2
 */
public record ClusterSettings(
        int memberId,
        String host,
        int portBase,
        Path dataDir,
        Path aeronDir,
        IdleProfile idleProfile,
        int fileSyncLevel) {}
