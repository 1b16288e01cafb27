package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.client.FetchResult;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchStreamTest {
    @TempDir
    Path directory;

    private FlightStore writer;
    private TestNode node;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG);
        writer.batch(List.of(Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L)), 1, Flights.B);
        node = new TestNode(TestNode.config(directory)
                .port(0)
                .storeRetryMs(20)
                .inlineValues(100)
                .build());
        writer.publish(node.nowMs.get());
        node.mapped();
        channel = Channels.open(node.address());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        node.close();
        writer.close();
    }

    /** Takes a stream's answers as they come. */
    private static final class Answers implements StreamObserver<StreamFetchResponse> {
        final BlockingQueue<StreamFetchResponse> received = new LinkedBlockingQueue<>();
        final CompletableFuture<Void> ended = new CompletableFuture<>();

        @Override
        public void onNext(StreamFetchResponse response) {
            received.add(response);
        }

        @Override
        public void onError(Throwable failure) {
            ended.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            ended.complete(null);
        }

        StreamFetchResponse next() throws InterruptedException {
            StreamFetchResponse response = received.poll(20, TimeUnit.SECONDS);
            assertThat(response).isNotNull();
            return response;
        }
    }

    private static Fetch rows(int rows) {
        Fetch fetch = Fetch.groupBy("route").asOf(Flights.B);
        for (int i = 0; i < rows; i++) {
            fetch.row(Map.of("origin", "JFK", "destination", "LAX"));
        }
        return fetch;
    }

    private static FetchRequest route(int rows) {
        return rows(rows).toRequest();
    }

    private static StreamFetchRequest request(long id, FetchRequest fetch) {
        return StreamFetchRequest.newBuilder().setId(id).setFetch(fetch).build();
    }

    @Test
    void everyFetchIsAnsweredOnceWithItsId() throws Exception {
        Answers answers = new Answers();
        StreamObserver<StreamFetchRequest> requests =
                FeatureServiceGrpc.newStub(channel).fetchStream(answers);
        int count = 5 * FetchStream.MAX_IN_FLIGHT; // small ones here, large ones by the workers
        for (int i = 0; i < count; i++) {
            requests.onNext(request(i, route(1 + i % 7)));
        }
        requests.onCompleted();
        answers.ended.get(20, TimeUnit.SECONDS);
        Set<Long> ids = new HashSet<>();
        for (StreamFetchResponse response : answers.received) {
            assertThat(ids.add(response.getId())).isTrue();
            assertThat(response.getAnswer().getRowCount()).isEqualTo((int) (1 + response.getId() % 7));
        }
        assertThat(ids).hasSize(count);
    }

    @Test
    void theClientsStreamGivesWhatItsCallsGive() throws Exception {
        List<CompletableFuture<FetchResult>> results = new ArrayList<>();
        try (io.tilefold.client.FetchStream stream = node.client.stream(32)) {
            for (int i = 0; i < 500; i++) {
                results.add(stream.fetch(rows(1 + i % 70)));
            }
            CompletableFuture<FetchResult> nobody = stream.fetch(Fetch.groupBy("nobody"));
            assertThatThrownBy(() -> nobody.get(20, TimeUnit.SECONDS)).hasMessageContaining("NOT_FOUND");
            for (int i = 0; i < results.size(); i++) {
                FetchResult result = results.get(i).get(20, TimeUnit.SECONDS);
                assertThat(result.rowCount()).isEqualTo(1 + i % 70);
                assertThat(result.getLong(i % 70, "delay_count_7d")).isEqualTo(1);
            }
            assertThat(stream.fetch(rows(3)).get(20, TimeUnit.SECONDS).toMap(2))
                    .isEqualTo(node.client.fetch(rows(3)).toMap(2));
        }
    }

    @Test
    void aWrongFetchIsAnsweredAndTheStreamGoesOn() throws Exception {
        Answers answers = new Answers();
        StreamObserver<StreamFetchRequest> requests =
                FeatureServiceGrpc.newStub(channel).fetchStream(answers);
        requests.onNext(request(1, route(1).toBuilder().setGroupBy("nobody").build()));
        StreamFetchResponse refused = answers.next();
        assertThat(refused.getId()).isEqualTo(1);
        assertThat(refused.getError().getCode()).isEqualTo(io.grpc.Status.Code.NOT_FOUND.value());
        assertThat(refused.getError().getReason()).isEqualTo("NO_SUCH_TARGET");
        assertThat(refused.getError().getField()).isEqualTo("group_by");
        assertThat(refused.getError().getHint()).contains("served are");
        requests.onNext(request(2, route(1)));
        StreamFetchResponse answered = answers.next();
        FetchResponse own = FeatureServiceGrpc.newBlockingStub(channel).fetch(route(1));
        assertThat(answered.getAnswer()).isEqualTo(own);
        requests.onCompleted();
        answers.ended.get(20, TimeUnit.SECONDS);
    }

    /** One that a busy machine does not even begin within its millisecond is refused as a whole, and asked again. */
    @Test
    void rowsForWhichNoTimeIsLeftAreTimedOutAndTheRestArrives() throws Exception {
        Answers answers = new Answers();
        StreamObserver<StreamFetchRequest> requests =
                FeatureServiceGrpc.newStub(channel).fetchStream(answers);
        StreamFetchResponse response = StreamFetchResponse.getDefaultInstance();
        for (int attempt = 1; attempt <= 100 && !response.hasAnswer(); attempt++) {
            requests.onNext(StreamFetchRequest.newBuilder()
                    .setId(attempt)
                    .setBudgetMs(1)
                    .setFetch(route(10_000))
                    .build());
            response = answers.next();
            if (!response.hasAnswer()) {
                assertThat(response.getError().getCode())
                        .isIn(
                                io.grpc.Status.Code.DEADLINE_EXCEEDED.value(),
                                io.grpc.Status.Code.RESOURCE_EXHAUSTED.value());
            }
        }
        FetchResponse answer = response.getAnswer();
        requests.onCompleted();
        List<PartStatus> statuses = new ArrayList<>(answer.getParts(0).getStatusesList());
        assertThat(answer.getColumns(0).getNulls().size()).isEqualTo(10_000 / 8);
        assertThat(statuses.get(statuses.size() - 1)).isEqualTo(PartStatus.PART_STATUS_TIMED_OUT);
        int answered = statuses.lastIndexOf(PartStatus.PART_STATUS_COMPLETE) + 1;
        assertThat(statuses.subList(answered, statuses.size())).containsOnly(PartStatus.PART_STATUS_TIMED_OUT);
        for (int row = 0; row < answered; row++) {
            assertThat(statuses.get(row)).isEqualTo(PartStatus.PART_STATUS_COMPLETE);
        }
    }
}
