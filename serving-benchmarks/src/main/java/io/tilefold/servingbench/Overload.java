package io.tilefold.servingbench;

import io.grpc.ManagedChannel;
import io.tilefold.client.Channels;
import io.tilefold.proto.serving.v1.GetLatenciesRequest;
import io.tilefold.proto.serving.v1.NodeServiceGrpc;
import io.tilefold.proto.serving.v1.StageLatency;
import io.tilefold.proto.serving.v1.TargetLatencies;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Loads a node by {@link H2Load}: how many responses there are says the client, how many of them are answers the node. */
final class Overload {
    /** Requests that h2load lets wait on one connection where it sends at a rate. */
    static final int OPEN_IN_FLIGHT = 1_000;

    private final H2Load client;
    private final Path body;
    private final Children.Child node;

    Overload(H2Load client, Path body, Children.Child node) {
        this.client = client;
        this.body = body;
        this.node = node;
    }

    /** Loads the node. Returns the answers a second that came in time, at least: late responses are all taken for answers. */
    double run(String what, int seconds, int inFlight, long perSecond) throws IOException, InterruptedException {
        long before = answers();
        double cpuMs = ProcessStatistics.cpuMs(node.pid());
        H2Load.Responses responses = client.run(node.port(), body, seconds, inFlight, perSecond);
        cpuMs = ProcessStatistics.cpuMs(node.pid()) - cpuMs;
        long answers = answers() - before;
        double inTime = Math.max(0, answers - responses.late()) / (double) seconds;
        System.out.printf(
                Locale.ROOT,
                "%-8s asked %s/s: %d responses/s, %d answers/s, %.0f of them in time; responses p50 %.2f ms, p99 %.2f ms;"
                        + " node's CPU %.1f us a response%n",
                what,
                perSecond == 0 ? "as many as go" : String.valueOf(perSecond),
                responses.count() / seconds,
                answers / seconds,
                inTime,
                responses.p50Ms(),
                responses.p99Ms(),
                cpuMs * 1e3 / responses.count());
        return inTime;
    }

    /** That the node has sent since its start. */
    private long answers() throws IOException {
        ManagedChannel channel = Channels.open("127.0.0.1:" + node.port());
        try {
            long answers = 0;
            for (TargetLatencies target : NodeServiceGrpc.newBlockingStub(channel)
                    .getLatencies(GetLatenciesRequest.getDefaultInstance())
                    .getTargetsList()) {
                for (StageLatency stage : target.getStagesList()) {
                    if (stage.getStage().equals("total")) {
                        answers += Histogram.decodeFromCompressedByteBuffer(
                                        ByteBuffer.wrap(stage.getHistogram().toByteArray()), 0)
                                .getTotalCount();
                    }
                }
            }
            return answers;
        } catch (DataFormatException garbled) {
            throw new IOException("a histogram that is none", garbled);
        } finally {
            channel.shutdownNow();
        }
    }
}
