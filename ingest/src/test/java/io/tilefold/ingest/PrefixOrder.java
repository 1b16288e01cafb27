package io.tilefold.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * I3 between answers: each shows how many events of the topic were counted somewhere between two positions of the log, whichever member gave it. An answer whose
 * positions lie before another's shows no more events than that. Any thread.
 */
final class PrefixOrder {
    /** By the position at which answers end: the most that any shows which ends there or before. */
    private final NavigableMap<Long, Long> mostUpTo = new TreeMap<>();

    /** By the position at which answers begin: the least that any shows which begins there or behind. */
    private final NavigableMap<Long, Long> leastFrom = new TreeMap<>();

    /** @param who names the answer in a failure */
    synchronized void add(String who, long from, long to, long count) {
        Map.Entry<Long, Long> before = mostUpTo.floorEntry(from);
        if (before != null) {
            assertThat(count)
                    .as("I3, %s at [%d, %d], another showed this much at %d", who, from, to, before.getKey())
                    .isGreaterThanOrEqualTo(before.getValue());
        }
        Map.Entry<Long, Long> behind = leastFrom.ceilingEntry(to);
        if (behind != null) {
            assertThat(count)
                    .as("I3, %s at [%d, %d], another showed this much at %d", who, from, to, behind.getKey())
                    .isLessThanOrEqualTo(behind.getValue());
        }
        Map.Entry<Long, Long> floor = mostUpTo.floorEntry(to);
        if (floor == null || floor.getValue() < count) {
            mostUpTo.tailMap(to, true).values().removeIf(other -> other <= count);
            mostUpTo.put(to, count);
        }
        Map.Entry<Long, Long> ceiling = leastFrom.ceilingEntry(from);
        if (ceiling == null || ceiling.getValue() > count) {
            leastFrom.headMap(from, true).values().removeIf(other -> other >= count);
            leastFrom.put(from, count);
        }
    }
}
