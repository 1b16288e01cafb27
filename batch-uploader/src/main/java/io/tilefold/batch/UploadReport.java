package io.tilefold.batch;

import io.tilefold.client.call.LogPosition;
import io.tilefold.core.plan.GroupByPlan;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What became of one GroupBy's upload. */
record UploadReport(
        GroupByPlan plan, long version, List<LogPosition> positions, List<SegmentResult> segments, long durationMs) {
    UploadReport {
        positions = List.copyOf(positions);
        segments = List.copyOf(segments);
    }

    long keys() {
        return segments.stream()
                .mapToLong(segment -> segment.summary().keyCount())
                .sum();
    }

    long bytes() {
        return segments.stream()
                .mapToLong(segment -> segment.summary().length())
                .sum();
    }

    Tally tally() {
        return segments.stream().map(SegmentResult::tally).reduce(new Tally(), Tally::add);
    }

    StateLimits limits() {
        StateLimits none = new StateLimits(plan.tiles().accumulatorCount());
        return segments.stream().map(SegmentResult::limits).reduce(none, StateLimits::add);
    }

    /** One line for people. */
    @Override
    public String toString() {
        Tally tally = tally();
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: committed version %d at log position %s: %,d rows, %,d keys, %,d bytes in %d segments, %.1f s",
                plan.name(),
                version,
                positions(positions),
                tally.read,
                keys(),
                bytes(),
                segments.size(),
                durationMs / 1000.0));
        note(line, tally.beforeReach, "before the longest window");
        note(line, tally.nullKey, "with a null key");
        note(line, tally.nullTime, "with a null time");
        note(line, tally.afterEnd, "at or after the batch end");
        StateLimits limits = limits();
        if (limits.keys() > 0) {
            line.append(String.format(
                    Locale.ROOT,
                    "; WARNING: keys that answer FAILED(STATE_LIMIT): %,d (%s)",
                    limits.keys(),
                    String.join(", ", limits.describe(plan))));
        }
        return line.toString();
    }

    private static String positions(List<LogPosition> positions) {
        return positions.size() == 1
                ? Long.toString(positions.get(0).position())
                : positions.stream()
                        .map(one -> one.position() + " of shard group " + one.shardGroup())
                        .collect(Collectors.joining(", "));
    }

    private static void note(StringBuilder line, long rows, String what) {
        if (rows > 0) {
            line.append(String.format(Locale.ROOT, "; left out %,d %s", rows, what));
        }
    }
}
