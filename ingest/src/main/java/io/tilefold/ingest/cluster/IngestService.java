package io.tilefold.ingest.cluster;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommandResults;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.apply.TopicEnds;
import io.tilefold.ingest.metrics.IngestMeasures;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state machine in the cluster. One duty cycle applies a batch of entries and then publishes them to readers at once; commands are answered
 * after that. Confined to the service's thread, which becomes the store's writer, except where a method says otherwise.
 *
 * <p>A snapshot holds all that was applied up to its position, at the same position on every member; while it is written no entry is applied.
 */
public final class IngestService implements ClusteredService {
    private static final Logger LOG = LoggerFactory.getLogger(IngestService.class);
    private static final long HEARTBEAT_INTERVAL_MS = 200;

    private final TileStore store;
    private final IngestState state;
    private final Commands commands;
    private final ServiceQueries queries;
    private final AtomicLong caughtUpAtMs;
    private final TopicEnds ends;
    private final EpochClock clock;
    private final IngestMeasures measures;
    private final Consumer<Throwable> onFailure;
    private final List<Answer> answers = new ArrayList<>();
    private final List<UUID> snapshotCommands = new ArrayList<>();
    private @Nullable Cluster cluster;
    private final NodeCounters counters = new NodeCounters();
    private long oldestRecordMs = IngestState.NO_RECORD;
    private volatile boolean leader;
    private volatile boolean snapshotAsked;
    private volatile @Nullable SnapshotInfo lastSnapshot;
    private volatile long publishedPosition;
    private long appliedPosition;
    private long publishedCaughtUpAtMs;
    private long nextHeartbeatMs;
    private long heartbeatMs;
    private boolean unpublished;
    private @Nullable Throwable failure;

    private record Answer(UUID command, CommandResult result) {}

    /**
     * @param caughtUpAtMs last moment at which live stood at its topics' end, written by the reader of the topics
     * @param ends as it saw them last
     * @param onFailure told once why no entry can be applied any more
     */
    public IngestService(
            TileStore store,
            Commands commands,
            ServiceQueries queries,
            AtomicLong caughtUpAtMs,
            TopicEnds ends,
            IngestMeasures measures,
            EpochClock clock,
            Consumer<Throwable> onFailure) {
        this.store = store;
        this.commands = commands;
        this.queries = queries;
        this.caughtUpAtMs = caughtUpAtMs;
        this.ends = ends;
        this.measures = measures;
        this.clock = clock;
        this.onFailure = onFailure;
        this.state = new IngestState(store, new Results());
    }

    private final class Results implements CommandResults {
        @Override
        public void onResult(UUID command, CommandResult result) {
            answers.add(new Answer(command, result));
        }

        @Override
        public void onSnapshotAsked(UUID command) {
            if (commands.isPending(command)) {
                snapshotCommands.add(command);
            }
            if (leader) {
                snapshotAsked = true;
            }
        }
    }

    public IngestState state() {
        return state;
    }

    /** True while this member leads its group. Any thread. */
    public boolean isLeader() {
        return leader;
    }

    /** True once after an entry of the log has asked for a snapshot, on the leader. Any thread. */
    boolean takeSnapshotAsked() {
        boolean asked = snapshotAsked;
        if (asked) {
            snapshotAsked = false;
        }
        return asked;
    }

    /** Log position up to which readers of the store see everything. Any thread. */
    public long publishedPosition() {
        return publishedPosition;
    }

    /** The snapshot taken last by this process; null if none was. Any thread. */
    public @Nullable SnapshotInfo lastSnapshot() {
        return lastSnapshot;
    }

