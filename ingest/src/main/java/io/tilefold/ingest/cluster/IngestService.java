package io.tilefold.ingest.cluster;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.store.TileStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * The state machine in the cluster. One duty cycle applies a batch of entries and then publishes them to readers at once; commands are answered
 * after that. Confined to the service's thread, which becomes the store's writer.
 *
 * <p>Snapshots are not taken: the log is replayed from its start.
 */
public final class IngestService implements ClusteredService {
    private static final long HEARTBEAT_INTERVAL_MS = 200;

    private final TileStore store;
    private final IngestState state;
    private final Commands commands;
    private final ServiceQueries queries;
    private final AtomicLong caughtUpAtMs;
    private final EpochClock clock;
    private final Consumer<Throwable> onFailure;
    private final List<Answer> answers = new ArrayList<>();
    private long appliedPosition;
    private long publishedCaughtUpAtMs;
    private long nextHeartbeatMs;
    private boolean unpublished;
    private @Nullable Throwable failure;

    private record Answer(UUID command, CommandResult result) {}

    /**
     * @param caughtUpAtMs last moment at which live stood at its topics' end, written by the reader of the topics
     * @param onFailure told once why no entry can be applied any more
     */
    public IngestService(
            TileStore store,
            Commands commands,
            ServiceQueries queries,
            AtomicLong caughtUpAtMs,
            EpochClock clock,
            Consumer<Throwable> onFailure) {
        this.store = store;
        this.commands = commands;
        this.queries = queries;
        this.caughtUpAtMs = caughtUpAtMs;
        this.clock = clock;
        this.onFailure = onFailure;
        this.state = new IngestState(store, (command, result) -> answers.add(new Answer(command, result)));
    }

    public IngestState state() {
        return state;
    }

    @Override
    public void onStart(Cluster cluster, @Nullable Image snapshotImage) {
        if (snapshotImage != null) {
            throw fail(new IllegalStateException(
                    "the cluster's directory holds a snapshot of another build; this one takes "
                            + "none and cannot load it"));
        }
    }

    @Override
    public void onSessionMessage(
            ClientSession session, long timestamp, DirectBuffer buffer, int offset, int length, Header header) {
        if (failure != null) {
            throw new AgentTerminationException(failure);
        }
        try {
            store.applying(header.position());
            state.apply(buffer, offset, length, header.position());
        } catch (RuntimeException | Error e) {
            // Half an entry may be applied: to go on would be to serve it.
            throw fail(e);
        }
        appliedPosition = header.position();
        unpublished = true;
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
            unpublished = false;
            publishedCaughtUpAtMs = caughtUp;
            answers.forEach(answer -> commands.complete(answer.command, answer.result));
            answers.clear();
        }
        if (nowMs >= nextHeartbeatMs) {
            store.heartbeat(nowMs);
            nextHeartbeatMs = nowMs + HEARTBEAT_INTERVAL_MS;
        }
        int answered = queries.answer(
                appliedPosition, publishNow, () -> new NodeStatus(appliedPosition, state.groupByStatus()));
        return answered + (publishNow ? 1 : 0);
    }

    private AgentTerminationException fail(Throwable cause) {
        failure = cause;
        onFailure.accept(cause);
        return new AgentTerminationException(cause);
    }

    @Override
    public void onTakeSnapshot(ExclusivePublication snapshotPublication) {
        throw new UnsupportedOperationException(
                "this build takes no snapshots: the log is replayed from its start; do not ask for one");
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
    public void onRoleChange(Cluster.Role newRole) {}
}
