package io.tilefold.client;

import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Deadline;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceBlockingStub;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.GetShardMapRequest;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.ListTargetsResponse;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Fetches features from serving nodes. Thread safe; keep one per process and close it.
 *
 * <pre>{@code
 * try (FeatureClient client = FeatureClient.connect("localhost:7070")) {
 *     FetchResult answer = client.fetch(Fetch.join("flight_context").row(Map.of("origin", "JFK", "destination", "LAX")));
 *     Long departures = answer.getLong(0, "airport_departures_delay_count_1d");
 * }
 * }</pre>
 *
 * <p>With several addresses calls go to each in turn, and one that finds its node {@code UNAVAILABLE} goes to the next inside its deadline. Where the deployment has several
 * shard groups a fetch goes to a node of the group that owns most of its keys, whether its address was given here or not; {@link Builder#shardAware} turns that
 * off. The client learns the shard map beside its first fetches, and again when an answer says that it has changed.
 *
 * <p>Positions never go back: each fetch asks for state that has reached what an earlier answer of this client was computed from, whichever node
 * answers. {@link Builder#rememberPositions} turns it off; {@link #forgetPositions} starts anew after a cluster was wiped.
 */
public final class FeatureClient implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final ChannelCredentials credentials;
    private final CallPolicy callPolicy;
    private final List<ClientInterceptor> interceptors;
    private final int givenNodes;

    /** The nodes given, and behind them those learnt; a node keeps its place. */
    private final List<String> addresses = new CopyOnWriteArrayList<>();

    private final List<ManagedChannel> channels = new CopyOnWriteArrayList<>();
    private final boolean shardAware;
    private final ShardRoutes routes = new ShardRoutes();
    private final Duration deadline;
    private final boolean rememberPositions;
    private final SeenPositions seen = new SeenPositions();
    private final KnownSchemas schemas = new KnownSchemas();
    private final AtomicInteger turn = new AtomicInteger();

    /** A request as sent, and the schema it says it knows. */
    record Asked(FetchRequest request, @Nullable AnswerLayout known) {}

    private FeatureClient(Builder builder) {
        this.credentials = builder.credentials;
        this.callPolicy = builder.callPolicy;
        this.shardAware = builder.shardAware;
        this.givenNodes = builder.addresses.size();
        this.deadline = builder.deadline;
        this.rememberPositions = builder.rememberPositions;
        this.interceptors = List.copyOf(builder.interceptors);
        builder.addresses.forEach(this::add);
    }

    private void add(String address) {
        channels.add(Channels.builder(address, credentials)
                .intercept(interceptors)
                .defaultServiceConfig(callPolicy.serviceConfig())
                .enableRetry()
                .build());
        addresses.add(address);
    }

    /** Place of a node that the shard map names. */
    private synchronized int place(String address) {
        int known = addresses.indexOf(address);
        if (known >= 0) {
            return known;
        }
        add(address);
        return addresses.size() - 1;
    }

    /** A client of one node, {@code "host:port"}, with the defaults. */
    public static FeatureClient connect(String address) {
        return builder().address(address).build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Builds a client. */
    public static final class Builder {
        private final List<ClientInterceptor> interceptors = new ArrayList<>();
        private final List<String> addresses = new ArrayList<>();
        private Duration deadline = Duration.ofSeconds(2);
        private boolean rememberPositions = true;
        private boolean shardAware = true;
        private CallPolicy callPolicy = CallPolicy.retry();
        private ChannelCredentials credentials = InsecureChannelCredentials.create();

        private Builder() {}

        /** Adds a node, {@code "host:port"}. */
        public Builder address(String address) {
            addresses.add(address);
            return this;
        }

        /** Of a call that brings none of its own; 2 s unless told. */
        public Builder defaultDeadline(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("default deadline " + timeout + ": it must be positive");
            }
            deadline = timeout;
            return this;
        }

        /** True unless told. */
        public Builder rememberPositions(boolean remember) {
            rememberPositions = remember;
            return this;
        }

        /** Whether fetches go to the nodes that hold their keys; true unless told. Turn it off where nodes are not reached by the addresses in the shard map. */
        public Builder shardAware(boolean aware) {
            shardAware = aware;
            return this;
        }

        /** What is done about a call that fails or takes long, inside its deadline; {@link CallPolicy#retry()} unless told. */
        public Builder callPolicy(CallPolicy policy) {
            callPolicy = policy;
            return this;
        }

        /** How connections are encrypted and authenticated, for example {@link io.grpc.TlsChannelCredentials}; without it they are not. */
        public Builder credentials(ChannelCredentials channelCredentials) {
            credentials = channelCredentials;
            return this;
        }

        /** The bearer token that is sent with every call, for nodes that ask who calls. */
        public Builder token(String token) {
            interceptors.add(Channels.bearer(token));
            return this;
        }

        /** @throws IllegalArgumentException if there is no address, or one that is none */
        public FeatureClient build() {
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException("a client needs the address of a node: host:port");
            }
            return new FeatureClient(this);
        }
    }

    /**
     * Fetches, and waits for the answer.
     *
     * @throws FetchException if the call failed as a whole
     * @throws IllegalArgumentException if the fetch cannot be sent
     */
    public FetchResult fetch(Fetch fetch) {
        Asked asked = ask(fetch);
        return result(
                asked,
                call(fetch.deadline().orElse(deadline), start(asked.request), stub -> stub.fetch(asked.request)));
    }

    /**
     * Fetches without waiting. A failed call completes the future with a {@link FetchException}; cancelling the future cancels the call. The future
     * completes on one of the channel's own threads.
     */
    public CompletableFuture<FetchResult> fetchAsync(Fetch fetch) {
        CompletableFuture<FetchResult> future = new CompletableFuture<>();
        Asked asked = ask(fetch);
        send(asked, after(fetch.deadline().orElse(deadline)), start(asked.request), 1, future);
        return future;
    }

    /**
     * A stream of fetches over one call, for those who fetch all the time: pipelined, and bounded.
     *
     * @param maxInFlight fetches under way at one time, 1 to 128
     */
    public FetchStream stream(int maxInFlight) {
        return new FetchStream(
                new FetchStream.Streams() {
                    @Override
                    public String open(ClientResponseObserver<StreamFetchRequest, StreamFetchResponse> answers) {
                        int channel = nextTurn();
                        stub(channel).fetchStream(answers);
                        return addresses.get(channel);
                    }

                    @Override
                    public Asked ask(Fetch fetch) {
                        return FeatureClient.this.ask(fetch);
                    }

                    @Override
                    public FetchResult result(Asked asked, FetchResponse response) {
                        return FeatureClient.this.result(asked, response);
                    }
                },
                maxInFlight,
                deadline);
    }

    /**
     * Fetches one row and has the answer taken apart: which base, which live tiles, what each adds. For people; it costs many times a fetch.
     *
     * @throws FetchException if the call failed as a whole
     */
    public ExplainResponse explain(Fetch fetch) {
        Asked asked = ask(fetch);
        return call(fetch.deadline().orElse(deadline), stub -> stub.explain(asked.request));
    }

    /** What a join takes and gives. */
    public TargetDescription describeJoin(String name) {
        return describe(DescribeTargetRequest.newBuilder().setJoin(name).build());
    }

    /** What a GroupBy takes and gives. */
    public TargetDescription describeGroupBy(String name) {
        return describe(DescribeTargetRequest.newBuilder().setGroupBy(name).build());
    }

    /** Names of the joins that can be fetched. */
    public List<String> joins() {
        return list().getJoinsList();
    }

    /** Names of the GroupBys that can be fetched. */
    public List<String> groupBys() {
        return list().getGroupBysList();
    }

    /** Where the shards of the deployment are, as the node asked knows it. */
    public ShardMap shardMap() {
        return ShardMap.of(call(deadline, stub -> stub.getShardMap(GetShardMapRequest.getDefaultInstance())));
    }

    /** Forgets the positions seen: the next answer may come from any state. */
    public void forgetPositions() {
        seen.forget();
    }

    /** Ends the connections; calls under way get two seconds. */
    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdown);
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MS);
        try {
            for (ManagedChannel channel : channels) {
                channel.awaitTermination(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        channels.forEach(ManagedChannel::shutdownNow);
    }

    private Asked ask(Fetch fetch) {
        FetchRequest.Builder request = fetch.toBuilder();
        if (rememberPositions) {
            seen.ask(request);
        }
        if (shardAware) {
            routes.ask(request);
        }
        AnswerLayout known = schemas.ask(request);
        return new Asked(request.build(), known);
    }

    private FetchResult result(Asked asked, FetchResponse response) {
        if (rememberPositions) {
            seen.see(response);
        }
        if (response.getShardMap() != 0) {
            routes.changed(stub(nextTurn()));
        }
        return new FetchResult(
                response, schemas.of(asked.request, response, asked.known), asked.request.getFeaturesList());
    }

    private TargetDescription describe(DescribeTargetRequest request) {
        DescribeTargetResponse response = call(deadline, stub -> stub.describeTarget(request));
        return new TargetDescription(
                response.getSchemaId(),
                SchemaReader.schema(response.getKeys()),
                SchemaReader.schema(response.getContextual()),
                SchemaReader.schema(response.getOutputs()));
    }

    private ListTargetsResponse list() {
        return call(deadline, stub -> stub.listTargets(ListTargetsRequest.getDefaultInstance()));
    }

    private <T> T call(Duration timeout, Function<FeatureServiceBlockingStub, T> method) {
        return call(timeout, nextTurn(), method);
    }

    private <T> T call(Duration timeout, int start, Function<FeatureServiceBlockingStub, T> method) {
        Deadline callDeadline = after(timeout);
        int channel = start;
        for (int attempt = 1; ; attempt++) {
            try {
                return method.apply(FeatureServiceGrpc.newBlockingStub(channels.get(channel))
                        .withDeadline(callDeadline));
            } catch (StatusRuntimeException failure) {
                if (!isForNext(failure.getStatus(), attempt)) {
                    throw FetchException.of(failure, addresses.get(channel));
                }
            }
            channel = (channel + 1) % channels.size();
        }
    }

    private void send(
            Asked asked, Deadline callDeadline, int channel, int attempt, CompletableFuture<FetchResult> future) {
        FeatureServiceGrpc.newStub(channels.get(channel))
                .withDeadline(callDeadline)
                .fetch(asked.request, new ClientResponseObserver<FetchRequest, FetchResponse>() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<FetchRequest> call) {
                        future.whenComplete((result, failure) -> {
                            if (future.isCancelled()) {
                                call.cancel("the future was cancelled", failure);
                            }
                        });
                    }

                    @Override
                    public void onNext(FetchResponse response) {
                        future.complete(result(asked, response));
                    }

                    @Override
                    public void onError(Throwable failure) {
                        if (isForNext(Status.fromThrowable(failure), attempt) && !future.isDone()) {
                            send(asked, callDeadline, (channel + 1) % channels.size(), attempt + 1, future);
                        } else {
                            StatusRuntimeException status = failure instanceof StatusRuntimeException known
                                    ? known
                                    : Status.fromThrowable(failure).asRuntimeException();
                            future.completeExceptionally(FetchException.of(status, addresses.get(channel)));
                        }
                    }

                    @Override
                    public void onCompleted() {
                        if (!future.isDone()) {
                            onError(Status.INTERNAL
                                    .withDescription("the call ended without an answer")
                                    .asRuntimeException());
                        }
                    }
                });
    }

    private boolean isForNext(Status status, int attempt) {
        return status.getCode() == Status.Code.UNAVAILABLE && attempt < channels.size();
    }

    private int nextTurn() {
        return Math.floorMod(turn.getAndIncrement(), givenNodes);
    }

    private FeatureServiceStub stub(int channel) {
        return FeatureServiceGrpc.newStub(channels.get(channel));
    }

    /** The node that a fetch is sent to first. */
    private int start(FetchRequest request) {
        int next = nextTurn();
        List<String> nearest = shardAware ? routes.nearest(request, stub(next)) : List.of();
        return nearest.isEmpty() ? next : place(nearest.get(Math.floorMod(turn.get(), nearest.size())));
    }

    private static Deadline after(Duration timeout) {
        return Deadline.after(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }
}
