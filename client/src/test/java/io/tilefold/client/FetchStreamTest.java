package io.tilefold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchError;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PositionRange;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a node that answers when and how a test says. */
class FetchStreamTest {
    private static final long POSITION = 640;

    private final List<Server> servers = new ArrayList<>();

    @AfterEach
    void stop() {
        servers.forEach(Server::shutdownNow);
    }

    /** A node: what it was asked, and where its answers go. */
    private static final class Node extends FeatureServiceGrpc.FeatureServiceImplBase {
        final BlockingQueue<StreamFetchRequest> asked = new LinkedBlockingQueue<>();
        final BlockingQueue<StreamObserver<StreamFetchResponse>> streams = new LinkedBlockingQueue<>();

        @Override
        public StreamObserver<StreamFetchRequest> fetchStream(StreamObserver<StreamFetchResponse> answers) {
            streams.add(answers);
            return new StreamObserver<>() {
                @Override
                public void onNext(StreamFetchRequest request) {
                    asked.add(request);
                }

                @Override
                public void onError(Throwable gone) {}

                @Override
                public void onCompleted() {
                    answers.onCompleted();
                }
            };
        }

        StreamFetchRequest next() throws InterruptedException {
            StreamFetchRequest request = asked.poll(20, TimeUnit.SECONDS);
            assertThat(request).isNotNull();
            return request;
        }

        StreamObserver<StreamFetchResponse> stream() throws InterruptedException {
            StreamObserver<StreamFetchResponse> stream = streams.poll(20, TimeUnit.SECONDS);
            assertThat(stream).isNotNull();
            return stream;
        }
    }

    private String address(Node node) throws IOException {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(node)
                .build()
                .start();
        servers.add(server);
        return "127.0.0.1:" + server.getPort();
    }

    private static FeatureClient client(String... addresses) {
        FeatureClient.Builder builder =
                FeatureClient.builder().defaultDeadline(Duration.ofSeconds(20)).callPolicy(CallPolicy.once());
        for (String address : addresses) {
            builder.address(address);
        }
        return builder.build();
    }

    private static Fetch numbered(int number) {
        return Fetch.join("j").asOf(number);
    }

    private static StreamFetchResponse answer(StreamFetchRequest request) {
        return StreamFetchResponse.newBuilder()
                .setId(request.getId())
                .setAnswer(FetchResponse.newBuilder()
                        .setRowCount((int) request.getFetch().getAsOfMs())
                        .addPositions(PositionRange.newBuilder()
                                .setShardGroup(3)
                                .setFrom(POSITION)
                                .setTo(POSITION)))
                .build();
    }

