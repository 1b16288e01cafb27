package io.tilefold.loadtest;

import io.grpc.Status;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartStatus;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** What came back. Written by the connections' threads; the intervals are taken by one other. */
final class Tally {
    /** Longer latencies count as this long. */
    static final long MAX_LATENCY_NS = TimeUnit.MINUTES.toNanos(10);

    private static final int SIGNIFICANT_DIGITS = 3;

    private final Recorder recorder = new Recorder(MAX_LATENCY_NS, SIGNIFICANT_DIGITS);
    private final Histogram total = new Histogram(MAX_LATENCY_NS, SIGNIFICANT_DIGITS);
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicLong lastAnswerNs = new AtomicLong(Long.MIN_VALUE);
    private final ConcurrentHashMap<String, LongAdder> statuses = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<String, LongAdder> errors = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable String> firstError = new AtomicReference<>();

    /** Takes an answer. */
    void answer(long intendedNs, long nowNs, FetchResponse response) {
        record(intendedNs, nowNs);
        answered.increment();
        for (int i = 0; i < response.getPartsCount(); i++) {
            count(response.getParts(i), response.getRowCount());
        }
    }

    /** Takes the failure of a request: its latency counts as an answer's does. */
    void failure(long intendedNs, long nowNs, Status status) {
        record(intendedNs, nowNs);
        failed.increment();
        add(errors, status.getCode().name(), 1);
        firstError.compareAndSet(null, status.getCode() + ": " + status.getDescription());
    }

    private void record(long intendedNs, long nowNs) {
        recorder.recordValue(Math.min(Math.max(0, nowNs - intendedNs), MAX_LATENCY_NS));
        lastAnswerNs.accumulateAndGet(nowNs, Math::max);
    }

    private void count(PartAnswer part, int rows) {
        boolean agree = part.getStatusesCount() == 1;
        for (int i = 0; i < part.getStatusesCount(); i++) {
            PartStatus status = part.getStatuses(i);
            FailureCode failure =
                    i < part.getFailuresCount() ? part.getFailures(i) : FailureCode.FAILURE_CODE_UNSPECIFIED;
            add(statuses, name(status, failure), agree ? rows : 1);
        }
    }

    private static String name(PartStatus status, FailureCode failure) {
        String name = status.name().replace("PART_STATUS_", "");
        return failure == FailureCode.FAILURE_CODE_UNSPECIFIED
                ? name
                : name + "(" + failure.name().replace("FAILURE_CODE_", "") + ")";
    }

    private static void add(ConcurrentHashMap<String, LongAdder> counts, String name, long count) {
        LongAdder adder = counts.get(name);
        if (adder == null) {
            adder = counts.computeIfAbsent(name, ignored -> new LongAdder());
        }
        adder.add(count);
    }

    /** What was recorded since the last call; also added to {@link #total}. */
    Histogram takeInterval() {
        Histogram interval = recorder.getIntervalHistogram();
        total.add(interval);
        return interval;
    }

    /** All intervals taken. */
    Histogram total() {
        return total;
    }

    long answered() {
        return answered.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** By {@link System#nanoTime}; {@link Long#MIN_VALUE} if there was none. */
    long lastAnswerNs() {
        return lastAnswerNs.get();
    }

    Map<String, Long> statuses() {
        return sums(statuses);
    }

    Map<String, Long> errors() {
        return sums(errors);
    }

    @Nullable String firstError() {
        return firstError.get();
    }

    private static Map<String, Long> sums(ConcurrentHashMap<String, LongAdder> counts) {
        Map<String, Long> sums = new TreeMap<>();
        counts.forEach((name, adder) -> sums.put(name, adder.sum()));
        return sums;
    }
}
