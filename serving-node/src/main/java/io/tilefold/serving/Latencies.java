package io.tilefold.serving;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latency of every target by stage; logs a line per target and interval in which it was asked. Thread safe.
 *
 * <p>What is measured is the node's own part: from a request's arrival in its process to the hand-over of the answer to the transport.
 */
final class Latencies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Latencies.class);

    private final ConcurrentHashMap<TargetName, TargetLatency> targets = new ConcurrentHashMap<>();
    private final Map<TargetName, Histogram> logged = new TreeMap<>();
    private final ScheduledExecutorService thread;
    private final @Nullable LatencyIntervals intervals;

    /**
     * @param logEveryMs 0: never
     * @param intervals where to write the intervals' histograms; null: nowhere
     */
    Latencies(long logEveryMs, @Nullable LatencyIntervals intervals) {
        this.intervals = intervals;
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> StoreWatch.daemon(task, "tilefold-latency"));
        if (logEveryMs > 0) {
            thread.scheduleAtFixedRate(this::log, logEveryMs, logEveryMs, TimeUnit.MILLISECONDS);
        }
    }

    TargetLatency of(TargetName target) {
        TargetLatency known = targets.get(target);
        return known != null ? known : targets.computeIfAbsent(target, unused -> new TargetLatency());
    }

    /**
     * Runs a task on this class's own thread.
     *
     * @throws io.grpc.StatusRuntimeException UNAVAILABLE once closed
     */
    void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException closed) {
            throw Errors.closing();
        }
    }

    /** Those that were asked since the start, by name. */
    Map<TargetName, TargetLatency> all() {
        return new TreeMap<>(targets);
    }

    private void log() {
        if (intervals != null) {
            intervals.write(all());
        }
        all().forEach((target, latency) -> {
            Histogram now = latency.sinceStart(Stage.TOTAL);
            Histogram before = logged.put(target, now);
            Histogram interval = now.copy();
            if (before != null) {
                interval.subtract(before);
            }
            if (interval.getTotalCount() > 0) {
                LOG.info(
                        "{}: {} fetches, p50 {} us, p99 {} us, p99.9 {} us, max {} us",
                        target,
                        interval.getTotalCount(),
                        micros(interval.getValueAtPercentile(50)),
                        micros(interval.getValueAtPercentile(99)),
                        micros(interval.getValueAtPercentile(99.9)),
                        micros(interval.getMaxValue()));
            }
        });
    }

    private static long micros(long nanos) {
        return (nanos + 500) / 1_000;
    }

    @Override
    public void close() {
        thread.shutdownNow();
        if (intervals != null) {
            intervals.close();
        }
    }
}