    @Test
    void answersOfAnyOrderComeToTheirFetches() throws Exception {
        Node node = new Node();
        try (FeatureClient client = client(address(node));
                FetchStream stream = client.stream(16)) {
            List<CompletableFuture<FetchResult>> results = new ArrayList<>();
            for (int i = 1; i <= 16; i++) {
                results.add(stream.fetch(numbered(i)));
            }
            List<StreamFetchRequest> asked = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                StreamFetchRequest request = node.next();
                assertThat(request.getBudgetMs()).isBetween(1, 20_000);
                asked.add(request);
            }
            Collections.shuffle(asked, new Random(5));
            StreamObserver<StreamFetchResponse> answers = node.stream();
            asked.forEach(request -> answers.onNext(answer(request)));
            for (int i = 1; i <= 16; i++) {
                assertThat(results.get(i - 1).get(20, TimeUnit.SECONDS).rowCount())
                        .isEqualTo(i);
            }
            // A later one does not go back behind what these were computed from.
            stream.fetch(numbered(17));
            StreamFetchRequest later = node.next();
            assertThat(later.getFetch().getMinPositionsList()).singleElement().satisfies(position -> {
                assertThat(position.getShardGroup()).isEqualTo(3);
                assertThat(position.getPosition()).isEqualTo(POSITION);
            });
            answers.onNext(answer(later));
        }
    }

    @Test
    void noMoreThanSoManyAreUnderWay() throws Exception {
        Node node = new Node();
        try (FeatureClient client = client(address(node));
                FetchStream stream = client.stream(2)) {
            CompletableFuture<FetchResult> first = stream.fetch(numbered(1));
            CompletableFuture<FetchResult> second = stream.fetch(numbered(2));
            CompletableFuture<FetchResult> third = stream.fetch(numbered(3).deadline(Duration.ofMillis(50)));
            assertThatThrownBy(() -> third.get(20, TimeUnit.SECONDS))
                    .hasMessageContaining("DEADLINE_EXCEEDED")
                    .hasMessageContaining("2 fetches of the stream are under way");
            StreamObserver<StreamFetchResponse> answers = node.stream();
            answers.onNext(answer(node.next()));
            assertThat(first.get(20, TimeUnit.SECONDS).rowCount()).isEqualTo(1);
            CompletableFuture<FetchResult> fourth = stream.fetch(numbered(4));
            answers.onNext(answer(node.next()));
            answers.onNext(answer(node.next()));
            assertThat(second.get(20, TimeUnit.SECONDS).rowCount()).isEqualTo(2);
            assertThat(fourth.get(20, TimeUnit.SECONDS).rowCount()).isEqualTo(4);
            assertThat(node.asked).isEmpty();
        }
    }

    @Test
    void errorsAreTheirFetchesOwn() throws Exception {
        Node node = new Node();
        try (FeatureClient client = client(address(node));
                FetchStream stream = client.stream(4)) {
            CompletableFuture<FetchResult> wrong = stream.fetch(numbered(1));
            CompletableFuture<FetchResult> right = stream.fetch(numbered(2));
            StreamObserver<StreamFetchResponse> answers = node.stream();
            answers.onNext(StreamFetchResponse.newBuilder()
                    .setId(node.next().getId())
                    .setError(FetchError.newBuilder()
                            .setCode(Status.Code.INVALID_ARGUMENT.value())
                            .setMessage("no")
                            .setReason("KEY_MISSING")
                            .setField("keys[0]")
                            .setHint("send it"))
                    .build());
            answers.onNext(StreamFetchResponse.newBuilder().setId(77).build()); // nobody asked
            answers.onNext(answer(node.next()));
            assertThatThrownBy(() -> wrong.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(FetchException.class, told -> {
                        assertThat(told.code()).isEqualTo("INVALID_ARGUMENT");
                        assertThat(told.reason()).hasValue("KEY_MISSING");
                        assertThat(told.field()).hasValue("keys[0]");
                        assertThat(told.hint()).hasValue("send it");
                    });
            assertThat(right.get(20, TimeUnit.SECONDS).rowCount()).isEqualTo(2);
        }
    }

    @Test
    void aStreamThatEndsFailsWhatIsUnderWayAndTheNextNodeIsAsked() throws Exception {
        Node first = new Node();
        Node second = new Node();
        try (FeatureClient client = client(address(first), address(second));
                FetchStream stream = client.stream(1)) {
            CompletableFuture<FetchResult> lost = stream.fetch(numbered(1));
            first.next();
            first.stream()
                    .onError(Status.UNAVAILABLE.withDescription("going away").asRuntimeException());
            assertThatThrownBy(() -> lost.get(20, TimeUnit.SECONDS)).hasMessageContaining("going away");
            CompletableFuture<FetchResult> after = stream.fetch(numbered(2));
            second.stream().onNext(answer(second.next()));
            assertThat(after.get(20, TimeUnit.SECONDS).rowCount()).isEqualTo(2);
        }
    }

    @Test
    void whatIsNotAnsweredInItsTimeFails() throws Exception {
        Node node = new Node();
        try (FeatureClient client = client(address(node))) {
            FetchStream stream = client.stream(1);
            CompletableFuture<FetchResult> silent = stream.fetch(numbered(1).deadline(Duration.ofMillis(50)));
            assertThatThrownBy(() -> silent.get(20, TimeUnit.SECONDS)).hasMessageContaining("DEADLINE_EXCEEDED");
            node.stream().onNext(answer(node.next()));
            stream.close();
            assertThatThrownBy(() -> stream.fetch(numbered(2)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(() -> client.stream(129)).hasMessageContaining("129");
        }
    }
}
