package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node bears from its clients: fetches under way, connections, answers that nobody reads, silence, floods. */
class LimitsTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int LARGE_ROWS = 10_000;
    private static final int ROWS_OF_ONE_FRAME = 1_500;

    @TempDir
    Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // by start
    private FlightStore writer;

    @SuppressWarnings("NullAway.Init") // by start
    private TestNode node;

    private void start(UnaryOperator<ServingConfig.Builder> limits) throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG);
        writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L)), 1, Flights.B);
        node = new TestNode(limits.apply(TestNode.config(directory).port(0).storeRetryMs(20))
                .build());
        writer.publish(node.nowMs.get());
        node.mapped();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        node.close();
        writer.close();
    }

    private ManagedChannel channel() {
        ManagedChannel channel = Channels.open(node.address());
        open.add(channel::shutdownNow);
        return channel;
    }

    private static FetchRequest route(int rows) {
        Fetch fetch = Fetch.groupBy("route").asOf(Flights.B);
        for (int i = 0; i < rows; i++) {
            fetch.row(Map.of("origin", "JFK", "destination", "LAX"));
        }
        return fetch.toRequest();
    }

    /** A fetch that stays under way: for a position that does not come. */
    private static FetchRequest waiting() {
        return route(1).toBuilder()
                .addMinPositions(LogPosition.newBuilder().setShardGroup(7).setPosition(1L << 40))
                .build();
    }

    private static String reason(StatusRuntimeException refused) throws IOException {
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        assertThat(details).isNotNull();
        Any last = details.getDetails(details.getDetailsCount() - 1);
        com.google.protobuf.Duration delay = last.unpack(RetryInfo.class).getRetryDelay();
        assertThat(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
                .isEqualTo(Duration.ofMillis(Errors.RETRY_AFTER_MS));
        return details.getDetails(0).unpack(ErrorInfo.class).getReason();
    }

    /** Those of clients that come and go, of calls and of streams. */
    @Test
    void everyFetchUnderWayCountsAndWhatIsBeyondIsToldWhenToComeAgain() throws Exception {
        start(config -> config.maxFetchesInFlight(4).defaultDeadlineMs(600_000));
        ManagedChannel channel = channel();
        FeatureServiceGrpc.FeatureServiceBlockingStub stub = FeatureServiceGrpc.newBlockingStub(channel);
        List<ClientCall<FetchRequest, FetchResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ClientCall<FetchRequest, FetchResponse> call =
                    channel.newCall(FeatureServiceGrpc.getFetchMethod(), CallOptions.DEFAULT);
            call.start(new ClientCall.Listener<>() {}, new Metadata());
            call.sendMessage(waiting());
            call.halfClose();
            calls.add(call);
        }
        BlockingQueue<StreamFetchResponse> answers = new LinkedBlockingQueue<>();
        CompletableFuture<Throwable> streamEnded = new CompletableFuture<>();
        ClientCall<StreamFetchRequest, StreamFetchResponse> stream =
                channel.newCall(FeatureServiceGrpc.getFetchStreamMethod(), CallOptions.DEFAULT);
        StreamObserver<StreamFetchRequest> requests =
                ClientCalls.asyncBidiStreamingCall(stream, new StreamObserver<>() {
                    @Override
                    public void onNext(StreamFetchResponse response) {
                        answers.add(response);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        streamEnded.complete(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        for (int id = 1; id <= 2; id++) {
            requests.onNext(StreamFetchRequest.newBuilder()
                    .setId(id)
                    .setFetch(waiting())
                    .build());
        }
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThatThrownBy(() -> stub.fetch(route(1)))
                        .isInstanceOfSatisfying(StatusRuntimeException.class, refused -> {
                            assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                            assertThat(refused.getStatus().getDescription()).contains("4 fetches are under way");
                        }));
        requests.onNext(
                StreamFetchRequest.newBuilder().setId(3).setFetch(route(1)).build());
        StreamFetchResponse refused = answers.poll(20, TimeUnit.SECONDS);
        assertThat(refused).isNotNull();
        assertThat(refused.getId()).isEqualTo(3);
        assertThat(refused.getError().getReason()).isEqualTo("TOO_MANY_IN_FLIGHT");
        assertThat(refused.getError().getRetryAfterMs()).isEqualTo(Errors.RETRY_AFTER_MS);
        try {
            stub.explain(route(1));
            throw new AssertionError("an explanation was taken beyond the bound");
        } catch (StatusRuntimeException beyond) {
            assertThat(reason(beyond)).isEqualTo("TOO_MANY_IN_FLIGHT");
        }
        assertThat(stub.listTargets(ListTargetsRequest.getDefaultInstance()).getJoinsList())
                .isNotEmpty();

        // Places come back with whoever leaves: a call of its own, then all fetches of a stream.
        calls.get(0).cancel("gone", null);
        answered(stub);
        stream.cancel("gone", null);
        calls.get(1).cancel("gone", null);
        for (int i = 0; i < 20; i++) {
            answered(stub);
        }
    }

    private static void answered(FeatureServiceGrpc.FeatureServiceBlockingStub stub) {
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .ignoreExceptions()
                .until(() -> stub.fetch(route(1)).getRowCount() == 1);
    }

    @Test
    void aConnectionBeyondTheBoundIsToldSoAndOthersGoOn() throws Exception {
        start(config -> config.maxConnections(2)); // the test node's client has one
        FeatureServiceGrpc.FeatureServiceBlockingStub second = FeatureServiceGrpc.newBlockingStub(channel());
        assertThat(second.fetch(route(1)).getRowCount()).isEqualTo(1);
        ManagedChannel third = channel();
        assertThatThrownBy(() -> FeatureServiceGrpc.newBlockingStub(third).fetch(route(1)))
                .hasMessageContaining("RESOURCE_EXHAUSTED")
                .hasMessageContaining("this node has 2 connections already (serving.maxConnections)");
        assertThat(second.fetch(route(1)).getRowCount()).isEqualTo(1);
        assertThat(node.client.joins()).isNotEmpty();
        ((ManagedChannel) second.getChannel()).shutdownNow();
        answered(FeatureServiceGrpc.newBlockingStub(third)); // the place of the one that went
    }

    @Test
    void aClientThatDoesNotReadItsAnswersIsCutAndOthersGoOn() throws Exception {
        cutsWhoDoesNotRead(config -> config.maxUnreadBytes(100_000), LARGE_ROWS);
    }

    /** The same, of answers that are written where requests are read. */
    @Test
    void aClientThatDoesNotReadNearAnswersIsCutAndOthersGoOn() throws Exception {
        cutsWhoDoesNotRead(config -> config.maxUnreadBytes(100_000).inlineValues(Integer.MAX_VALUE), ROWS_OF_ONE_FRAME);
    }

    /** Its windows close: what it asks for cannot leave the node. */
    private void cutsWhoDoesNotRead(UnaryOperator<ServingConfig.Builder> limits, int rows) throws Exception {
        start(limits);
        ManagedChannel slow = NettyChannelBuilder.forTarget(node.address())
                .usePlaintext()
                .flowControlWindow(65_535)
                .build();
        open.add(slow::shutdownNow);
        for (int i = 0; i < 20; i++) {
            ClientCall<FetchRequest, FetchResponse> call =
                    slow.newCall(FeatureServiceGrpc.getFetchMethod(), CallOptions.DEFAULT);
            call.start(new ClientCall.Listener<>() {}, new Metadata());
            call.sendMessage(route(rows)); // and never call.request
            call.halfClose();
        }
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> node.node.cutConnections() > 0 && slow.getState(false) != ConnectivityState.READY);
        assertThat(FeatureServiceGrpc.newBlockingStub(channel())
                        .fetch(route(LARGE_ROWS))
                        .getRowCount())
                .isEqualTo(LARGE_ROWS);
    }

    @Test
    void aStreamThatIsNotReadIsHeldBack() throws Exception {
        start(config -> config.maxUnreadBytes(64 << 20));
        ClientCall<StreamFetchRequest, StreamFetchResponse> stream =
                channel().newCall(FeatureServiceGrpc.getFetchStreamMethod(), CallOptions.DEFAULT);
        BlockingQueue<StreamFetchResponse> answers = new LinkedBlockingQueue<>();
        CompletableFuture<Status> end = new CompletableFuture<>();
        stream.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(StreamFetchResponse answer) {
                        answers.add(answer);
                        stream.request(1);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.complete(status);
                    }
                },
                new Metadata());
        int count = 20 * FetchStream.MAX_IN_FLIGHT;
        for (int id = 1; id <= count; id++) {
            stream.sendMessage(StreamFetchRequest.newBuilder()
                    .setId(id)
                    .setFetch(route(20))
                    .build());
        }
        stream.halfClose();
        // Nothing was asked for so far: the node answered some, and stopped reading.
        long answered = settled();
        assertThat(answered).isLessThan(count);
        stream.request(1);
        assertThat(end.get(60, TimeUnit.SECONDS).isOk()).isTrue();
        assertThat(answers).hasSize(count);
    }

    /** Fetches answered in the node once their number does not change any more. */
    private long settled() throws InterruptedException {
        long before = -1;
        long now = node.node.answeredFetches();
        while (now != before || now == 0) {
            before = now;
            Thread.sleep(200);
            now = node.node.answeredFetches();
        }
        return now;
    }

    @Test
    void aConnectionWithoutCallsIsClosedAndOneWithCallsIsNot() throws Exception {
        start(config -> config.maxConnectionIdleMs(1_000).defaultDeadlineMs(600_000));
        ManagedChannel idle = channel();
        assertThat(FeatureServiceGrpc.newBlockingStub(idle).fetch(route(1)).getRowCount())
                .isEqualTo(1);
        assertThat(idle.getState(false)).isEqualTo(ConnectivityState.READY);
        ManagedChannel busy = channel();
        ClientCall<FetchRequest, FetchResponse> call =
                busy.newCall(FeatureServiceGrpc.getFetchMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {}, new Metadata());
        call.sendMessage(waiting());
        call.halfClose();
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> idle.getState(false) == ConnectivityState.IDLE);
        assertThat(busy.getState(false)).isEqualTo(ConnectivityState.READY);
        answered(FeatureServiceGrpc.newBlockingStub(idle)); // connects anew
    }

    @Test
    void aConnectionOfAgeIsClosedAndNoFetchFails() throws Exception {
        start(config -> config.maxConnectionAgeMs(1_000));
        ManagedChannel channel = channel();
        FeatureServiceGrpc.FeatureServiceBlockingStub stub = FeatureServiceGrpc.newBlockingStub(channel);
        CompletableFuture<Void> replaced = new CompletableFuture<>();
        assertThat(stub.fetch(route(1)).getRowCount()).isEqualTo(1);
        channel.notifyWhenStateChanged(ConnectivityState.READY, () -> replaced.complete(null));
        int fetches = 0;
        while (!replaced.isDone()) {
            assertThat(stub.fetch(route(1)).getRowCount()).isEqualTo(1);
            fetches++;
        }
        assertThat(stub.fetch(route(1)).getRowCount()).isEqualTo(1);
        assertThat(fetches).isPositive();
    }

    /** Opens calls and takes them back as fast as it can. */
    @Test
    void aFloodOfResetsIsCutAndOthersGoOn() throws Exception {
        start(config -> config);
        int[] sent = new int[1];
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.node.port())) {
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> readAll(socket));
            OutputStream out = socket.getOutputStream();
            out.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
            out.write(frame(Http2FrameTypes.SETTINGS, 0, 0, Unpooled.EMPTY_BUFFER));
            DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
            try {
                for (int stream = 1; stream < 400_000 && !received.isDone(); stream += 2) {
                    out.write(openedAndReset(encoder, stream));
                    sent[0]++;
                    if (sent[0] % 10_000 == 0) {
                        assertThat(FeatureServiceGrpc.newBlockingStub(channel())
                                        .fetch(route(1))
                                        .getRowCount())
                                .isEqualTo(1);
                    }
                }
            } catch (IOException cut) {
                assertThat(sent[0]).isGreaterThan(1);
            }
            byte[] answer = received.get(60, TimeUnit.SECONDS);
            assertThat(lastGoAway(answer)).isEqualTo(Http2Error.ENHANCE_YOUR_CALM.code());
        }
        assertThat(sent[0]).isLessThan(200_000);
        assertThat(node.client.joins()).isNotEmpty();
    }

    private static byte[] openedAndReset(DefaultHttp2HeadersEncoder encoder, int stream) throws Exception {
        Http2Headers headers = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .authority("node")
                .path("/tilefold.serving.v1.FeatureService/Fetch");
        headers.add("content-type", "application/grpc").add("te", "trailers");
        ByteBuf block = Unpooled.buffer();
        encoder.encodeHeaders(stream, headers, block);
        byte[] opened = frame(Http2FrameTypes.HEADERS, Http2Flags.END_HEADERS, stream, block);
        ByteBuf code = Unpooled.buffer().writeInt((int) Http2Error.CANCEL.code());
        byte[] reset = frame(Http2FrameTypes.RST_STREAM, 0, stream, code);
        byte[] both = Arrays.copyOf(opened, opened.length + reset.length);
        System.arraycopy(reset, 0, both, opened.length, reset.length);
        return both;
    }

    private static byte[] frame(byte type, int flags, int stream, ByteBuf payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeMedium(payload.readableBytes())
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream);
        out.writeBytes(payload);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static byte[] readAll(Socket socket) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            byte[] some = new byte[8192];
            for (int read = in.read(some); read >= 0; read = in.read(some)) {
                all.write(some, 0, read);
            }
        } catch (IOException reset) {
            // what came before it counts
        }
        return all.toByteArray();
    }

    /** The error code of the last GOAWAY frame; -1 if there is none. */
    private static long lastGoAway(byte[] frames) {
        ByteBuf in = Unpooled.wrappedBuffer(frames);
        long code = -1;
        while (in.readableBytes() >= 9) {
            int length = in.readMedium();
            byte type = in.readByte();
            in.skipBytes(5);
            if (in.readableBytes() < length) {
                break;
            }
            if (type == Http2FrameTypes.GO_AWAY) {
                code = in.getUnsignedInt(in.readerIndex() + Integer.BYTES);
            }
            in.skipBytes(length);
        }
        return code;
    }
}
