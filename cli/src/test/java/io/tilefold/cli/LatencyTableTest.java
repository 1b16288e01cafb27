package io.tilefold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.tilefold.proto.serving.v1.GetLatenciesResponse;
import io.tilefold.proto.serving.v1.StageLatency;
import io.tilefold.proto.serving.v1.TargetLatencies;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LatencyTableTest {
    private static GetLatenciesResponse response(long startedMs, long nowMs, long... totalNs) {
        return GetLatenciesResponse.newBuilder()
                .setStartedMs(startedMs)
                .setNowMs(nowMs)
                .setQueuedFetches(3)
                .addTargets(TargetLatencies.newBuilder()
                        .setJoin("cards v2")
                        .addStages(stage("read", totalNs))
                        .addStages(stage("total", totalNs)))
                .build();
    }

    private static StageLatency stage(String name, long... valuesNs) {
        Histogram histogram = new Histogram(2);
        for (long valueNs : valuesNs) {
            histogram.recordValue(valueNs);
        }
        ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
        int length = histogram.encodeIntoCompressedByteBuffer(bytes);
        return StageLatency.newBuilder()
                .setStage(name)
                .setHistogram(ByteString.copyFrom(bytes.array(), 0, length))
                .build();
    }

    private static String printed(LatencyTable table) {
        StringWriter text = new StringWriter();
        table.print(new PrintWriter(text));
        return text.toString();
    }

    @Test
    void showsWhatCameBetweenTwoLooks() {
        LatencyTable first = LatencyTable.of(response(1_000, 3_000, 50_000, 50_000));
        LatencyTable second = LatencyTable.of(response(1_000, 5_000, 50_000, 50_000, 10_000, 10_000, 10_000, 10_000));
        String interval = printed(second.since(first));
        assertThat(interval).contains("1970-01-01T00:00:05Z").contains("queued: 3");
        assertThat(interval).containsPattern("cards v2 +2\\.0 +10\\.").doesNotContain(" 50.");
        assertThat(interval).containsPattern("read 10\\.\\d/10\\.\\d");
    }

    @Test
    void aNodeThatWasStartedAnewBeginsAnew() {
        LatencyTable first = LatencyTable.of(response(1_000, 3_000, 50_000, 50_000));
        LatencyTable restarted = LatencyTable.of(response(4_000, 5_000, 10_000));
        assertThat(printed(restarted.since(first))).containsPattern("cards v2 +1\\.0 +10\\.");
    }

    @Test
    void dumpsOneFilePerTargetAndStage(@TempDir Path directory) throws IOException {
        assertThat(LatencyTable.of(response(0, 1, 10_000, 20_000)).dump(directory.resolve("new")))
                .extracting(file -> file.getFileName().toString())
                .containsExactly("cards_v2-read.hgrm", "cards_v2-total.hgrm");
        assertThat(Files.readString(directory.resolve("new/cards_v2-total.hgrm")))
                .contains("Percentile")
                .contains("Total count    =            2");
    }
}
