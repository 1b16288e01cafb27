package io.tilefold.ingest.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Finds the last moment at which everything the topics held had been applied: looks the ends up, and when the log has come that far, the moment at which
 * the look-up began was one. Nobody waits for a look-up: events go on meanwhile. The moment is read by other threads; the rest is confined to the reader's thread.
 */
final class CaughtUp {
    private static final int TIMEOUT_MS = 2_000;

    private final Admin admin;
    private final AtomicLong caughtUpAtMs;
    private final long intervalMs;
    private long nextLookupMs;
    private @Nullable KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> lookup;
    private long lookupAtMs;
    private @Nullable Map<TopicPartition, Long> goal;
    private long goalAtMs;
    private volatile Map<TopicPartition, Long> ends = Map.of();

    CaughtUp(Admin admin, AtomicLong caughtUpAtMs, long intervalMs) {
        this.admin = admin;
        this.caughtUpAtMs = caughtUpAtMs;
        this.intervalMs = intervalMs;
    }

    /** Ends of the partitions when last seen. Any thread. */
    Map<TopicPartition, Long> ends() {
        return ends;
    }

    /** The set of partitions has changed: what was looked up before says nothing. */
    void forget() {
        lookup = null;
        goal = null;
        nextLookupMs = 0;
    }

    /**
     * One look.
     *
     * @param complete every partition of every topic is being read
     * @throws KafkaException if Kafka does not say where the topics end
     */
    void observe(Collection<PartitionReader> readers, boolean complete, long nowMs) {
        if (!complete) {
            return;
        }
        if (lookup == null && nowMs >= nextLookupMs) {
            nextLookupMs = nowMs + intervalMs;
            lookupAtMs = nowMs;
            lookup = lookUp(readers);
        }
        KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> answer = lookup;
        if (answer != null && answer.isDone()) {
            lookup = null;
            ends = ends(answer);
            if (goal == null) {
                goal = ends;
                goalAtMs = lookupAtMs;
            }
        }
        Map<TopicPartition, Long> reached = goal;
        if (reached != null && readers.stream().allMatch(reader -> isAt(reader, reached))) {
            caughtUpAtMs.set(goalAtMs);
            goal = null;
        }
    }

    /** Ends as a consumer of committed records sees them. */
    private KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> lookUp(Collection<PartitionReader> readers) {
        Map<TopicPartition, OffsetSpec> wanted = readers.stream()
                .map(reader -> reader.topicPartition)
                .collect(Collectors.toMap(Function.identity(), name -> OffsetSpec.latest()));
        return admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(TIMEOUT_MS))
                .all();
    }

    private static Map<TopicPartition, Long> ends(KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> answer) {
        try {
            Map<TopicPartition, Long> found = new HashMap<>();
            answer.get().forEach((name, end) -> found.put(name, end.offset()));
            return Map.copyOf(found);
        } catch (ExecutionException e) {
            throw new KafkaException("the ends of the topics cannot be looked up", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private static boolean isAt(PartitionReader reader, Map<TopicPartition, Long> goal) {
        return reader.progress.nextOffset() >= goal.getOrDefault(reader.topicPartition, Long.MAX_VALUE);
    }
}
