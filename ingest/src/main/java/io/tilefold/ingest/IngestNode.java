package io.tilefold.ingest;

import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.TopicEnds;
import io.tilefold.ingest.cluster.ClusterLayout;
import io.tilefold.ingest.cluster.ClusterMember;
import io.tilefold.ingest.cluster.Commands;
import io.tilefold.ingest.cluster.IngestService;
import io.tilefold.ingest.cluster.LogClient;
import io.tilefold.ingest.cluster.LogCutter;
import io.tilefold.ingest.cluster.LogSeed;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.ingest.cluster.SnapshotKeeper;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.ingest.group.BaseKeeper;
import io.tilefold.ingest.group.Census;
import io.tilefold.ingest.group.Peers;
import io.tilefold.ingest.kafka.EventReader;
import io.tilefold.ingest.kafka.ParentAnswers;
import io.tilefold.ingest.kafka.Rehearsal;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.Outbound;
import io.tilefold.ingest.metrics.IngestMeasures;
import io.tilefold.ingest.rpc.IngestServer;
import io.tilefold.ingest.rpc.Uploads;
import io.tilefold.node.AccessControl;
import io.tilefold.node.MetricsServer;
import io.tilefold.node.NodeTls;
import io.tilefold.store.StoreUnavailableException;
import io.tilefold.store.TileStore;
import io.tilefold.store.TileStoreReader;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ingest node: one member of its shard group's cluster, the reader of the topics, and the upload and admin services.
 *
 * <pre>
 *   event-reader ──ranges──►┐
 *                           ├─► outbound ─► log-client ─► [ cluster: ingress, log, archive ] ─► service ─► tile store
 *   gRPC calls ──commands──►┘                                                                     │
 *        ▲                                                                                        │
 *        └──────────── results, status, positions ◄───────────────────────────────────────────────┘
 * </pre>
 *
 * <p>{@link #start} returns when all that the log held has been applied and calls are served, which in a group takes a majority of its members. A node that cannot go on (the store refuses, the cluster
 * member ends) says why, stops itself and ends {@link #awaitTermination}. {@link #close} stops cleanly; after a SIGKILL the next start finds
 * everything that was in the log.
 */
public final class IngestNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IngestNode.class);
    private static final long BARRIER_TIMEOUT_MS = 5_000;

    /** What a rehearsal may take beyond its time: above all Catalyst's first compilation. A node is not kept from being ready for longer. */
    private static final long REHEARSAL_EXTRA_MS = 6_000;

    private final IngestConfig config;
    private final EpochClock clock;

    /** What to stop, the last started first. */
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean started;
    private volatile boolean launched;
    private volatile @Nullable EventReader reader;
    private volatile int grpcPort;

    private IngestNode(IngestConfig config, EpochClock clock) {
        this.config = config;
        this.clock = clock;
    }

    /**
     * Starts a node and waits until it has replayed its log.
     *
     * @throws IngestException saying what keeps it from starting
     */
    public static IngestNode start(IngestConfig config) {
        return start(config, SystemEpochClock.INSTANCE);
    }

    /** @param clock the time as the node knows it: of heartbeats, deadlines of uploads and the cluster's entries; nothing that is applied depends on it */
    static IngestNode start(IngestConfig config, EpochClock clock) {
        IngestNode node = new IngestNode(config, clock);
        try {
            node.run();
            node.started = true;
            node.checkNotFailed();
            return node;
        } catch (RuntimeException | Error e) {
            node.close();
            throw e;
        }
    }

    private void run() {
        long startedNs = System.nanoTime();
        parts.push(NodeLock.take(config.dataDir()));
        CompletableFuture<Void> rehearsed = rehearse();
        // The lock says that no one uses it, whatever a killed process left there.
        IoUtil.delete(config.aeronDir().toFile(), true);
        parts.push(() -> IoUtil.delete(config.aeronDir().toFile(), true));
        long publishedPosition = publishedPosition();

        TileStore store = TileStore.open(config.storeDir(), config.shardGroup(), config.shards());
        parts.push(store);
        Outbound outbound = new Outbound();
        Commands commands = new Commands(outbound, config.commandTimeoutMs());
        ServiceQueries queries = new ServiceQueries();
        AtomicLong caughtUpAtMs = new AtomicLong();
        IngestMeasures measures = new IngestMeasures();
        IngestService service =
                new IngestService(store, commands, queries, caughtUpAtMs, this::endOffset, measures, clock, this::fail);
        NodeTls tls = tls();
        parts.push(tls);
        AccessControl access = access();
        if (access != null) {
            parts.push(access);
        }
        ParentAnswers parents = parentAnswers();
        parts.push(parents);
        Peers peers = new Peers(config.memberId(), config.members(), tls.peerCredentials());
        parts.push(peers);
        Uploads uploads =
                new Uploads(store, queries, service.state(), peers, config.shards(), config.uploadTtlMs(), clock);
        BaseKeeper bases = new BaseKeeper(
                store,
                service.state(),
                queries,
                peers,
                config.shards(),
                config.uploadTtlMs(),
                config.idleProfile().housekeepingMs(),
                clock,
                service::onSegmentsArrived);
        parts.push(bases);

        ClusterLayout layout = new ClusterLayout(config.cluster(), clock);
        LogCutter cutter = layout.logCutter();
        IngestServer server = new IngestServer(
                config.server(),
                tls.credentials(),
                access,
                store,
                service,
                commands,
                queries,
                uploads,
                bases,
                layout::hasLog,
                () -> launched ? cutter.startPosition() : OptionalLong.empty(),
                this::endOffsets);
        grpcPort = server.port();
        parts.push(server);
        LOG.info("starting {}", layout);
        seed(layout, peers, publishedPosition);
        layout.checkLog();
        ClusterMember member = ClusterMember.launch(layout, service, this::fail);
        parts.push(member);
        launched = true;
        LogClient logClient = new LogClient(layout, outbound, SystemNanoClock.INSTANCE);
        startAgent(logClient, layout.logClientIdleStrategy(outbound));
        parts.remove(server);
        parts.push(server); // closed before what its calls need

        long position = awaitReplay(commands);
        checkStoreBelongsToLog(publishedPosition, position);
        uploads.removeLeftovers();
        bases.start();
        EventReader eventReader = new EventReader(
                config.reader(),
                service.state(),
                outbound,
                logClient::sessionNumber,
                service::isLeader,
                parents,
                caughtUpAtMs,
                clock,
                SystemNanoClock.INSTANCE);
        reader = eventReader;
        startAgent(
                eventReader, new SleepingMillisIdleStrategy(config.idleProfile().readerMs()));
        parts.push(eventReader::stop);
        startAgent(
                new SnapshotKeeper(member, service, cutter, config.snapshotIntervalMs(), SystemNanoClock.INSTANCE),
                new SleepingMillisIdleStrategy(config.idleProfile().housekeepingMs()));
        if (config.rehearsalMs() > 0) {
            rehearsed.join();
        }
        server.ready();
        if (config.metricsPort() != 0) {
            IngestMetrics metrics = new IngestMetrics(
                    service.state(),
                    queries,
                    measures,
                    parents,
                    this::endOffsets,
                    () -> access == null ? 0 : access.refused());
            parts.push(metricsServer(metrics));
        }
        LOG.info(
                "ready after {} ms: gRPC on {}:{}{}, store {} (group {}, shards {} of {}), Kafka {}, log position {}",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs),
                config.host(),
                grpcPort,
                config.tls().isPresent() ? " with TLS" : "",
                config.storeDir(),
                config.shardGroup(),
                config.shards(),
                config.shardCount(),
                config.kafkaBootstrap(),
                position);
    }

    private NodeTls tls() {
        try {
            return NodeTls.of(
                    config.tls(), config.fileCheckMs(), config.accessFile().isEmpty());
        } catch (IOException e) {
            throw new IngestException(String.valueOf(e.getMessage()), e);
        }
    }

    private ParentAnswers parentAnswers() {
        try {
            return ParentAnswers.of(config.servingNodes(), config.servingCredentials());
        } catch (IOException | IllegalArgumentException e) {
            throw new IngestException("ingest config, servingNodes: " + e.getMessage(), e);
        }
    }

    private @Nullable AccessControl access() {
        try {
            if (config.accessFile().isPresent()) {
                return new AccessControl(config.accessFile().get(), config.fileCheckMs(), IngestServer.RIGHTS);
            }
            if (!InetAddress.getByName(config.host()).isLoopbackAddress()) {
                LOG.warn("calls from other machines are not authenticated: set ingest.accessFile, or restrict who"
                        + " reaches the port");
            }
            return null;
        } catch (IOException e) {
            throw new IngestException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Catalyst takes seconds to be there, and the way of the events some more until it is compiled: most of them pass while the log is replayed. */
    private CompletableFuture<Void> rehearse() {
        Path aside = config.aeronDir().resolveSibling(config.aeronDir().getFileName() + "-rehearsal");
        IoUtil.delete(aside.toFile(), true);
        Rehearsal rehearsal = new Rehearsal(aside, config.rehearsalMs(), () -> closing.get() || failure.get() != null);
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        rehearsal.run();
                    } catch (RuntimeException | Error e) {
                        LOG.warn("the rehearsal of the events' way failed: the first ones will be slow", e);
                    } finally {
                        done.complete(null);
                    }
                },
                "rehearsal");
        thread.setDaemon(true);
        thread.start();
        return done.completeOnTimeout(null, config.rehearsalMs() + REHEARSAL_EXTRA_MS, TimeUnit.MILLISECONDS);
    }

    /** What readers of the store have seen; 0 if nothing. */
    private long publishedPosition() {
        try (TileStoreReader reader = TileStoreReader.open(config.storeDir())) {
            return reader.position();
        } catch (StoreUnavailableException e) {
            return 0;
        }
    }

    private void checkStoreBelongsToLog(long publishedPosition, long position) {
        if (publishedPosition > position) {
            throw new IngestException("store " + config.storeDir() + " has published log position " + publishedPosition
                    + ", but the log in " + config.dataDir() + " ends at " + position
                    + ": they do not belong together. Restore the log, or remove the store and upload again");
        }
    }

    /** A member of a group that has no log, or one that ends too early, copies the leader's. */
    private void seed(ClusterLayout layout, Peers peers, long publishedPosition) {
        if (peers.ids().isEmpty()) {
            return;
        }
        OptionalLong target = new Census(
                        peers, config.shardGroup(), config.shards(), layout.hasLog(), publishedPosition)
                .take(config.startTimeoutMs(), () -> failure.get() != null);
        if (target.isPresent()) {
            layout.beginSeed();
            LogSeed.copy(layout, target.getAsLong(), config.startTimeoutMs(), () -> failure.get() != null);
            layout.endSeed();
        }
    }

    /** An entry of our own comes back when everything before it has been applied. */
    private long awaitReplay(Commands commands) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.startTimeoutMs());
        while (true) {
            CompletableFuture<CommandResult> barrier = commands.submit(LogEntries::barrier);
            try {
                return barrier.get(BARRIER_TIMEOUT_MS, TimeUnit.MILLISECONDS).position();
            } catch (TimeoutException e) {
                LOG.info("still replaying the log");
            } catch (ExecutionException e) {
                LOG.info("still replaying the log: {}", String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IngestException("interrupted while replaying the log", e);
            }
            checkNotFailed();
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IngestException("the log in " + config.dataDir() + " was not replayed in "
                        + config.startTimeoutMs() + " ms: set startTimeoutMs higher, or see the log above");
            }
        }
    }

    private void startAgent(Agent agent, IdleStrategy idle) {
        AgentRunner runner =
                new AgentRunner(idle, error -> LOG.error("{} failed, going on", agent.roleName(), error), null, agent);
        AgentRunner.startOnThread(runner);
        parts.push(runner);
    }

    private Map<TopicPartition, Long> endOffsets() {
        EventReader open = reader;
        return open == null ? Map.of() : open.ends();
    }

    private long endOffset(String topic, int partition) {
        return endOffsets().getOrDefault(new TopicPartition(topic, partition), TopicEnds.UNKNOWN);
    }

    private void checkNotFailed() {
        Throwable cause = failure.get();
        if (cause != null) {
            throw new IngestException("the ingest node failed: " + cause.getMessage(), cause);
        }
    }

    /** The node cannot go on: says so once and stops itself; one that is still starting finds it itself. */
    private void fail(Throwable cause) {
        if (closing.get() || !failure.compareAndSet(null, cause)) {
            return;
        }
        LOG.error("the ingest node stops: {}", cause.getMessage(), cause);
        if (!started) {
            return;
        }
        Thread closer = new Thread(this::close, "ingest-closer");
        closer.setDaemon(true);
        closer.start();
    }

    /** Address of all its servers. */
    public String host() {
        return config.host();
    }

    /** Port of the upload and admin services. */
    public int grpcPort() {
        return grpcPort;
    }

    /**
     * Waits until the node has stopped.
     *
     * @throws IngestException if it stopped because it could not go on
     */
    public void awaitTermination() throws InterruptedException {
        ended.await();
        checkNotFailed();
    }

    /**
     * Starts a node and serves until the process is told to end (SIGTERM, SIGINT) or the node cannot go on.
     *
     * @throws IngestException if it cannot start or go on
     */
    public static void runUntilShutdown(IngestConfig config) throws InterruptedException {
        runUntilShutdown(config, SystemEpochClock.INSTANCE);
    }

    static void runUntilShutdown(IngestConfig config, EpochClock clock) throws InterruptedException {
        IngestNode node = start(config, clock);
        Thread hook = new Thread(node::close, "ingest-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        node.awaitTermination();
    }

    /** Stops everything, in the reverse order of the start, and removes the media driver's directory. Idempotent. */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            awaitEnd();
            return;
        }
        while (!parts.isEmpty()) {
            CloseHelper.close(error -> LOG.warn("while stopping: {}", error.toString(), error), parts.pop());
        }
        LOG.info("stopped");
        ended.countDown();
    }

    private void awaitEnd() {
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private MetricsServer metricsServer(IngestMetrics metrics) {
        try {
            return new MetricsServer(config.host(), config.metricsPort(), metrics);
        } catch (IOException e) {
            throw new IngestException(String.valueOf(e.getMessage()), e);
        }
    }
}
