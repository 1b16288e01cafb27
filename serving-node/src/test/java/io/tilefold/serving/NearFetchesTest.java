package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.channelz.v1.ChannelzGrpc;
import io.grpc.channelz.v1.GetServersRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceBlockingStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Small fetches are answered without grpc's server, and nobody can tell: the same request compressed, which grpc's server takes, has the same answer, or is told the same. Who answered is known by grpc's own count of calls.
 */
@Timeout(120)
class NearFetchesTest {
    private static final int SEEDS = 4;
    private static final int FETCHES = 60;
    private static final int LARGE_ROWS = 5_000;

    /** Longer than a message is waited for, by the load that a test machine may have. */
    private static final int HELD_MS = 200;

    @SuppressWarnings("NullAway.Init") // by start
    private FlightStore writer;

    @SuppressWarnings("NullAway.Init") // by start
    private TestNode node;

    @SuppressWarnings("NullAway.Init") // by start
    private ManagedChannel channel;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        writer = new FlightStore(directory).activate(Flights.CATALOG);
        writer.batch(
                List.of(
                        Flights.flight(Flights.B - 60_000, "JFK", "LAX", 1L),
                        Flights.flight(Flights.B - 3_600_000, "SFO", "LAX", 7L)),
                1,
                Flights.B);
        node = new TestNode(TestNode.config(directory)
                .port(0)
                .storeRetryMs(20)
                .maxRows(2 * LARGE_ROWS)
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

    /** By grpc's count; the call that asks counts too. */
    private long callsOfGrpc() {
        return ChannelzGrpc.newBlockingStub(channel)
                .getServers(GetServersRequest.getDefaultInstance())
                .getServerList()
                .stream()
                .mapToLong(server -> server.getData().getCallsStarted())
                .sum();
    }

    private FeatureServiceBlockingStub near() {
        return FeatureServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    private FeatureServiceBlockingStub throughGrpc() {
        return near().withCompression("gzip");
    }

    private static FetchRequest route(int rows) {
        Fetch fetch = Fetch.groupBy("route").asOf(Flights.B);
        for (int i = 0; i < rows; i++) {
            fetch.row(Map.of("origin", i % 3 == 2 ? "SFO" : "JFK", "destination", "LAX"));
        }
        return fetch.toRequest();
    }

    private static FetchRequest any(SplittableRandom random) {
        FetchRequest.Builder request = route(random.nextInt(8)).toBuilder();
        switch (random.nextInt(8)) {
            case 0 -> request.addFeatures("no_such_feature");
            case 1 -> request.setGroupBy("no_such_target");
            case 2 -> request.setIncludeSchema(true);
            case 3 -> request.clearKeys();
            case 4 -> request.setRowCount(1_000_000_000);
            default -> {}
        }
        return request.build();
    }

    private static Object outcome(FeatureServiceBlockingStub stub, FetchRequest request) {
        try {
            return stub.fetch(request);
        } catch (StatusRuntimeException refused) {
            return refused.getStatus() + " " + refused.getTrailers();
        }
    }

    @Test
    void nobodyCanTellWhoAnswers() {
        Seeds.forEach(SEEDS, random -> {
            for (int i = 0; i < FETCHES; i++) {
                FetchRequest request = any(random);
                assertThat(outcome(near(), request)).isEqualTo(outcome(throughGrpc(), request));
            }
        });
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> node.node.fetchesInFlight() == 0);
    }

    @Test
    void grpcsServerSeesWhatIsLargeWrongOrCompressed() {
        FetchRequest small = route(3);
        long before = callsOfGrpc();
        for (int i = 0; i < FETCHES; i++) {
            assertThat(near().fetch(small).getRowCount()).isEqualTo(3);
        }
        assertThat(callsOfGrpc()).isEqualTo(before + 1);
        assertThat(throughGrpc().fetch(small).getRowCount()).isEqualTo(3);
        assertThat(near().fetch(route(LARGE_ROWS)).getRowCount()).isEqualTo(LARGE_ROWS);
        assertThatThrownBy(
                        () -> near().fetch(small.toBuilder().addFeatures("none").build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
        assertThat(callsOfGrpc()).isEqualTo(before + 5);
    }

    /** In pieces, taken back, or with its message only after a while: then grpc watches over its deadline. */
    @Test
    void aRequestThatIsNotThereAtOnceIsGrpcs() throws Exception {
        ByteBuf framed = FrameClient.framed(route(2));
        long before = callsOfGrpc();
        try (FrameClient frames = new FrameClient(node.node.port(), "20S");
                FrameClient hasty = new FrameClient(node.node.port(), "50m")) {
            frames.headers(1, false).data(1, framed, true);
            assertThat(frames.end(1)).isEqualTo("0");
            frames.headers(3, false).data(3, framed, false).data(3, Unpooled.EMPTY_BUFFER, true);
            assertThat(frames.end(3)).isEqualTo("0");
            assertThat(callsOfGrpc()).isEqualTo(before + 1);

            frames.headers(5, false)
                    .data(5, framed.slice(0, 9), false)
                    .data(5, framed.slice(9, framed.readableBytes() - 9), true);
            assertThat(frames.end(5)).isEqualTo("0");
            frames.headers(7, false).data(7, framed, false).trailers(7);
            assertThat(frames.end(7)).isEqualTo("reset"); // grpc knows no trailers of requests
            frames.headers(9, false);
            assertThat(frames.ping()).isEmpty();
            Thread.sleep(HELD_MS);
            assertThat(frames.ping()).isEmpty();
            frames.data(9, framed, true);
            assertThat(frames.end(9)).isEqualTo("0");
            frames.headers(11, false).reset(11).headers(13, false).data(13, framed, true);
            assertThat(frames.end(13)).isEqualTo("0");
            assertThat(callsOfGrpc()).isEqualTo(before + 5);

            hasty.headers(1, false);
            assertThat(hasty.end(1)).isNotEqualTo("0"); // by its deadline, without a message
        }
    }

    /** Connections that are closed while answers wait to leave, with calls that are held and half sent. */
    @Test
    void whoGoesInTheMiddleLeavesNothingBehind() throws Exception {
        ByteBuf framed = FrameClient.framed(route(40));
        for (int i = 0; i < 40; i++) {
            try (FrameClient frames = new FrameClient(node.node.port(), "20S")) {
                int stream = 1;
                for (; stream < 200; stream += 2) {
                    frames.headers(stream, false).data(stream, framed, true);
                }
                frames.headers(stream, false).data(stream, framed, false).headers(stream + 2, false);
                frames.headers(stream + 4, false).data(stream + 4, framed, true).reset(stream + 4);
                frames.send();
            }
        }
        assertThat(near().fetch(route(1)).getRowCount()).isEqualTo(1);
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> node.node.fetchesInFlight() == 0);
    }

    /** Small and large ones in turn: what grpc writes and what is written beside it do not mix. */
    @Test
    void bothAnswerOnOneConnection() throws Exception {
        List<Future<FetchResponse>> answers = new ArrayList<>();
        List<Integer> rows = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 400; i++) {
            int count = random.nextInt(20) == 0 ? LARGE_ROWS / 2 : random.nextInt(1, 40);
            rows.add(count);
            answers.add(FeatureServiceGrpc.newFutureStub(channel)
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .fetch(route(count)));
        }
        for (int i = 0; i < answers.size(); i++) {
            try {
                assertThat(answers.get(i).get()).isEqualTo(throughGrpc().fetch(route(rows.get(i))));
            } catch (ExecutionException refused) {
                assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            }
        }
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> node.node.fetchesInFlight() == 0);
    }
}
