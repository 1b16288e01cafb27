package io.tilefold.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.GetLatenciesResponse;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.StageLatency;
import io.tilefold.proto.serving.v1.TargetLatencies;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every answered fetch is in the histogram of each of its stages; a refused one is in none. */
class LatencyTest {
    @Test
    void everyAnswerIsCountedInEveryStage(@TempDir Path directory) throws Exception {
        try (FlightStore writer = new FlightStore(directory).activate(Flights.CATALOG);
                TestNode node = new TestNode(directory)) {
            writer.batch(List.of(), 1, Flights.B).publish(node.nowMs.get());
            node.mapped();
            Map<String, String> jfk = Map.of("origin", "JFK", "destination", "LAX");
            for (int i = 0; i < 20; i++) {
                node.client.fetch(Fetch.join("flight_context").row(jfk).asOf(Flights.B));
            }
            for (int i = 0; i < 3; i++) {
                node.client.fetch(Fetch.groupBy("route").row(jfk).asOf(Flights.B));
                assertThatThrownBy(
                                () -> node.client.fetch(Fetch.groupBy("route").row(Map.of("origin", "JFK"))))
                        .hasMessageContaining("is missing");
            }
            ManagedChannel channel = Channels.open(node.address());
            // A fetch is counted when its answer has been sent, which may be after the caller has it.
            Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> {
                GetLatenciesResponse latencies =
                        NodeServiceGrpc.newBlockingStub(channel).getLatencies(GetLatenciesRequest.getDefaultInstance());
                assertThat(latencies.getNowMs()).isEqualTo(node.nowMs.get());
                assertThat(latencies.getTargetsList()).hasSize(2);
                assertCounts(latencies.getTargets(0), "flight_context", 20);
                assertCounts(latencies.getTargets(1), "route", 3);
            });
            channel.shutdownNow();
        }
    }

    private static void assertCounts(TargetLatencies target, String name, long count) throws Exception {
        assertThat(target.getJoin() + target.getGroupBy()).isEqualTo(name);
        assertThat(target.getStagesList())
                .extracting(StageLatency::getStage)
                .containsExactly("queue", "decode", "read", "encode", "total");
        for (StageLatency stage : target.getStagesList()) {
            Histogram histogram = Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(stage.getHistogram().toByteArray()), 0);
            assertThat(histogram.getTotalCount()).as(stage.getStage()).isEqualTo(count);
        }
    }
}
