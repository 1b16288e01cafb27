package io.tilefold.ingest.apply;

import io.tilefold.ingest.log.PartitionId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Progress per partition. Written by the thread that applies entries; read by all. */
public final class Partitions {
    private final Map<PartitionId, PartitionProgress> byId = new ConcurrentHashMap<>();

    /** A name's topic that was begun last: the one that exists, if a topic was deleted and created again. */
    private final Map<String, UUID> topicIds = new ConcurrentHashMap<>();

    public @Nullable PartitionProgress get(PartitionId id) {
        return byId.get(id);
    }

    /** Partitions of the topic that bears this name now, by number; empty if it has not begun. */
    public List<PartitionProgress> ofTopic(String topic) {
        UUID topicId = topicIds.get(topic);
        return byId.values().stream()
                .filter(progress -> progress.id().topicId().equals(topicId))
                .sorted(Comparator.comparing(progress -> progress.id().partition()))
                .toList();
    }

    public Optional<PartitionProgress> find(String topic, int partition) {
        UUID topicId = topicIds.get(topic);
        return topicId == null ? Optional.empty() : Optional.ofNullable(byId.get(new PartitionId(topicId, partition)));
    }

    /** Names of all topics that have begun, sorted. */
    public List<String> topics() {
        return topicIds.keySet().stream().sorted().toList();
    }

    boolean hasBegun(String topic) {
        return ofTopic(topic).stream().anyMatch(PartitionProgress::hasBegun);
    }

    void start(PartitionId id, String topic, long startOffset) {
        if (!byId.containsKey(id)) {
            byId.put(id, new PartitionProgress(id, topic, startOffset, startOffset, 0));
            topicIds.put(topic, id.topicId());
        }
    }

    /** All of them in an order that follows from what they are. */
    List<IngestSnapshot.Partition> snapshot() {
        return byId.values().stream()
                .sorted(Comparator.comparing((PartitionProgress progress) -> progress.id().topicId())
                        .thenComparing(progress -> progress.id().partition()))
                .map(progress -> new IngestSnapshot.Partition(
                        progress, progress.id().topicId().equals(topicIds.get(progress.topic()))))
                .toList();
    }

    void restore(IngestSnapshot.Partition partition) {
        PartitionProgress progress = partition.progress();
        byId.put(progress.id(), progress);
        if (partition.ofCurrentTopic()) {
            topicIds.put(progress.topic(), progress.id().topicId());
        }
    }
}
