package io.tilefold.client.admin;

import java.util.Optional;

/**
 * A place in a Kafka partition: everything before {@code nextOffset}.
 *
 * @param topicId as Kafka's tools print it. Without it the topic that bore the name when the node last looked is meant, which for seconds may be one that was
 *     deleted and has been created again.
 */
public record TopicOffset(String topic, int partition, long nextOffset, Optional<String> topicId) {
    public TopicOffset(String topic, int partition, long nextOffset) {
        this(topic, partition, nextOffset, Optional.empty());
    }
}
