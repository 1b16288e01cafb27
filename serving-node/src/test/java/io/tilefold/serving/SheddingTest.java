package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.ListTargetsRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches for which there is no time are refused by frames; callers see what grpc would have told them. Calls that come in one piece are one round, in which all but the first have waited. */
class SheddingTest {
    private static final int CALLS = 40;
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
    private static final FetchRequest ROUTE = Fetch.groupBy("route")
            .row(Map.of("origin", "JFK", "destination", "LAX"))
            .asOf(Flights.B)
            .toRequest();

    @SuppressWarnings("NullAway.Init") // by start
    private FlightStore writer;

    @SuppressWarnings("NullAway.Init") // by start
    private TestNode node;

    @SuppressWarnings("NullAway.Init") // by start
    private EventLoopGroup callers;

    @SuppressWarnings("NullAway.Init") // by start
    private ManagedChannel channel;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG);
        writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L)), 1, Flights.B);
        node = new TestNode(TestNode.config(directory)
                .port(0)
                .storeRetryMs(20)
                .eventLoopThreads(1)
                .build());
        writer.publish(node.nowMs.get());
        node.mapped();
        callers = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        channel = NettyChannelBuilder.forTarget(node.address())
                .usePlaintext()
                .eventLoopGroup(callers)
                .channelType(NioSocketChannel.class)
                .build();
        assertThat(FeatureServiceGrpc.newBlockingStub(channel).fetch(ROUTE).getRowCount())
                .isEqualTo(1);
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        callers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        node.close();
        writer.close();
    }

    @Test
    void whatIsLateIsToldSoWithRetryInformation() throws Exception {
        int refused = 0;
        for (Future<FetchResponse> call : inOnePiece(FeatureServiceGrpc.getFetchMethod(), ROUTE, "4n")) {
            try {
                call.get(20, TimeUnit.SECONDS);
            } catch (ExecutionException failed) {
                refused += isRefusal(Status.fromThrowable(failed)) ? 1 : 0;
                assertThat(failed.getCause()).isInstanceOfSatisfying(StatusRuntimeException.class, this::assertTold);
            }
        }
        assertThat(refused).isGreaterThanOrEqualTo(CALLS / 2); // more than one round, if they came in pieces after all
        assertThat(node.node.fetchesInFlight()).isZero();
    }

    private static boolean isRefusal(Status status) {
        return status.getCode() == Status.Code.RESOURCE_EXHAUSTED;
    }

    private void assertTold(StatusRuntimeException told) {
        if (!isRefusal(told.getStatus())) { // the first of a round: by its own deadline
            assertThat(told.getStatus().getCode()).isIn(Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);
            return;
        }
        assertThat(told.getStatus().getDescription())
                .isEqualTo("the node has worked on other fetches for more than a quarter of the time this one has");
        Metadata trailers = told.getTrailers();
        assertThat(trailers).isNotNull();
        assertThat(trailers.get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo(String.valueOf(Errors.RETRY_AFTER_MS));
        com.google.rpc.Status details = StatusProto.fromThrowable(told);
        assertThat(details).isNotNull();
        try {
            assertThat(details.getDetails(0).unpack(ErrorInfo.class).getReason())
                    .isEqualTo("WOULD_BE_LATE");
            Any last = details.getDetails(details.getDetailsCount() - 1);
            assertThat(last.unpack(RetryInfo.class).getRetryDelay())
                    .isEqualTo(com.google.protobuf.Duration.newBuilder()
                            .setNanos(Errors.RETRY_AFTER_MS * 1_000_000)
                            .build());
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    @Test
    void whatHasTimeIsAnsweredWhateverItsUnit() throws Exception {
        for (String timeout : List.of("99999999H", "1H", "10M", "600S", "600000m", "60000000u")) {
            for (Future<FetchResponse> call : inOnePiece(FeatureServiceGrpc.getFetchMethod(), ROUTE, timeout)) {
                assertThat(call.get(20, TimeUnit.SECONDS).getRowCount())
                        .as(timeout)
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void othersThanFetchesAreNotRefused() throws Exception {
        for (Future<?> call :
                inOnePiece(FeatureServiceGrpc.getListTargetsMethod(), ListTargetsRequest.getDefaultInstance(), "4n")) {
            try {
                call.get(20, TimeUnit.SECONDS);
            } catch (ExecutionException late) {
                assertThat(Status.fromThrowable(late).getCode())
                        .isIn(Status.Code.DEADLINE_EXCEEDED, Status.Code.CANCELLED);
            }
        }
    }

    /** Calls that leave their client together. */
    private <Q, A> List<Future<A>> inOnePiece(MethodDescriptor<Q, A> method, Q request, String timeout) {
        Metadata headers = new Metadata();
        headers.put(TIMEOUT, timeout); // a deadline of its own would end a call before it is sent
        Channel timed = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        CountDownLatch begun = new CountDownLatch(1);
        callers.execute(() -> {
            try {
                begun.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        List<Future<A>> calls = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            calls.add(ClientCalls.futureUnaryCall(timed.newCall(method, CallOptions.DEFAULT), request));
        }
        begun.countDown();
        return calls;
    }

    /** Requests in pieces, with trailers, without a message, taken back, and not ended yet. */
    @Test
    void aRefusalComesOnceWhenItsRequestHasEnded() throws Exception {
        ByteBuf framed = FrameClient.framed(ROUTE);
        try (FrameClient frames = new FrameClient(node.node.port(), "1n")) {
            frames.headers(1, false).data(1, framed, true); // the round begins
            frames.headers(3, false).data(3, framed.slice(0, 7), false).data(3, framed.slice(7, 9), true);
            frames.headers(5, false).data(5, framed, false).trailers(5);
            frames.headers(7, true);
            frames.headers(9, false).data(9, framed, false).reset(9);
            frames.headers(11, false).data(11, framed, false).data(11, framed, false);
            frames.headers(13, false).data(13, Unpooled.EMPTY_BUFFER, true);
            Map<Integer, String> told = frames.ping();
            told.remove(1);
            String refused = String.valueOf(Status.Code.RESOURCE_EXHAUSTED.value());
            assertThat(told).isEqualTo(Map.of(3, refused, 5, refused, 7, refused, 13, refused));
            assertThat(frames.data(11, framed, true).ping()).containsEntry(11, refused);
        }
        assertThat(FeatureServiceGrpc.newBlockingStub(channel).fetch(ROUTE).getRowCount())
                .isEqualTo(1);
    }
}
