package io.tilefold.loadtest;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What a load test saw, warm-up left out.
 *
 * @param targetPerSecond requests meant to be sent in a second
 * @param throughputPerSecond requests answered in a second, from the first measured moment to the last answer
 * @param sent requests sent
 * @param answered with an answer
 * @param failed with an error, deadlines included
 * @param unsent requests that were due but never sent, because too many were without an answer or the sender was too slow
 * @param slipped requests sent late because too many were without an answer
 * @param latency from the intended send time to the answer or error, nanoseconds
 * @param hiccups delays of an idle thread on the sender's machine in the same time, nanoseconds
 * @param statuses rows by part status, over all parts: {@code COMPLETE}, {@code FAILED(NO_BATCH)}
 * @param errors failed requests by gRPC code
 */
public record LoadTestReport(
        double targetPerSecond,
        double throughputPerSecond,
        long sent,
        long answered,
        long failed,
        long unsent,
        long slipped,
        Histogram latency,
        Histogram hiccups,
        Map<String, Long> statuses,
        Map<String, Long> errors,
        Optional<String> firstError) {
    private static final double MISSED_SHARE = 0.99;
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 100.0);

    static LoadTestReport of(LoadTestConfig config, Schedule schedule, Pacer pacer, Tally tally, Histogram hiccups) {
        long lastNs = Math.max(schedule.endNs(), tally.lastAnswerNs());
        double seconds = (double) (lastNs - schedule.startNs()) / TimeUnit.SECONDS.toNanos(1);
        return new LoadTestReport(
                config.ratePerSecond(),
                tally.answered() / seconds,
                pacer.sent(),
                tally.answered(),
                tally.failed(),
                schedule.total() - pacer.sent(),
                pacer.slipped(),
                tally.total(),
                hiccups,
                tally.statuses(),
                tally.errors(),
                Optional.ofNullable(tally.firstError()));
    }

    /** Latency in microseconds at a percentile, 0 to 100. */
    public double latencyUs(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e3;
    }

    /** True if less than 99% of the target rate was answered. */
    public boolean missedTarget() {
        return throughputPerSecond < MISSED_SHARE * targetPerSecond;
    }

    /** Rows of parts with another status than these. */
    public long rowsOtherThan(Set<String> expected) {
        return statuses.entrySet().stream()
                .filter(entry -> !expected.contains(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Writes the report for people. */
    public void print(PrintStream out) {
        out.printf(
                Locale.ROOT,
                "throughput  %,.0f requests/s of %,.0f intended%s%n",
                throughputPerSecond,
                targetPerSecond,
                missedTarget() ? "  TARGET MISSED" : "");
        out.printf(Locale.ROOT, "requests    %,d answered, %,d failed, %,d never sent%n", answered, failed, unsent);
        if (slipped > 0) {
            out.printf(
                    Locale.ROOT,
                    "schedule    slipped for %,d requests: too many were without an answer; latencies count from the intended time%n",
                    slipped);
        }
        if (unsent > 0) {
            out.println("            what was never sent has no latency: the percentiles below are too good");
        }
        printPercentiles(out, "latency", latency);
        printPercentiles(out, "hiccups", hiccups);
        out.println("statuses    " + (statuses.isEmpty() ? "none" : list(statuses)));
        if (!errors.isEmpty()) {
            out.println("errors      " + list(errors) + "; the first: " + firstError.orElse(""));
        }
    }

    private static void printPercentiles(PrintStream out, String name, Histogram histogram) {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-10s", name));
        for (double percentile : PERCENTILES) {
            String label = percentile == 100.0
                    ? "max"
                    : "p" + (percentile == Math.rint(percentile) ? String.valueOf((int) percentile) : percentile);
            line.append(String.format(
                    Locale.ROOT, "  %s %,.1f us", label, histogram.getValueAtPercentile(percentile) / 1e3));
        }
        out.println(line);
    }

    private static String list(Map<String, Long> counts) {
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(entry -> String.format(Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue()))
                        .toList());
    }
}
