package io.tilefold.ingest.kafka;

import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.log.PartitionId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds where a definition that is new to a topic begins to catch up: in each partition the first record that may hold an event from the batch end on. An
 * event's or mutation's time is at most the future bound after its record's, so no record older than batch end less bound holds one.
 */
public final class LaneStarts {
    private static final int TIMEOUT_MS = 10_000;

    private final String bootstrap;
    private final long maxFutureMs;

    /** @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp */
    public LaneStarts(String bootstrap, long maxFutureMs) {
        this.bootstrap = bootstrap;
        this.maxFutureMs = maxFutureMs;
    }

    /** Kafka does not hold all records that may be needed. */
    public static final class EventsGoneException extends RuntimeException {
        EventsGoneException(String message) {
            super(message);
        }
    }

    /**
     * Asks Kafka. Blocks for some seconds at most.
     *
     * @throws EventsGoneException with both dates, if records may have been removed that are needed
     * @throws KafkaException if Kafka does not say
     */
    public Map<PartitionId, Long> find(List<PartitionProgress> partitions, long batchEndMs) {
        if (partitions.isEmpty()) {
            return Map.of();
        }
        long fromMs = Math.max(0, batchEndMs - maxFutureMs);
        Map<PartitionId, Long> starts = new HashMap<>();
        try (Admin admin = KafkaClients.admin(bootstrap)) {
            Map<TopicPartition, ListOffsetsResultInfo> wanted =
                    list(admin, partitions, OffsetSpec.forTimestamp(fromMs));
            Map<TopicPartition, ListOffsetsResultInfo> oldest = list(admin, partitions, OffsetSpec.forTimestamp(0));
            Map<TopicPartition, ListOffsetsResultInfo> first = list(admin, partitions, OffsetSpec.earliest());
            Map<TopicPartition, ListOffsetsResultInfo> end = list(admin, partitions, OffsetSpec.latest());
            for (PartitionProgress partition : partitions) {
                TopicPartition name = name(partition);
                long oldestMs = of(oldest, name).timestamp();
                if (of(first, name).offset() > 0 && oldestMs >= fromMs) {
                    throw gone(name, batchEndMs, fromMs, oldestMs);
                }
                long found = of(wanted, name).offset();
                starts.put(partition.id(), found >= 0 ? found : of(end, name).offset());
            }
        }
        return starts;
    }

    private static EventsGoneException gone(TopicPartition name, long batchEndMs, long fromMs, long oldestMs) {
        return new EventsGoneException("to catch up from batch end " + Instant.ofEpochMilli(batchEndMs)
                + " on, records of " + name + " are needed from " + Instant.ofEpochMilli(fromMs)
                + " on, and Kafka holds them from " + Instant.ofEpochMilli(oldestMs)
                + " on: upload with a later batch end, or keep records for longer");
    }

    private static ListOffsetsResultInfo of(Map<TopicPartition, ListOffsetsResultInfo> answers, TopicPartition name) {
        return Objects.requireNonNull(answers.get(name), name::toString);
    }

    private static TopicPartition name(PartitionProgress partition) {
        return new TopicPartition(partition.topic(), partition.id().partition());
    }

    private static Map<TopicPartition, ListOffsetsResultInfo> list(
            Admin admin, List<PartitionProgress> partitions, OffsetSpec spec) {
        try {
            return admin.listOffsets(partitions.stream()
                            .map(LaneStarts::name)
                            .collect(Collectors.toMap(Function.identity(), name -> spec)))
                    .all()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("Kafka does not say where to begin to catch up: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }
}
