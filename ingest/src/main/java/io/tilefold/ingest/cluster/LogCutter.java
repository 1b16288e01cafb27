package io.tilefold.ingest.cluster;

import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.aeron.exceptions.AeronException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts off what of a member's log no start needs any more: the two newest snapshots stay, with the log from the older one on, so that a damaged
 * snapshot is not the end; older snapshots go, and whole files of the log before. A member that has been away for longer than that begins anew
 * from a peer.
 */
public final class LogCutter {
    private static final Logger LOG = LoggerFactory.getLogger(LogCutter.class);

    private final Path clusterDir;
    private final Supplier<AeronArchive.Context> archive;

    LogCutter(Path clusterDir, Supplier<AeronArchive.Context> archive) {
        this.clusterDir = clusterDir;
        this.archive = archive;
    }

    /** A recording of the archive, as it lists it. */
    private record Extent(long startPosition, int termLength, int segmentLength) {}

    /**
     * Cuts.
     *
     * @param snapshotPosition of the newest snapshot
     * @return false if the member has not yet written down that snapshot as complete: try again
     * @throws io.aeron.exceptions.AeronException if the archive does not do it now, a replay being under way
     */
    boolean cut(long snapshotPosition) {
        try (RecordingLog log = new RecordingLog(clusterDir.toFile(), false)) {
            List<RecordingLog.Entry> snapshots = snapshots(log);
            if (snapshots.isEmpty() || snapshots.get(0).logPosition < snapshotPosition) {
                return false;
            }
            long keepFrom = secondPosition(snapshots);
            if (keepFrom > 0) {
                try (AeronArchive client = AeronArchive.connect(archive.get())) {
                    cutLog(client, log.findLastTermRecordingId(), keepFrom);
                    dropSnapshots(client, snapshots, keepFrom);
                }
            }
            return true;
        }
    }

    /** Where the member's log begins; empty if the archive does not say now. */
    public OptionalLong startPosition() {
        try (RecordingLog log = new RecordingLog(clusterDir.toFile(), false);
                AeronArchive client = AeronArchive.connect(archive.get())) {
            Extent extent = extent(client, log.findLastTermRecordingId());
            return extent == null ? OptionalLong.empty() : OptionalLong.of(extent.startPosition);
        } catch (AeronException e) {
            LOG.debug("where the log begins is not known now", e);
            return OptionalLong.empty();
        }
    }

    /** Valid snapshots, the newest first; each is several recordings. */
    private static List<RecordingLog.Entry> snapshots(RecordingLog log) {
        List<RecordingLog.Entry> found = new ArrayList<>();
        for (RecordingLog.Entry entry : log.entries()) {
            if (entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT && entry.isValid) {
                found.add(0, entry);
            }
        }
        return found;
    }

    /** Position of the snapshot before the newest; 0 if there is none. */
    private static long secondPosition(List<RecordingLog.Entry> snapshots) {
        long newest = snapshots.get(0).logPosition;
        return snapshots.stream()
                .filter(entry -> entry.serviceId == ConsensusModule.Configuration.SERVICE_ID)
                .mapToLong(entry -> entry.logPosition)
                .filter(position -> position < newest)
                .max()
                .orElse(0);
    }

    private static void cutLog(AeronArchive client, long recordingId, long keepFrom) {
        Extent extent = extent(client, recordingId);
        if (extent == null) {
            return;
        }
        long base = AeronArchive.segmentFileBasePosition(
                extent.startPosition, keepFrom, extent.termLength, extent.segmentLength);
        if (base > extent.startPosition) {
            long files = client.purgeSegments(recordingId, base);
            LOG.info("the log begins at position {} now, {} files of it are removed", base, files);
        }
    }

    private static void dropSnapshots(AeronArchive client, List<RecordingLog.Entry> snapshots, long keepFrom) {
        for (RecordingLog.Entry snapshot : snapshots) {
            if (snapshot.logPosition < keepFrom && extent(client, snapshot.recordingId) != null) {
                long unused = client.purgeRecording(snapshot.recordingId);
            }
        }
    }

    private static @Nullable Extent extent(AeronArchive client, long recordingId) {
        @Nullable Extent[] found = {null};
        int count = client.listRecording(
                recordingId,
                (controlSessionId,
                        correlationId,
                        id,
                        startTimestamp,
                        stopTimestamp,
                        startPosition,
                        stopPosition,
                        initialTermId,
                        segmentFileLength,
                        termBufferLength,
                        mtuLength,
                        sessionId,
                        streamId,
                        strippedChannel,
                        originalChannel,
                        sourceIdentity) -> found[0] = new Extent(startPosition, termBufferLength, segmentFileLength));
        return count == 0 ? null : found[0];
    }
}
