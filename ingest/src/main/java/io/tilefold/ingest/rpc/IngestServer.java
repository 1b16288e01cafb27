package io.tilefold.ingest.rpc;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.tilefold.ingest.apply.IngestState;
import io.tilefold.ingest.cluster.Commands;
import io.tilefold.ingest.cluster.IngestService;
import io.tilefold.ingest.cluster.ServiceQueries;
import io.tilefold.ingest.config.IngestException;
import io.tilefold.ingest.group.BaseKeeper;
import io.tilefold.proto.admin.v1.AdminServiceGrpc;
import io.tilefold.proto.node.v1.NodeServiceGrpc;
import io.tilefold.proto.upload.v1.UploadServiceGrpc;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The node's gRPC server: upload, admin, node, health and reflection. Where there are access rules, a call needs its right ({@link #RIGHTS}); health is open to all. Until
 * {@link #ready} the first two services answer UNAVAILABLE and health says NOT_SERVING. Calls run on {@link #CALL_THREADS} threads of their own; event loops only move bytes.
 */
public final class IngestServer implements AutoCloseable {
    /** What calls need, by service, and by method where one differs from its service. */
    public static final Map<String, String> RIGHTS = Map.of(
            UploadServiceGrpc.SERVICE_NAME,
            "upload",
            AdminServiceGrpc.getApplyCatalogMethod().getFullMethodName(),
            "upload",
            AdminServiceGrpc.SERVICE_NAME,
            "admin",
            AdminServiceGrpc.getGetStatusMethod().getFullMethodName(),
            "status",
            AdminServiceGrpc.getAwaitOffsetsMethod().getFullMethodName(),
            "status",
            NodeServiceGrpc.SERVICE_NAME,
            "member",
            ServerReflectionGrpc.SERVICE_NAME,
            "admin");

    private static final int CALL_THREADS = 4;
    private static final long CLOSE_TIMEOUT_MS = 2_000;
    private static final List<String> SERVICES = List.of(
            HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
            UploadServiceGrpc.SERVICE_NAME,
            AdminServiceGrpc.SERVICE_NAME);

    private final Server server;
    private final EventLoopGroup acceptors;
    private final EventLoopGroup workers;
    private final ExecutorService calls;
    private final ScheduledExecutorService sweeper;
    private final HealthStatusManager health = new HealthStatusManager();
    private final Uploads uploads;
    private final BaseKeeper bases;
    private final long uploadTtlMs;
    private volatile boolean ready;
    private ServingStatus shownHealth = ServingStatus.NOT_SERVING;

    /**
     * Listens.
     *
     * @param credentials of the connections
     * @param access who may call; null: everyone
     * @param hasLog true if this member has a log on its disk now
     * @param logStart where it begins; empty while that is not known
     * @throws IngestException if the port is in use
     */
    public IngestServer(
            ServerSettings settings,
            ServerCredentials credentials,
            @Nullable ServerInterceptor access,
            TileStore store,
            IngestService service,
            Commands commands,
            ServiceQueries queries,
            Uploads uploads,
            BaseKeeper bases,
            BooleanSupplier hasLog,
            Supplier<OptionalLong> logStart,
            Supplier<Map<TopicPartition, Long>> ends) {
        IngestState state = service.state();
        this.uploads = uploads;
        this.bases = bases;
        this.uploadTtlMs = settings.uploadTtlMs();
        boolean epoll = Epoll.isAvailable();
        Class<? extends ServerChannel> channelType =
                epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        this.acceptors = eventLoops(epoll);
        this.workers = eventLoops(epoll);
        this.calls = Executors.newFixedThreadPool(CALL_THREADS, named("ingest-call-"));
        this.sweeper = Executors.newSingleThreadScheduledExecutor(named("upload-sweeper-"));
        UploadEndpoint upload = new UploadEndpoint(
                settings.shardGroup(), store, state, uploads, commands, settings.laneStarts(), calls);
        AdminEndpoint admin = new AdminEndpoint(
                settings.shardGroup(),
                settings.shards(),
                settings.memberId(),
                settings.maxFutureMs(),
                state,
                commands,
                queries,
                ends,
                calls);
        NodeEndpoint node = new NodeEndpoint(settings, store, service, bases, hasLog, logStart, () -> ready, calls);
        setHealth(ServingStatus.NOT_SERVING);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(settings.host(), settings.port()), credentials)
                .channelType(channelType)
                .bossEventLoopGroup(acceptors)
                .workerEventLoopGroup(workers)
                .executor(calls)
                .addService(ServerInterceptors.intercept(upload, new Gate()))
                .addService(ServerInterceptors.intercept(admin, new Gate()))
                .addService(node)
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance());
        if (access != null) {
            builder.intercept(access);
        }
        this.server = builder.build();
        try {
            server.start();
        } catch (IOException e) {
            close();
            throw new IngestException(
                    "gRPC cannot listen on " + settings.host() + ":" + settings.port() + " ("
                            + (e.getCause() == null
                                    ? e.getMessage()
                                    : e.getCause().getMessage())
                            + "): free the port or set another grpcPort",
                    e);
        }
    }

    private static EventLoopGroup eventLoops(boolean epoll) {
        return new MultiThreadIoEventLoopGroup(
                1, named("ingest-grpc-"), epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    private static java.util.concurrent.ThreadFactory named(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        };
    }

    public int port() {
        return server.getPort();
    }

    /** The log has been applied: from now on calls are served. Health says so as long as no committed version is missing. */
    public void ready() {
        ready = true;
        bases.onComplete(this::showHealth);
        showHealth();
        long intervalMs = Math.max(1, Math.min(uploadTtlMs / 4, 30_000));
        sweeper.scheduleWithFixedDelay(uploads::sweep, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
    }

    private synchronized void showHealth() {
        ServingStatus now = bases.isComplete() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        if (now != shownHealth) {
            shownHealth = now;
            setHealth(now);
        }
    }

    private void setHealth(ServingStatus status) {
        SERVICES.forEach(service -> health.setStatus(service, status));
    }

    /** Turns calls away until the node is ready. */
    private final class Gate implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if (ready) {
                return next.startCall(call, headers);
            }
            call.close(
                    Status.UNAVAILABLE.withDescription("the ingest node is replaying its log: try again later"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    @Override
    public void close() {
        health.enterTerminalState();
        server.shutdown();
        sweeper.shutdownNow();
        try {
            if (!server.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                server.shutdownNow().awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            }
            calls.shutdown();
            if (!calls.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                calls.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            calls.shutdownNow();
        }
        acceptors.shutdownGracefully(0, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        workers.shutdownGracefully(0, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }
}
