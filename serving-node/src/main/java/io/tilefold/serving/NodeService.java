package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.GetLatenciesResponse;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.StageLatency;
import io.tilefold.proto.serving.v1.TargetLatencies;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.EpochClock;

/** What the node says of itself. Answers are put together on the latencies' own thread, not on an event loop. */
final class NodeService extends NodeServiceGrpc.NodeServiceImplBase {
    private final Latencies latencies;
    private final IntSupplier queuedFetches;
    private final EpochClock clock;
    private final long startedMs;

    NodeService(Latencies latencies, IntSupplier queuedFetches, EpochClock clock) {
        this.latencies = latencies;
        this.queuedFetches = queuedFetches;
        this.clock = clock;
        this.startedMs = clock.time();
    }

    @Override
    public void getLatencies(GetLatenciesRequest request, StreamObserver<GetLatenciesResponse> observer) {
        UnaryCaller<GetLatenciesResponse> caller = new UnaryCaller<>(observer);
        FetchCall.run(
                () -> latencies.execute(
                        () -> FetchCall.run(() -> caller.answer(latencies()), caller, "the node's latencies")),
                caller,
                "the node's latencies");
    }

    private GetLatenciesResponse latencies() {
        GetLatenciesResponse.Builder response = GetLatenciesResponse.newBuilder()
                .setNowMs(clock.time())
                .setStartedMs(startedMs)
                .setQueuedFetches(queuedFetches.getAsInt());
        latencies.all().forEach((name, latency) -> {
            TargetLatencies.Builder target = TargetLatencies.newBuilder();
            if (name.isJoin()) {
                target.setJoin(name.name());
            } else {
                target.setGroupBy(name.name());
            }
            for (Stage stage : Stage.values()) {
                Histogram sinceStart = latency.sinceStart(stage);
                if (sinceStart.getTotalCount() > 0) {
                    target.addStages(
                            StageLatency.newBuilder().setStage(stage.label()).setHistogram(encoded(sinceStart)));
                }
            }
            response.addTargets(target);
        });
        return response.build();
    }

    private static ByteString encoded(Histogram histogram) {
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return ByteString.copyFrom(bytes.array(), 0, length);
    }
}
