package io.tilefold.systemtests;

import io.tilefold.client.admin.TopicOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** Records of one topic of two partitions, which it makes. One thread. */
final class Records implements AutoCloseable {
    private static final int PARTITIONS = 2;
    private static final long TIMEOUT_S = 30;

    private final String topic;
    private final KafkaProducer<String, String> producer;
    private final Map<Integer, Long> nextOffsets = new TreeMap<>();
    private int sent;

    Records(String kafka, String topic) throws Exception {
        this.topic = topic;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1)))
                    .all()
                    .get(TIMEOUT_S, TimeUnit.SECONDS);
        }
        producer =
                new KafkaProducer<>(Map.of("bootstrap.servers", kafka), new StringSerializer(), new StringSerializer());
    }

    /** Per partition of a topic the offset behind its last record. */
    static List<TopicOffset> ends(String kafka, String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            TopicDescription described = Objects.requireNonNull(admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get(TIMEOUT_S, TimeUnit.SECONDS)
                    .get(topic));
            Map<TopicPartition, OffsetSpec> latest = described.partitions().stream()
                    .collect(Collectors.toMap(
                            one -> new TopicPartition(topic, one.partition()), one -> OffsetSpec.latest()));
            return admin.listOffsets(latest).all().get(TIMEOUT_S, TimeUnit.SECONDS).entrySet().stream()
                    .map(entry -> new TopicOffset(
                            topic, entry.getKey().partition(), entry.getValue().offset()))
                    .toList();
        }
    }

    /** Sends and waits until Kafka has them. */
    void send(List<String> values) throws Exception {
        for (String value : values) {
            RecordMetadata metadata = producer.send(new ProducerRecord<>(topic, sent++ % PARTITIONS, null, value))
                    .get(TIMEOUT_S, TimeUnit.SECONDS);
            nextOffsets.merge(metadata.partition(), metadata.offset() + 1, Math::max);
        }
    }

    /** Per partition with records, the offset behind the last. */
    List<TopicOffset> nextOffsets() {
        return nextOffsets.entrySet().stream()
                .map(entry -> new TopicOffset(topic, entry.getKey(), entry.getValue()))
                .toList();
    }

    @Override
    public void close() {
        producer.close();
    }
}
