package io.tilefold.serving;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.ChannelzService;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.tilefold.node.MetricsServer;
import io.tilefold.node.NodeTls;
import io.tilefold.node.OtlpExport;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.serving.peer.PeerClient;
import io.tilefold.serving.peer.PeerSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;
import org.jspecify.annotations.Nullable;

/**
 * A serving node: answers fetches over gRPC from the stores that ingest nodes on the same host write, of one shard group or of several.
 *
 * <p>Listens from the start. While no store is mapped it answers UNAVAILABLE, while some are as if their shard groups were other hosts'; its health is SERVING, for {@code ""} and for the
 * service's name, while all are mapped and the live of each has caught up with its topics at some time, and once the node has {@linkplain Rehearsal rehearsed}. Threads: event loops (which answer small fetches themselves), workers for
 * large ones, one that follows the stores, one that unmaps what it has replaced, one for calls that wait for positions, one for latency figures; those of a rehearsal while it lasts.
 */
public final class ServingNode implements AutoCloseable {
    private static final int CHANNELZ_PAGE = 100;

    private final StateLimits stateLimits = new StateLimits();
    private final HealthStatusManager health = new HealthStatusManager();
    private final Readiness readiness = new Readiness(this::serving);
    private final StoreWatch store;
    private final Rehearsing rehearsing;
    private final Latencies latencies;
    private final @Nullable FeatureLog featureLog;
    private final Workers workers;
    private final Turns turns;
    private final Admission admission;
    private final PeerClient peers;
    private final Shards shards;
    private final Externals externals;
    private final GrpcServer server;
    private final @Nullable MetricsServer metrics;
    private final @Nullable OtlpExport otlp;
    private boolean closed;

    private ServingNode(ServingConfig config, EpochClock clock) throws IOException {
        serving(false);
        SchemaMemory schemas = new SchemaMemory();
        NodeTls tls = NodeTls.of(
                config.tls(), config.tlsReloadMs(), config.accessFile().isEmpty());
        peers = new PeerClient(PeerSettings.of(config.maxPeerCalls(), tls.peerCredentials()));
        try {
            shards = new Shards(config, peers);
        } catch (IOException | RuntimeException unusable) {
            peers.close();
            tls.close();
            throw unusable;
        }
        store = new StoreWatch(config, schemas, shards::compare, this::seen, readiness::caughtUp);
        rehearsing = new Rehearsing(config, store, clock, readiness::rehearsed);
        Refusals refusals = new Refusals();
        Optional<Path> logDir = config.latencyLogDir();
        latencies = new Latencies(
                config.latencyLogMs(), logDir.isEmpty() ? null : new LatencyIntervals(logDir.get(), clock));
        featureLog = config.featureLog().map(FeatureLog::new).orElse(null);
        workers = new Workers(config);
        externals = new Externals(config.externalSources(), config.externalTimeoutMs());
        Answers answers = new Answers(config, store, shards, clock, latencies, featureLog, stateLimits);
        turns = new Turns(config, store, workers);
        admission = new Admission(config, refusals);
        FetchEngine engine = new FetchEngine(config, turns, answers, peers, workers, externals);
        try {
            server = new GrpcServer(
                    config,
                    tls,
                    List.of(
                            new FeatureService(
                                    engine,
                                    admission,
                                    new Explanations(config, store, answers, peers, workers, externals),
                                    schemas,
                                    shards,
                                    refusals),
                            new PeerEndpoint(config, turns, store, clock, refusals, stateLimits),
                            new NodeService(latencies, workers::queued, clock),
                            health.getHealthService(),
                            ProtoReflectionServiceV1.newInstance(),
                            ChannelzService.newInstance(CHANNELZ_PAGE)),
                    List.of(admission),
                    new Shedding(config, admission, refusals),
                    new NearFetches(engine, admission, config, headers -> true));
        } catch (IOException refused) {
            closeEngine();
            throw refused;
        }
        try {
            ServingMetrics figures = new ServingMetrics(
                    config.storeDirs(),
                    store,
                    latencies,
                    refusals,
                    workers,
                    admission,
                    server.connections(),
                    stateLimits,
                    this::droppedLogRecords,
                    server::refusedCalls);
            metrics =
                    config.metricsPort() == 0 ? null : new MetricsServer(config.host(), config.metricsPort(), figures);
            otlp = config.otlp()
                    .map(collector -> new OtlpExport(
                            collector, "tilefold-serving", config.host() + ":" + server.port(), figures::writeTo))
                    .orElse(null);
        } catch (IOException refused) {
            server.close();
            closeEngine();
            throw refused;
        }
        server.announce();
        store.start();
    }

    private void seen(Snapshot now) {
        rehearsing.see(now);
    }

    /**
     * Starts a node.
     *
     * @throws IOException naming the address, if it cannot be listened on, or the TLS or shard map files that cannot be read
     * @throws IllegalArgumentException naming file, field and value, if the shard map file is none; naming two stores that one node cannot serve
     */
    public static ServingNode start(ServingConfig config) throws IOException {
        return start(config, SystemEpochClock.INSTANCE);
    }

    /** @param clock gives q where a request gives none, and judges what is stale */
    public static ServingNode start(ServingConfig config, EpochClock clock) throws IOException {
        StoreClaim.check(config.storeDirs());
        return new ServingNode(config, clock);
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /** Rows of parts answered with FAILED(STATE_LIMIT) since the start. */
    public long stateLimitedRows() {
        return stateLimits.rows();
    }

    /** Fetches answered since the start. */
    public long answeredFetches() {
        return latencies.all().values().stream()
                .mapToLong(latency -> latency.sinceStart(Stage.TOTAL).getTotalCount())
                .sum();
    }

    /** Made-up fetches that the node answered itself before it was ready; they are in no other count. */
    public int rehearsedFetches() {
        return rehearsing.answered();
    }

    /** Fetches under way now: accepted, and not answered yet. */
    public int fetchesInFlight() {
        return admission.inFlight();
    }

    /** Connections cut since the start, because their clients did not read their answers. */
    public long cutConnections() {
        return server.connections().cut();
    }

    /** Contents of the shard map file that could not be used since the start: the map before stayed. */
    public long rejectedShardMaps() {
        return shards.rejectedMaps();
    }

    /** Records that the feature log dropped since the start, because its writer was behind or could not write. */
    public long droppedLogRecords() {
        return featureLog == null ? 0 : featureLog.dropped();
    }

    /** Returns once the node was closed. */
    public void awaitTermination() throws InterruptedException {
        server.awaitTermination();
    }

    /** Says NOT_SERVING, refuses new calls, gives those under way their time, and ends. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        health.enterTerminalState();
        rehearsing.close();
        server.drain();
        if (metrics != null) {
            metrics.close();
        }
        if (otlp != null) {
            otlp.close();
        }
        closeEngine();
        server.close();
    }

    private void closeEngine() {
        rehearsing.close();
        shards.close();
        turns.close();
        workers.close();
        externals.close();
        if (featureLog != null) {
            featureLog.close();
        }
        latencies.close();
        peers.close();
        store.close();
    }

    private void serving(boolean ready) {
        ServingStatus status = ready ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(FeatureServiceGrpc.SERVICE_NAME, status);
    }
}
