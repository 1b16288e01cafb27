package io.tilefold.serving;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;
import org.agrona.concurrent.EpochClock;

/**
 * Writes what every stage of every target took, interval by interval, to an HdrHistogram interval log ({@code .hlog}), one file per run of the node: tags are {@code join-NAME-STAGE}
 * and {@code group_by-NAME-STAGE}, values nanoseconds. Used by one thread.
 */
final class LatencyIntervals implements AutoCloseable {
    private final EpochClock clock;
    private final HistogramLogWriter out;
    private final Map<String, Histogram> written = new HashMap<>();
    private long fromMs;

    /** @throws IOException if the file cannot be made */
    LatencyIntervals(Path directory, EpochClock clock) throws IOException {
        Files.createDirectories(directory);
        this.clock = clock;
        this.fromMs = clock.time();
        Path file = directory.resolve(String.format(
                Locale.ROOT,
                "latency-%d-%d.hlog",
                fromMs,
                ProcessHandle.current().pid()));
        try {
            out = new HistogramLogWriter(file.toFile());
        } catch (FileNotFoundException unusable) {
            throw new IOException("the latency log " + file + " cannot be written", unusable);
        }
        out.outputLogFormatVersion();
        out.outputStartTime(fromMs);
        out.outputLegend();
    }

    /** Ends an interval. */
    synchronized void write(Map<TargetName, TargetLatency> targets) {
        long toMs = clock.time();
        targets.forEach((target, latency) -> {
            for (Stage stage : Stage.values()) {
                String tag = (target.isJoin() ? "join-" : "group_by-") + target.name() + "-" + stage.label();
                Histogram now = latency.sinceStart(stage);
                Histogram before = written.put(tag, now);
                Histogram interval = now.copy();
                if (before != null) {
                    interval.subtract(before);
                }
                if (interval.getTotalCount() > 0) {
                    interval.setTag(tag);
                    interval.setStartTimeStamp(fromMs);
                    interval.setEndTimeStamp(toMs);
                    out.outputIntervalHistogram(interval);
                }
            }
        });
        fromMs = toMs;
    }

    @Override
    public synchronized void close() {
        out.close();
    }
}
