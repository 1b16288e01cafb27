package io.tilefold.serving;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's gRPC server: transport, event loops, credentials, and what it bears from its clients. Handlers run on the event loops. */
final class GrpcServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);
    private static final int MAX_METADATA_LENGTH = 16 << 10;
    private static final long HANDSHAKE_TIMEOUT_MS = 10_000;
    private static final long KEEPALIVE_TIME_MS = 60_000;
    private static final long KEEPALIVE_TIMEOUT_MS = 20_000;
    private static final long CLIENT_KEEPALIVE_LEAST_MS = 10_000;

    /** Calls that one connection may cancel in a window; hedging clients cancel some of theirs, floods cancel all. */
    private static final int MAX_CANCELS = 50_000;

    private static final int CANCEL_WINDOW_S = 10;

    private final ServingConfig config;
    private final ServerTls tls;
    private final EventLoopGroup acceptors;
    private final EventLoopGroup eventLoops;
    private final Server server;
    private final int port;

    /** @throws IOException naming the address, or the files */
    GrpcServer(ServingConfig config, List<BindableService> services) throws IOException {
        this.config = config;
        this.tls = ServerTls.of(config.tls(), config.tlsReloadMs());
        boolean epoll = Epoll.isAvailable();
        acceptors = eventLoops(1, "tilefold-accept", epoll);
        int threads = config.eventLoopThreads() > 0
                ? config.eventLoopThreads()
                : Runtime.getRuntime().availableProcessors();
        eventLoops = eventLoops(threads, "tilefold-serve", epoll);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(config.host(), config.port()), tls.credentials())
                .bossEventLoopGroup(acceptors)
                .workerEventLoopGroup(eventLoops)
                .channelType(channelType(epoll))
                .directExecutor()
                .handshakeTimeout(HANDSHAKE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .maxInboundMessageSize(config.maxRequestBytes())
                .maxInboundMetadataSize(MAX_METADATA_LENGTH)
                .maxConcurrentCallsPerConnection(config.maxCallsPerConnection())
                .maxRstFramesPerWindow(MAX_CANCELS, CANCEL_WINDOW_S)
                .keepAliveTime(KEEPALIVE_TIME_MS, TimeUnit.MILLISECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(CLIENT_KEEPALIVE_LEAST_MS, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true);
        boundConnections(builder);
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
        LOG.info(
                "listening on {}:{}{} with {} {} event loops",
                config.host(),
                port,
                config.tls().isPresent() ? ", TLS," : "",
                threads,
                epoll ? "epoll" : "NIO");
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

    private static Class<? extends ServerChannel> channelType(boolean epoll) {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
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
        acceptors.shutdownGracefully(0, config.drainMs(), TimeUnit.MILLISECONDS);
        eventLoops.shutdownGracefully(0, config.drainMs(), TimeUnit.MILLISECONDS);
    }
}
