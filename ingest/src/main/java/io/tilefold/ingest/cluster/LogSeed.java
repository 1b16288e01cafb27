package io.tilefold.ingest.cluster;

import io.aeron.Counter;
import io.aeron.cluster.ClusterBackupEventsListener;
import io.aeron.cluster.ClusterBackupMediaDriver;
import io.aeron.cluster.ClusterMember;
import io.aeron.cluster.RecordingLog;
import io.tilefold.ingest.config.IngestException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the empty disk of a member from its group: the newest snapshot and the log behind it, from the leader's archive, before the member takes part. A
 * member without its log must not vote: it would forget what it has acknowledged, and the rest of a majority with it.
 */
public final class LogSeed implements ClusterBackupEventsListener {
    private static final Logger LOG = LoggerFactory.getLogger(LogSeed.class);
    private static final int WAIT_MS = 10;

    private final long targetPosition;
    private volatile boolean written;
    private long reached;

    private LogSeed(long targetPosition) {
        this.targetPosition = targetPosition;
    }

    /**
     * Copies snapshot and log until they have come this far.
     *
     * @param targetPosition of the log, which the leader has applied
     * @param stopped true: give up
     * @throws IngestException if it was stopped, or did not come that far in time
     */
    public static void copy(ClusterLayout layout, long targetPosition, long timeoutMs, BooleanSupplier stopped) {
        LogSeed seed = new LogSeed(targetPosition);
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        try (ClusterBackupMediaDriver running = ClusterBackupMediaDriver.launch(
                layout.driver().errorHandler(LogSeed::logError),
                layout.archive().errorHandler(LogSeed::logError),
                layout.backup().errorHandler(LogSeed::logError).eventsListener(seed))) {
            IdleStrategy idle = new SleepingMillisIdleStrategy(WAIT_MS);
            Counter position = running.clusterBackup().context().liveLogPositionCounter();
            while (!seed.isDone()) {
                seed.observe(position);
                if (stopped.getAsBoolean() || System.nanoTime() - deadlineNs > 0) {
                    throw new IngestException("the group's log was not copied up to position " + targetPosition
                            + ", but up to " + seed.reached + " in " + timeoutMs + " ms, from "
                            + running.clusterBackup().context().clusterConsensusEndpoints());
                }
                idle.idle();
            }
        }
        LOG.info("copied the group's newest snapshot and its log up to position {}", seed.reached);
    }

    /**
     * The backup does not tell its listener what it has copied before it looks for the first time: of a log that does not grow, all of it. Its counter has
     * that too.
     */
    private void observe(Counter position) {
        if (!position.isClosed()) {
            reached = Math.max(reached, position.get());
        }
    }

    private boolean isDone() {
        return written && reached >= targetPosition;
    }

    private static void logError(Throwable error) {
        LOG.warn("copying the group's log: {}", error.getMessage());
    }

    @Override
    public void onBackupQuery() {}

    @Override
    public void onPossibleFailure(Exception failure) {
        LOG.warn("copying the group's log, trying again: {}", failure.getMessage());
    }

    @Override
    public void onBackupResponse(ClusterMember[] members, ClusterMember source, List<RecordingLog.Snapshot> snapshots) {
        LOG.info("copying {} snapshot recordings and the log from member {}", snapshots.size(), source.id());
    }

    @Override
    public void onUpdatedRecordingLog(RecordingLog recordingLog, List<RecordingLog.Snapshot> snapshots) {
        written = true;
    }

    @Override
    public void onLiveLogProgress(long recordingId, long recordingPositionCounterId, long logPosition) {}
}
