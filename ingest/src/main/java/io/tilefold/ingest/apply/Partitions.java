package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.log.PartitionId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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

    void start(PartitionId id, String topic, long startOffset) {
        if (!byId.containsKey(id)) {
            byId.put(id, new PartitionProgress(id, topic, startOffset, startOffset, 0));
            UUID before = topicIds.put(topic, id.topicId());
            if (before != null && !before.equals(id.topicId())) {
                endLanes(before); // what was not read of the deleted topic is gone with it
            }
        }
    }

    private void endLanes(UUID topicId) {
        byId.values().stream()
                .filter(progress -> progress.id().topicId().equals(topicId))
                .forEach(progress -> progress.retainLanes(Set.of()));
    }

    /** A definition that is new to a topic waits in all of its partitions that have begun. */
    void await(DefinitionId definition, String topic) {
        ofTopic(topic).stream()
                .filter(PartitionProgress::hasBegun)
                .forEach(progress -> progress.add(Lane.waiting(definition)));
    }

    /** Partitions in which a definition waits for its first commit. */
    public List<PartitionProgress> awaiting(DefinitionId definition) {
        return withLane(definition).stream()
                .filter(progress -> {
                    Lane lane = progress.lane(definition);
                    return lane != null && lane.isWaiting();
                })
                .toList();
    }

    /** Partitions in which a definition has not caught up, in the order of their ids. */
    List<PartitionProgress> withLane(DefinitionId definition) {
        return sorted().filter(progress -> progress.lane(definition) != null).toList();
    }

    void retainLanes(Set<DefinitionId> definitions) {
        byId.values().forEach(progress -> progress.retainLanes(definitions));
    }

    private Stream<PartitionProgress> sorted() {
        return byId.values().stream()
                .sorted(Comparator.comparing(
                                (PartitionProgress progress) -> progress.id().topicId())
                        .thenComparing(progress -> progress.id().partition()));
    }

    /** All of them in an order that follows from what they are. */
    List<IngestSnapshot.Partition> snapshot() {
        return sorted().map(progress -> new IngestSnapshot.Partition(
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