    @Override
    public void onStart(Cluster startedIn, @Nullable Image snapshotImage) {
        cluster = startedIn;
        leader = startedIn.role() == Cluster.Role.LEADER;
        counters.open(startedIn.aeron());
        counters.leads(leader);
        if (snapshotImage == null) {
            return;
        }
        long startedNs = System.nanoTime();
        try {
            appliedPosition = state.restore(new SnapshotImage(snapshotImage, startedIn.idleStrategy()));
        } catch (RuntimeException | Error e) {
            throw fail(e);
        }
        unpublished = true;
        LOG.info(
                "restored the snapshot of log position {} in {} ms",
                appliedPosition,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs));
    }

    @Override
    public void onSessionMessage(
            ClientSession session, long timestamp, DirectBuffer buffer, int offset, int length, Header header) {
        if (failure != null) {
            throw new AgentTerminationException(failure);
        }
        try {
            store.applying(header.position());
            long beganNs = System.nanoTime();
            state.apply(buffer, offset, length, header.position());
            measures.applyNs.record(System.nanoTime() - beganNs);
            notice(state.takeAppliedRecordMs());
        } catch (RuntimeException | Error e) {
            // Half an entry may be applied: to go on would be to serve it.
            throw fail(e);
        }
        appliedPosition = header.position();
        counters.applied();
        unpublished = true;
    }

    /** Remembers the oldest record that becomes visible with the next publication. */
    private void notice(long recordMs) {
        if (recordMs != IngestState.NO_RECORD
                && (oldestRecordMs == IngestState.NO_RECORD || recordMs < oldestRecordMs)) {
            oldestRecordMs = recordMs;
        }
    }

    @Override
    public int doBackgroundWork(long nowNs) {
        if (failure != null) {
            return 0;
        }
        try {
            return publish();
        } catch (RuntimeException | Error e) {
            throw fail(e);
        }
    }

    private int publish() {
        long nowMs = clock.time();
        long caughtUp = caughtUpAtMs.get();
        boolean publishNow = unpublished;
        if (publishNow || caughtUp != publishedCaughtUpAtMs) {
            store.publish(appliedPosition, caughtUp);
            publishedPosition = appliedPosition;
            if (oldestRecordMs != IngestState.NO_RECORD) {
                measures.kafkaToVisibleMs.record(clock.time() - oldestRecordMs);
                oldestRecordMs = IngestState.NO_RECORD;
            }
            counters.published(appliedPosition, caughtUp);
            unpublished = false;
            publishedCaughtUpAtMs = caughtUp;
            answers.forEach(answer -> commands.complete(answer.command, answer.result));
            answers.clear();
        }
        if (nowMs >= nextHeartbeatMs) {
            state.showLag(ends);
            store.heartbeat(nowMs);
            heartbeatMs = nowMs;
            counters.heartbeat(nowMs);
            nextHeartbeatMs = nowMs + HEARTBEAT_INTERVAL_MS;
        }
        int answered = queries.answer(
                appliedPosition,
                publishNow,
                () -> new NodeStatus(
                        appliedPosition, leader, caughtUpAtMs.get(), heartbeatMs, lastSnapshot, state.groupByStatus()));
        return answered + (publishNow ? 1 : 0);
    }

    /** Segments have come of versions that lacked them: readers look again. On the applying thread. */
    public void onSegmentsArrived() {
        store.segmentsArrived();
        unpublished = true;
    }

    private AgentTerminationException fail(Throwable cause) {
        failure = cause;
        onFailure.accept(cause);
        return new AgentTerminationException(cause);
    }

    @Override
    public void onTakeSnapshot(ExclusivePublication publication) {
        Cluster taking = Objects.requireNonNull(cluster);
        long startedNs = System.nanoTime();
        long position = taking.logPosition();
        SnapshotPublication sink = new SnapshotPublication(publication, taking.idleStrategy());
        try {
            state.snapshot(position, sink);
        } catch (IOException e) {
            throw new UncheckedIOException("no snapshot at log position " + position + ": " + e.getMessage(), e);
        }
        long durationMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
        lastSnapshot = new SnapshotInfo(position, sink.digest(), sink.length(), durationMs);
        LOG.info("snapshot of log position {}: {} bytes in {} ms", position, sink.length(), durationMs);
        snapshotCommands.forEach(command -> commands.complete(command, CommandResult.done(position)));
        snapshotCommands.clear();
    }

    @Override
    public void onTerminate(Cluster cluster) {
        if (failure == null && unpublished) {
            publish();
        }
    }

    @Override
    public void onSessionOpen(ClientSession session, long timestamp) {}

    @Override
    public void onSessionClose(ClientSession session, long timestamp, CloseReason closeReason) {}

    @Override
    public void onTimerEvent(long correlationId, long timestamp) {}

    @Override
    public void onRoleChange(Cluster.Role newRole) {
        leader = newRole == Cluster.Role.LEADER;
        counters.leads(leader);
        LOG.info("this member is {} now", newRole);
    }
}
