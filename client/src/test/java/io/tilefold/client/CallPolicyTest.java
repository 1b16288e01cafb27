package io.tilefold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Against a server that does to the n-th attempt what a test says. */
class CallPolicyTest {
    private static final Fetch FETCH = Fetch.join("j").deadline(Duration.ofSeconds(20));
    private static final Metadata.Key<String> PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private final AtomicInteger attempts = new AtomicInteger();

    private Server server(BiConsumer<Integer, StreamObserver<FetchResponse>> answer) throws IOException {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new FeatureServiceGrpc.FeatureServiceImplBase() {
                    @Override
                    public void fetch(FetchRequest request, StreamObserver<FetchResponse> observer) {
                        answer.accept(attempts.incrementAndGet(), observer);
                    }
                })
                .build()
                .start();
    }

    private static void complete(StreamObserver<FetchResponse> observer) {
        observer.onNext(FetchResponse.newBuilder().setRowCount(7).build());
        observer.onCompleted();
    }

    private static FetchResult fetch(Server server, CallPolicy policy) {
        try (FeatureClient client = FeatureClient.builder()
                .address("127.0.0.1:" + server.getPort())
                .callPolicy(policy)
                .build()) {
            return client.fetch(FETCH);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void whatIsUnavailableIsAskedAgain() throws IOException {
        Server server = server((attempt, observer) -> {
            if (attempt < 3) {
                observer.onError(Status.UNAVAILABLE.asRuntimeException());
            } else {
                complete(observer);
            }
        });
        assertThat(fetch(server, CallPolicy.retry()).rowCount()).isEqualTo(7);
        assertThat(attempts).hasValue(3);
    }

    @Test
    void whatIsRefusedForGoodIsNot() throws IOException {
        Server server = server((attempt, observer) -> {
            Metadata trailers = new Metadata();
            trailers.put(PUSHBACK, "-1");
            observer.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException(trailers));
        });
        assertThatThrownBy(() -> fetch(server, CallPolicy.retry())).hasMessageContaining("RESOURCE_EXHAUSTED");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void onceIsOnce() throws IOException {
        Server server = server((attempt, observer) -> observer.onError(Status.UNAVAILABLE.asRuntimeException()));
        assertThatThrownBy(() -> fetch(server, CallPolicy.once())).hasMessageContaining("UNAVAILABLE");
        assertThat(attempts).hasValue(1);
    }

    @Test
    void aSecondAttemptAnswersForOneThatHangs() throws IOException {
        Server server = server((attempt, observer) -> {
            if (attempt > 1) {
                complete(observer);
            }
        });
        assertThat(fetch(server, CallPolicy.hedge(2, Duration.ofMillis(5))).rowCount())
                .isEqualTo(7);
        assertThat(attempts).hasValue(2);
    }

    @Test
    void attemptsHaveTheirBounds() {
        assertThatThrownBy(() -> CallPolicy.retry(6)).hasMessageContaining("6 attempts");
        assertThatThrownBy(() -> CallPolicy.hedge(1, Duration.ZERO)).hasMessageContaining("1 attempts");
        assertThatThrownBy(() -> CallPolicy.hedge(2, Duration.ofMillis(-1))).hasMessageContaining("negative");
    }
}
