package io.tilefold.ingest.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last moment at which everything the topics held had been applied: looks the ends up, and when the log has come that far, the moment of
 * the look-up was one. The moment is read by other threads; the rest is confined to the reader's thread.
 */
final class CaughtUp {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Consumer<byte[], byte[]> consumer;
    private final AtomicLong caughtUpAtMs;
    private final long intervalMs;
    private long nextLookupMs;
    private @Nullable Map<TopicPartition, Long> goal;
    private long goalAtMs;
    private volatile Map<TopicPartition, Long> ends = Map.of();

    CaughtUp(Consumer<byte[], byte[]> consumer, AtomicLong caughtUpAtMs, long intervalMs) {
        this.consumer = consumer;
        this.caughtUpAtMs = caughtUpAtMs;
        this.intervalMs = intervalMs;
    }

    /** Ends of the partitions when last seen. Any thread. */
    Map<TopicPartition, Long> ends() {
        return ends;
    }

    /** The set of partitions has changed: what was looked up before says nothing. */
    void forget() {
        goal = null;
        nextLookupMs = 0;
    }

    /**
     * One look.
     *
     * @param complete every partition of every topic is being read
     */
    void observe(Collection<PartitionReader> readers, boolean complete, long nowMs) {
        if (!complete) {
            return;
        }
        if (nowMs >= nextLookupMs) {
            nextLookupMs = nowMs + intervalMs;
            ends = Map.copyOf(consumer.endOffsets(
                    readers.stream().map(reader -> reader.topicPartition).toList(), TIMEOUT));
            if (goal == null) {
                goal = ends;
                goalAtMs = nowMs;
            }
        }
        Map<TopicPartition, Long> reached = goal;
        if (reached != null && readers.stream().allMatch(reader -> isAt(reader, reached))) {
            caughtUpAtMs.set(goalAtMs);
            goal = null;
        }
    }

    private static boolean isAt(PartitionReader reader, Map<TopicPartition, Long> goal) {
        return reader.progress.nextOffset() >= goal.getOrDefault(reader.topicPartition, Long.MAX_VALUE);
    }
}
