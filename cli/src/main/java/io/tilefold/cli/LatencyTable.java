package io.tilefold.cli;

import io.tilefold.proto.serving.v1.GetLatenciesResponse;
import io.tilefold.proto.serving.v1.StageLatency;
import io.tilefold.proto.serving.v1.TargetLatencies;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/** Latencies of a serving node's targets by stage, over some time. Immutable. */
final class LatencyTable {
    private static final int HGRM_TICKS_PER_HALF_DISTANCE = 5;
    private static final double NANOS_PER_MICRO = 1_000.0;
    private static final String TOTAL = "total";

    private final long fromMs;
    private final long toMs;
    private final long queued;
    private final Map<String, Map<String, Histogram>> targets;

    private LatencyTable(long fromMs, long toMs, long queued, Map<String, Map<String, Histogram>> targets) {
        this.fromMs = fromMs;
        this.toMs = toMs;
        this.queued = queued;
        this.targets = targets;
    }

    /** Everything since the node's start. */
    static LatencyTable of(GetLatenciesResponse response) {
        Map<String, Map<String, Histogram>> targets = new LinkedHashMap<>();
        for (TargetLatencies target : response.getTargetsList()) {
            Map<String, Histogram> stages = new LinkedHashMap<>();
            for (StageLatency stage : target.getStagesList()) {
                stages.put(stage.getStage(), decoded(stage));
            }
            targets.put(target.hasJoin() ? target.getJoin() : target.getGroupBy(), stages);
        }
        return new LatencyTable(response.getStartedMs(), response.getNowMs(), response.getQueuedFetches(), targets);
    }

    private static Histogram decoded(StageLatency stage) {
        try {
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(stage.getHistogram().toByteArray()), 0);
        } catch (DataFormatException damaged) {
            throw new IllegalArgumentException("stage " + stage.getStage() + " is no histogram", damaged);
        }
    }

    /** What came since an earlier look at the same node; everything, if it was started anew in the meantime. */
    LatencyTable since(LatencyTable before) {
        if (before.fromMs != fromMs) {
            return this;
        }
        Map<String, Map<String, Histogram>> interval = new LinkedHashMap<>();
        targets.forEach((target, stages) -> {
            Map<String, Histogram> later = new LinkedHashMap<>();
            stages.forEach((stage, histogram) -> {
                Histogram rest = histogram.copy();
                Histogram earlier =
                        before.targets.getOrDefault(target, Map.of()).get(stage);
                if (earlier != null) {
                    rest.subtract(earlier);
                }
                later.put(stage, rest);
            });
            interval.put(target, later);
        });
        return new LatencyTable(before.toMs, toMs, queued, interval);
    }

    /** A table for people: fetches per second, percentiles of the whole in microseconds, medians and p99 of the stages. */
    void print(PrintWriter out) {
        out.printf(Locale.ROOT, "%s  large fetches queued: %d%n", Instant.ofEpochMilli(toMs), queued);
        int width = Math.max(
                6, targets.keySet().stream().mapToInt(String::length).max().orElse(0));
        out.printf(
                Locale.ROOT,
                "%-" + width + "s %9s %8s %8s %8s %8s  %s%n",
                "target",
                "/s",
                "p50 us",
                "p99 us",
                "p99.9 us",
                "max us",
                "p50/p99 us by stage");
        targets.forEach((target, stages) -> {
            Histogram total = stages.get(TOTAL);
            if (total != null && total.getTotalCount() > 0) {
                out.printf(
                        Locale.ROOT,
                        "%-" + width + "s %9.1f %8.1f %8.1f %8.1f %8.1f  %s%n",
                        target,
                        total.getTotalCount() * 1e3 / Math.max(1, toMs - fromMs),
                        total.getValueAtPercentile(50) / NANOS_PER_MICRO,
                        total.getValueAtPercentile(99) / NANOS_PER_MICRO,
                        total.getValueAtPercentile(99.9) / NANOS_PER_MICRO,
                        total.getMaxValue() / NANOS_PER_MICRO,
                        byStage(stages));
            }
        });
        out.println();
    }

    private static String byStage(Map<String, Histogram> stages) {
        List<String> shown = new ArrayList<>();
        stages.forEach((stage, histogram) -> {
            if (!stage.equals(TOTAL)) {
                shown.add(String.format(
                        Locale.ROOT,
                        "%s %.1f/%.1f",
                        stage,
                        histogram.getValueAtPercentile(50) / NANOS_PER_MICRO,
                        histogram.getValueAtPercentile(99) / NANOS_PER_MICRO));
            }
        });
        return String.join("  ", shown);
    }

    /** Writes a file per target and stage, in microseconds; returns them. */
    List<Path> dump(Path directory) throws IOException {
        Files.createDirectories(directory);
        List<Path> files = new ArrayList<>();
        for (Map.Entry<String, Map<String, Histogram>> target : targets.entrySet()) {
            for (Map.Entry<String, Histogram> stage : target.getValue().entrySet()) {
                Path file = directory.resolve(
                        target.getKey().replaceAll("[^a-zA-Z0-9_.-]", "_") + "-" + stage.getKey() + ".hgrm");
                try (PrintStream out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
                    stage.getValue().outputPercentileDistribution(out, HGRM_TICKS_PER_HALF_DISTANCE, NANOS_PER_MICRO);
                    if (out.checkError()) {
                        throw new IOException("could not write all of " + file);
                    }
                }
                files.add(file);
            }
        }
        return files;
    }
}
