package io.tilefold.serving;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A serving node: answers fetches over gRPC from a store that an ingest node on the same host writes.
 *
 * <p>Listens from the start. While no store is mapped it answers UNAVAILABLE and its health is NOT_SERVING, for {@code ""} and for the service's
 * name; from then on SERVING. Threads: event loops (which answer small fetches themselves), workers for large ones, one that follows the
 * store, one for calls that wait for positions.
 */
public final class ServingNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServingNode.class);
    private static final int MAX_METADATA_LENGTH = 16 << 10;
    private static final long KEEPALIVE_TIME_MS = 60_000;
    private static final long KEEPALIVE_TIMEOUT_MS = 20_000;
    private static final long CLIENT_KEEPALIVE_LEAST_MS = 10_000;
    private static final long DRAIN_TIMEOUT_MS = 5_000;

    private final StateLimits stateLimits = new StateLimits();
    private final Server server;
    private final HealthStatusManager health;
    private final StoreWatch store;
    private final FetchEngine engine;
    private final EventLoopGroup acceptors;
    private final EventLoopGroup eventLoops;
    private final int port;
    private boolean closed;

    private ServingNode(ServingConfig config, EpochClock clock) throws IOException {
        health = new HealthStatusManager();
        serving(false);
        SchemaMemory schemas = new SchemaMemory();
        store = new StoreWatch(config, stateLimits, schemas, this::serving);
        engine = new FetchEngine(config, store, clock);
        boolean epoll = Epoll.isAvailable();
        acceptors = eventLoops(1, "tilefold-accept", epoll);
        int threads = config.eventLoopThreads() > 0
                ? config.eventLoopThreads()
                : Runtime.getRuntime().availableProcessors();
        eventLoops = eventLoops(threads, "tilefold-serve", epoll);
        server = NettyServerBuilder.forAddress(new InetSocketAddress(config.host(), config.port()))
                .bossEventLoopGroup(acceptors)
                .workerEventLoopGroup(eventLoops)
                .channelType(channelType(epoll))
                .directExecutor()
                .maxInboundMessageSize(config.maxRequestBytes())
                .maxInboundMetadataSize(MAX_METADATA_LENGTH)
                .maxConcurrentCallsPerConnection(config.maxCallsPerConnection())
                .keepAliveTime(KEEPALIVE_TIME_MS, TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(CLIENT_KEEPALIVE_LEAST_MS, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(new FeatureService(engine, schemas))
                .addService(health.getHealthService())
                .addService(ProtoReflectionServiceV1.newInstance())
                .build();
        try {
            server.start();
        } catch (IOException refused) {
            close();
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new IOException(
                    "cannot listen on " + config.host() + ":" + config.port() + " (" + cause.getMessage()
                            + "): is the port in use? Set serving.host and serving.port",
                    refused);
        }
        port = server.getPort();
        LOG.info("listening on {}:{} with {} {} event loops", config.host(), port, threads, epoll ? "epoll" : "NIO");
        store.start();
    }

    /**
     * Starts a node.
     *
     * @throws IOException naming the address, if it cannot be listened on
     */
    public static ServingNode start(ServingConfig config) throws IOException {
        return start(config, SystemEpochClock.INSTANCE);
    }

    /** @param clock gives q where a request gives none, and judges what is stale */
    public static ServingNode start(ServingConfig config, EpochClock clock) throws IOException {
        return new ServingNode(config, clock);
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    /** Rows of parts answered with FAILED(STATE_LIMIT) since the start. */
    public long stateLimitedRows() {
        return stateLimits.rows();
    }

    /** Returns once the node was closed. */
    public void awaitTermination() throws InterruptedException {
        server.awaitTermination();
    }

    /** Refuses new calls, gives those under way five seconds, and ends. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        health.enterTerminalState();
        server.shutdown();
        try {
            if (!server.awaitTermination(DRAIN_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("calls under way after {} ms are cancelled", DRAIN_TIMEOUT_MS);
                server.shutdownNow();
                server.awaitTermination(DRAIN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        engine.close();
        store.close();
        acceptors.shutdownGracefully(0, DRAIN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        eventLoops.shutdownGracefully(0, DRAIN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    private void serving(boolean mapped) {
        ServingStatus status = mapped ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(FeatureServiceGrpc.SERVICE_NAME, status);
    }

    private static EventLoopGroup eventLoops(int threads, String name, boolean epoll) {
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), handlers);
    }

    private static Class<? extends ServerChannel> channelType(boolean epoll) {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }
}
