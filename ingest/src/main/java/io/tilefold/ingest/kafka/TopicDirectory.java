package io.tilefold.ingest.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Which topics there are, under which ids. Blocks its caller for at most {@link #TIMEOUT_MS}. */
final class TopicDirectory {
    static final int TIMEOUT_MS = 5_000;

    private final Admin admin;

    /** A topic as it is now. */
    record Topic(String name, UUID id, int partitions) {}

    TopicDirectory(Admin admin) {
        this.admin = admin;
    }

    /**
     * Looks topics up; those that do not exist are absent from the answer.
     *
     * @throws KafkaException if the broker does not say
     */
    Map<String, Topic> find(Set<String> names) {
        Map<String, Topic> found = new HashMap<>();
        if (names.isEmpty()) {
            return found;
        }
        for (Map.Entry<String, KafkaFuture<TopicDescription>> entry :
                admin.describeTopics(names).topicNameValues().entrySet()) {
            try {
                TopicDescription description = entry.getValue().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
                UUID id = new UUID(
                        description.topicId().getMostSignificantBits(),
                        description.topicId().getLeastSignificantBits());
                found.put(
                        description.name(),
                        new Topic(
                                description.name(), id, description.partitions().size()));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw new KafkaException("topic " + entry.getKey() + " cannot be looked up", e.getCause());
                }
            } catch (TimeoutException e) {
                throw new KafkaException("no answer about topic " + entry.getKey() + " in " + TIMEOUT_MS + " ms", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new KafkaException("interrupted", e);
            }
        }
        return found;
    }
}
