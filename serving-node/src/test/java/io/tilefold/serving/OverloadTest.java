package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.RetryInfo;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More large fetches than workers and queue take: each is answered or refused, and the node is well afterwards. */
class OverloadTest {
    private static final int ROWS = 5_000;

    @Test
    void whatHasNoPlaceIsRefusedWithRetryInformation(@TempDir Path directory) throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(TestNode.config(directory)
                        .port(0)
                        .storeRetryMs(20)
                        .workerThreads(1)
                        .maxQueuedFetches(1)
                        .build())) {
            writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L)), 1, Flights.B);
            writer.publish(node.nowMs.get());
            node.mapped();
            Fetch fetch = Fetch.groupBy("route").asOf(Flights.B);
            for (int i = 0; i < ROWS; i++) {
                fetch.row(Map.of("origin", "JFK", "destination", "LAX"));
            }
            ManagedChannel channel = Channels.open(node.address());
            int refused = 0;
            int answered = 0;
            for (Future<FetchResponse> call : calls(channel, fetch.toRequest())) {
                try {
                    assertThat(call.get().getRowCount()).isEqualTo(ROWS);
                    answered++;
                } catch (ExecutionException failed) {
                    assertOverloaded((StatusRuntimeException) Objects.requireNonNull(failed.getCause()));
                    refused++;
                }
            }
            assertThat(answered).isPositive();
            assertThat(refused).isPositive();
            assertThat(FeatureServiceGrpc.newBlockingStub(channel)
                            .fetch(fetch.toRequest())
                            .getRowCount())
                    .isEqualTo(ROWS);
            channel.shutdownNow();
        }
    }

    private static List<Future<FetchResponse>> calls(ManagedChannel channel, FetchRequest request) {
        List<Future<FetchResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            calls.add(FeatureServiceGrpc.newFutureStub(channel).fetch(request));
        }
        return calls;
    }

    private static void assertOverloaded(StatusRuntimeException refused) throws Exception {
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        Metadata trailers = Status.trailersFromThrowable(refused);
        assertThat(trailers).isNotNull();
        assertThat(trailers.get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER)))
                .isEqualTo(String.valueOf(Errors.RETRY_AFTER_MS));
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        assertThat(details).isNotNull();
        Any last = details.getDetails(details.getDetailsCount() - 1);
        com.google.protobuf.Duration delay = last.unpack(RetryInfo.class).getRetryDelay();
        assertThat(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()))
                .isEqualTo(Duration.ofMillis(Errors.RETRY_AFTER_MS));
    }
}
