package io.tilefold.ingest.kafka;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Partitions of a consumer that are not read for a while, since other nodes did not say what must be known of their records. They stand where the next record to be offered is, and Kafka
 * keeps the data. Confined to the reader's thread.
 */
final class HeldPartitions {
    private final Consumer<byte[], byte[]> consumer;
    private final TopicPrograms programs;

    HeldPartitions(Consumer<byte[], byte[]> consumer, TopicPrograms programs) {
        this.consumer = consumer;
        this.programs = programs;
    }

    /** What came of a partition is not offered: it is read again later. */
    void hold(PartitionReader reader) {
        consumer.seek(reader.topicPartition, reader.offered);
        consumer.pause(List.of(reader.topicPartition));
    }

    /** Reads those on about which other nodes may be asked again. */
    void resume() {
        Set<TopicPartition> paused = consumer.paused();
        if (!paused.isEmpty()) {
            consumer.resume(paused.stream().filter(this::mayAsk).collect(Collectors.toSet()));
        }
    }

    private boolean mayAsk(TopicPartition topicPartition) {
        TopicProgram program = programs.of(topicPartition.topic());
        return program == null || program.mayAsk();
    }
}
