package io.tilefold.ingest.cluster;

import io.aeron.archive.status.RecordingPos;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.tilefold.ingest.config.IngestException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what a member is about to start from, before it starts: every record of the newest snapshot and of the log behind it, against the checksums they were written
 * with. A damaged snapshot is set aside, and the one before takes its place with more of the log. A damaged log is refused: half of it would be
 * a state that never was.
 *
 * <p>It reads what the start reads again afterwards, from memory then.
 */
final class LogCheck {
    private static final Logger LOG = LoggerFactory.getLogger(LogCheck.class);

    private final Path clusterDir;
    private final RecordingCheck recordings;

    LogCheck(Path clusterDir, Path archiveDir) {
        this.clusterDir = clusterDir;
        this.recordings = new RecordingCheck(archiveDir);
    }

    /** @throws IngestException naming file and offset, if the log that is needed is damaged or not there any more */
    void run() {
        try (RecordingLog log = new RecordingLog(clusterDir.toFile(), false)) {
            long from = newestSoundSnapshot(log);
            long recordingId = log.findLastTermRecordingId();
            if (recordingId == RecordingPos.NULL_RECORDING_ID) {
                return;
            }
            Optional<RecordingCheck.Damage> damage = recordings.find(recordingId, from);
            if (damage.isPresent()) {
                throw new IngestException("the log cannot be replayed from position " + from + " on: " + damage.get()
                        + ". If other members of the group hold it, remove this node's dataDir and start it again: it copies "
                        + "theirs. If it is alone, bring the file back from a backup");
            }
        } catch (IOException e) {
            throw new IngestException("cannot read the log in " + clusterDir + ": " + e, e);
        }
    }

    /** Sets damaged snapshots aside; position of the newest that is sound, 0 if there is none. */
    private long newestSoundSnapshot(RecordingLog log) throws IOException {
        while (true) {
            RecordingLog.Entry newest = log.getLatestSnapshot(ConsensusModule.Configuration.SERVICE_ID);
            if (newest == null) {
                return 0;
            }
            Optional<RecordingCheck.Damage> damage = damage(log.entries(), newest.logPosition);
            if (damage.isEmpty()) {
                return newest.logPosition;
            }
            LOG.error(
                    "the snapshot of log position {} is set aside, and the one before used with the log behind it: {}",
                    newest.logPosition,
                    damage.get());
            if (!log.invalidateLatestSnapshot()) {
                throw new IngestException("the snapshot of log position " + newest.logPosition
                        + " cannot be set aside in " + clusterDir + ": " + damage.get());
            }
        }
    }

    /** A snapshot is several recordings: the cluster's own and the service's. */
    private Optional<RecordingCheck.Damage> damage(List<RecordingLog.Entry> entries, long logPosition)
            throws IOException {
        for (RecordingLog.Entry entry : entries) {
            if (entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT && entry.isValid && entry.logPosition == logPosition) {
                Optional<RecordingCheck.Damage> found = recordings.find(entry.recordingId, 0);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }
}
