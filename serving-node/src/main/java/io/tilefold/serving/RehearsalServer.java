package io.tilefold.serving;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tilefold.node.NodeTls;
import io.tilefold.serving.peer.PeerClient;
import io.tilefold.serving.peer.PeerSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * What a node has between its port and its store, a second time, for a rehearsal: the same classes, with counters, threads, queues and bounds of their own, so that nothing of a rehearsal is seen in the
 * node's, or stands in its way. Without external sources, peers and feature log. Listens on a free port of the loopback, takes one connection, and calls only with a secret that this object alone knows.
 * Thread safe.
 */
final class RehearsalServer implements Rehearsal.Server, AutoCloseable {
    private static final Metadata.Key<String> SECRET =
            Metadata.Key.of("tilefold-rehearsal", Metadata.ASCII_STRING_MARSHALLER);
    private static final AsciiString SECRET_HEADER = AsciiString.cached(SECRET.name());
    private static final int MAX_ANSWER_BYTES = 64 << 20;

    /** So long that it plays no part: what is late is late because it runs for the first time. */
    private static final long DEADLINE_MS = 10_000;

    private static final long DRAIN_MS = 1_000;

    private final PeerClient peers;
    private final Latencies latencies;
    private final Workers workers;
    private final Externals externals;
    private final Turns turns;
    private final Shards shards;
    private final GrpcServer server;
    private final ManagedChannel channel;
    private final Channel calls;

    /**
     * Starts to listen.
     *
     * @param node the configuration of the node, whose answers this one gives
     * @param store the node's
     * @throws IOException if the loopback cannot be listened on
     */
    RehearsalServer(ServingConfig node, StoreWatch store, EpochClock clock) throws IOException {
        ServingConfig config = ServingConfig.builder(node.storeDirs())
                .port(0)
                .eventLoopThreads(1)
                .workerThreads(1)
                .maxConnections(1)
                .staleAfterMs(node.staleAfterMs())
                .maxRows(node.maxRows())
                .maxRequestBytes(node.maxRequestBytes())
                .inlineValues(node.inlineValues())
                .latencyLogMs(0)
                .drainMs(DRAIN_MS)
                .rehearsalMs(0)
                .build();
        NodeTls plain = NodeTls.of(Optional.empty(), config.tlsReloadMs(), true);
        peers = new PeerClient(PeerSettings.of(config.maxPeerCalls(), plain.peerCredentials()));
        shards = new Shards(config, peers);
        latencies = new Latencies(0, null);
        workers = new Workers(config);
        externals = new Externals(Map.of(), config.externalTimeoutMs());
        turns = new Turns(config, store, workers);
        StateLimits limits = new StateLimits(false);
        Answers answers = new Answers(config, store, shards, clock, latencies, null, limits);
        Refusals refusals = new Refusals();
        Admission admission = new Admission(config, refusals);
        String secret = UUID.randomUUID().toString();
        Guard guard = new Guard(secret);
        FetchEngine engine = new FetchEngine(config, turns, answers, peers, workers, externals);
        try {
            server = new GrpcServer(
                    config,
                    plain,
                    List.of(new FeatureService(
                            engine,
                            admission,
                            new Explanations(config, store, answers, peers, workers, externals),
                            new SchemaMemory(),
                            shards,
                            refusals)),
                    List.of(guard, admission),
                    new Shedding(config, admission, refusals),
                    new NearFetches(engine, admission, config, guard::letsIn));
        } catch (IOException refused) {
            closeEngine();
            throw refused;
        }
        channel = NettyChannelBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
                .usePlaintext()
                .directExecutor()
                .disableRetry()
                .maxInboundMessageSize(MAX_ANSWER_BYTES)
                .build();
        Metadata headers = new Metadata();
        headers.put(SECRET, secret);
        calls = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    int port() {
        return server.port();
    }

    @Override
    public void ask(byte[] fetch, Consumer<@Nullable Throwable> then) {
        ClientCalls.asyncUnaryCall(
                calls.newCall(
                        FeatureMethods.FETCH_BYTES,
                        CallOptions.DEFAULT.withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)),
                fetch,
                new StreamObserver<byte[]>() {
                    @Override
                    public void onNext(byte[] answer) {}

                    @Override
                    public void onError(Throwable failure) {
                        then.accept(failure);
                    }

                    @Override
                    public void onCompleted() {
                        then.accept(null);
                    }
                });
    }

    /** Lets nobody in but this object. */
    private record Guard(String secret) implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if (isSecret(headers.get(SECRET))) {
                return next.startCall(call, headers);
            }
            call.close(
                    Status.PERMISSION_DENIED.withDescription("this port is the node's own, for its start"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }

        boolean letsIn(Http2Headers headers) {
            return isSecret(headers.get(SECRET_HEADER));
        }

        private boolean isSecret(@Nullable CharSequence given) {
            return given != null && MessageDigest.isEqual(bytes(given.toString()), bytes(secret));
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** Ends; calls under way get a second. */
    @Override
    public void close() {
        channel.shutdown();
        server.drain();
        channel.shutdownNow();
        closeEngine();
        server.close();
    }

    private void closeEngine() {
        turns.close();
        workers.close();
        externals.close();
        latencies.close();
        shards.close();
        peers.close();
    }
}
