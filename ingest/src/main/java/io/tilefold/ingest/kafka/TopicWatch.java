package io.tilefold.ingest.kafka;

import io.tilefold.ingest.apply.PartitionProgress;
import io.tilefold.ingest.apply.Partitions;
import io.tilefold.ingest.log.LogEntries;
import io.tilefold.ingest.log.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks the topics up: those that are missing, were recreated or have partitions that nobody reads yet. A partition that the state does not know is started with an entry of
 * the log. Confined to the reader's thread.
 */
final class TopicWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);
    private static final long START_RETRY_MS = 200;
    private static final long REMINDER_MS = 60_000;

    private final TopicDirectory directory;
    private final Consumer<byte[], byte[]> consumer;
    private final RangeOffers offers;
    private final Partitions partitions;
    private final long intervalMs;
    private final Map<String, UUID> topicIds = new HashMap<>();
    private final Map<String, Long> remindAtMs = new HashMap<>();
    private final Set<PartitionId> lost = new HashSet<>();
    private boolean complete;
    private long nextCheckMs;

    TopicWatch(
            TopicDirectory directory,
            Consumer<byte[], byte[]> consumer,
            RangeOffers offers,
            Partitions partitions,
            long intervalMs) {
        this.directory = directory;
        this.consumer = consumer;
        this.offers = offers;
        this.partitions = partitions;
        this.intervalMs = intervalMs;
    }

    /** True if every partition of every topic is being read. */
    boolean isComplete() {
        return complete;
    }

    /** The next {@link #check} looks. */
    void checkSoon() {
        nextCheckMs = 0;
    }

    /** Kafka does not hold what this partition needs: it is not read any more. */
    void lose(PartitionId id) {
        lost.add(id);
        complete = false;
        nextCheckMs = 0; // the topic may be another one
    }

    /**
     * Looks the topics up if it is time; opens the readers that are missing and drops those whose topics are gone.
     *
     * @param starts true if partitions that have not begun are to be started
     */
    void check(TopicPrograms programs, PartitionReaders readers, boolean starts, long nowMs) {
        if (nowMs < nextCheckMs) {
            return;
        }
        Map<String, TopicDirectory.Topic> found =
                directory.find(programs.catalog().topics());
        boolean all = programs.isComplete();
        boolean starting = false;
        List<PartitionReader> opened = new ArrayList<>();
        for (String name : programs.topics()) {
            TopicDirectory.Topic topic = found.get(name);
            if (topic == null) {
                remind(name, nowMs, "topic " + name + " does not exist: waiting for it");
                all = false;
                continue;
            }
            if (isRecreated(topic)) {
                readers.forget(name);
            }
            for (int partition = 0; partition < topic.partitions(); partition++) {
                TopicPartition topicPartition = new TopicPartition(name, partition);
                PartitionId id = new PartitionId(topic.id(), partition);
                PartitionProgress progress = partitions.get(id);
                if (lost.contains(id)) {
                    remind(id.toString(), nowMs, "partition " + topicPartition + " is not read, see above");
                    all = false;
                } else if (progress == null) {
                    if (starts) {
                        start(id, topicPartition);
                    }
                    starting = true;
                } else if (!readers.reads(topicPartition)) {
                    opened.add(new PartitionReader(id, topicPartition, progress, null));
                }
            }
        }
        readers.change(programs.topics(), opened);
        complete = all && !starting;
        nextCheckMs = nowMs + (starting ? START_RETRY_MS : intervalMs);
    }

    private boolean isRecreated(TopicDirectory.Topic topic) {
        UUID before = topicIds.put(topic.name(), topic.id());
        if (before == null) {
            before = partitions.ofTopic(topic.name()).stream()
                    .findFirst()
                    .map(progress -> progress.id().topicId())
                    .orElse(topic.id());
        }
        if (before.equals(topic.id())) {
            return false;
        }
        LOG.error(
                "topic {} was deleted and created again (id {}, before {}): reading the new one from its start; what was "
                        + "applied of the old one stays",
                topic.name(),
                topic.id(),
                before);
        return true;
    }

    private void remind(String what, long nowMs, String message) {
        if (nowMs >= remindAtMs.getOrDefault(what, 0L)) {
            LOG.warn("{}", message);
            remindAtMs.put(what, nowMs + REMINDER_MS);
        }
    }

    private void start(PartitionId id, TopicPartition topicPartition) {
        long earliest = consumer.beginningOffsets(List.of(topicPartition), Duration.ofMillis(TopicDirectory.TIMEOUT_MS))
                .getOrDefault(topicPartition, 0L);
        DirectBuffer entry = LogEntries.partitionStart(id, topicPartition.topic(), earliest);
        LOG.info("partition {} begins at offset {}", topicPartition, earliest);
        offers.offer(entry, entry.capacity());
    }
}
