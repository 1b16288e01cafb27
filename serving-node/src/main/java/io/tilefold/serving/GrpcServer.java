package io.tilefold.serving;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tilefold.node.AccessControl;
import io.tilefold.node.NodeTls;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.PeerServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's gRPC server: transport, event loops, credentials, and what it bears from its clients. Handlers run on the event loops. */
final class GrpcServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);
    private static final long HANDSHAKE_TIMEOUT_MS = 10_000;
    private static final long CLIENT_KEEPALIVE_LEAST_MS = 10_000;

    /** Calls that one connection may cancel in a window; hedging clients cancel some of theirs, floods cancel all. */
    private static final int MAX_CANCELS = 50_000;

    private static final int CANCEL_WINDOW_S = 10;

    private static final String FETCH = "fetch";
    private static final AsciiString AUTHORIZATION = AsciiString.cached("authorization");

    /** What a service's calls need; health is open to all. */
    private static final Map<String, String> RIGHTS = Map.of(
            FeatureServiceGrpc.SERVICE_NAME, FETCH,
            PeerServiceGrpc.SERVICE_NAME, FETCH,
            NodeServiceGrpc.SERVICE_NAME, "admin",
            ServerReflectionGrpc.SERVICE_NAME, FETCH,
            ChannelzGrpc.SERVICE_NAME, "admin");

    private final ServingConfig config;
    private final NodeTls tls;
    private final @Nullable AccessControl access;
    private final EventLoopGroup acceptors;
    private final EventLoopGroup eventLoops;
    private final Server server;
    private final int port;
    private final int threads;
    private final Connections connections;

    /**
     * @param tls becomes the server's, which closes it
     * @param interceptors asked in this order, after access has been checked
     * @param shedding asked before
     * @param fetches are answered before
     * @throws IOException naming the address, or the files
     */
    GrpcServer(
            ServingConfig config,
            NodeTls tls,
            List<BindableService> services,
            List<ServerInterceptor> interceptors,
            Shedding shedding,
            NearFetches fetches)
            throws IOException {
        this.config = config;
        this.tls = tls;
        this.access = access(config, tls);
        TransportLog.leaveOutUnwantedAnswers();
        boolean epoll = Epoll.isAvailable();
        acceptors = eventLoops(1, "tilefold-accept", epoll);
        threads = config.eventLoopThreads() > 0
                ? config.eventLoopThreads()
                : Runtime.getRuntime().availableProcessors();
        eventLoops = eventLoops(threads, "tilefold-serve", epoll);
        connections = new Connections(
                config,
                eventLoops,
                (connection, accepted) -> FetchFrames.read(
                        connection, accepted, shedding, fetches, headers -> letsIn(headers, accepted.session())));
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(config.host(), config.port()), tls.credentials())
                .bossEventLoopGroup(acceptors)
                .workerEventLoopGroup(eventLoops)
                .channelFactory(() -> listening(epoll))
                .addTransportFilter(connections.filter())
                .directExecutor()
                .handshakeTimeout(HANDSHAKE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .maxInboundMessageSize(config.maxRequestBytes())
                .maxInboundMetadataSize(config.maxMetadataBytes())
                .maxConcurrentCallsPerConnection(config.maxCallsPerConnection())
                .maxRstFramesPerWindow(MAX_CANCELS, CANCEL_WINDOW_S)
                .keepAliveTime(config.keepAliveMs(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(config.keepAliveTimeoutMs(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(CLIENT_KEEPALIVE_LEAST_MS, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true);
        boundConnections(builder);
        for (int i = interceptors.size() - 1; i >= 0; i--) {
            builder.intercept(interceptors.get(i)); // the last one added is asked first
        }
        if (access != null) {
            builder.intercept(access);
        }
        services.forEach(builder::addService);
        server = builder.build();
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
    }

    /** Says in the log where it listens. */
    void announce() {
        LOG.info(
                "listening on {}:{}{} with {} {} event loops",
                config.host(),
                port,
                config.tls().isPresent() ? ", TLS," : "",
                threads,
                Epoll.isAvailable() ? "epoll" : "NIO");
    }

    private static @Nullable AccessControl access(ServingConfig config, NodeTls tls) throws IOException {
        if (config.accessFile().isEmpty()) {
            if (!InetAddress.getByName(config.host()).isLoopbackAddress()) {
                LOG.warn("calls from other machines are not authenticated: set serving.accessFile, or restrict who"
                        + " reaches the port");
            }
            return null;
        }
        try {
            return new AccessControl(config.accessFile().get(), config.tlsReloadMs(), RIGHTS);
        } catch (IOException unusable) {
            tls.close();
            throw unusable;
        }
    }

    /** As access says where a call of grpc asks for it. */
    private boolean letsIn(Http2Headers fetch, @Nullable SSLSession session) {
        if (access == null) {
            return true;
        }
        List<CharSequence> given = fetch.getAll(AUTHORIZATION);
        return given.size() <= 1 // of several grpc takes one
                && access.letsIn(given.isEmpty() ? null : given.get(0).toString(), session, FETCH);
    }

    /** Calls that were not let in since the start. */
    long refusedCalls() {
        return access == null ? 0 : access.refused();
    }

    private void boundConnections(NettyServerBuilder builder) {
        if (config.maxConnectionIdleMs() > 0) {
            builder.maxConnectionIdle(config.maxConnectionIdleMs(), TimeUnit.MILLISECONDS);
        }
        if (config.maxConnectionAgeMs() > 0) {
            builder.maxConnectionAge(config.maxConnectionAgeMs(), TimeUnit.MILLISECONDS)
                    .maxConnectionAgeGrace(config.drainMs(), TimeUnit.MILLISECONDS);
        }
    }

    private static EventLoopGroup eventLoops(int threads, String name, boolean epoll) {
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory(name, true), handlers);
    }

    private ServerChannel listening(boolean epoll) {
        ServerChannel channel = epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
        channel.pipeline().addLast(connections);
        return channel;
    }

    Connections connections() {
        return connections;
    }

    int port() {
        return port;
    }

    void awaitTermination() throws InterruptedException {
        server.awaitTermination();
    }

    /** Refuses new calls and gives those under way their time, then cancels them. */
    void drain() {
        server.shutdown();
        try {
            if (!server.awaitTermination(config.drainMs(), TimeUnit.MILLISECONDS)) {
                LOG.warn("calls under way after {} ms are cancelled", config.drainMs());
                server.shutdownNow();
                server.awaitTermination(config.drainMs(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException interrupted) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the event loops: after {@link #drain} and what its calls use. */
    @Override
    public void close() {
        server.shutdownNow();
        tls.close();
        if (access != null) {
            access.close();
        }
        acceptors.shutdownGracefully(0, config.drainMs(), TimeUnit.MILLISECONDS);
        eventLoops.shutdownGracefully(0, config.drainMs(), TimeUnit.MILLISECONDS);
    }
}
