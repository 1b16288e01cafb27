package io.tilefold.cli.replay;

import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.TopicOffset;
import io.tilefold.client.call.LogPosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends prepared events to their topics in the order of time, up to one moment after the other, and waits until they are applied. A record's timestamp is the event's
 * moment, so that topics keep what is old and take what is yet to come. At most {@value #UNDER_WAY_MAX} records are under way. Confined to one thread.
 */
final class EventPlayer implements AutoCloseable {
    private static final int PARTITIONS = 4;
    private static final int UNDER_WAY_MAX = 10_000;
    private static final long TIMEOUT_MS = 60_000;

    private final AdminClient ingest;
    private final ParquetRows events;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<TopicPartition, Long> nextOffsets = new TreeMap<>(
            java.util.Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
    private final List<Future<RecordMetadata>> underWay = new ArrayList<>();
    private @Nullable Map<String, @Nullable Object> next;
    private long sent;
    private long applied;
    private LogPosition position;

    /**
     * @param events directory of the prepared events
     * @param ingest whose topics they are
     */
    EventPlayer(String kafka, Path events, AdminClient ingest) throws IOException {
        this.ingest = ingest;
        this.position = ingest.status().position();
        this.events = new ParquetRows(events);
        this.next = this.events.hasNext() ? this.events.next() : null;
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka,
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.LINGER_MS_CONFIG,
                        2),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    /** Makes the topics, which keep everything and take any time. */
    static void createTopics(String kafka, Collection<String> topics) throws InterruptedException {
        Map<String, String> settings = Map.of(
                "retention.ms", "-1",
                "message.timestamp.before.max.ms", Long.toString(Long.MAX_VALUE),
                "message.timestamp.after.max.ms", Long.toString(Long.MAX_VALUE));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(topics.stream()
                            .map(topic -> new NewTopic(topic, PARTITIONS, (short) 1).configs(settings))
                            .toList())
                    .all()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("cannot make the topics " + topics + " at " + kafka + ": " + e, e);
        }
    }

    /**
     * Plays every event before a moment that was not played yet, and waits until all are applied.
     *
     * @return where in the log they are
     */
    LogPosition playUpTo(long qMs) throws InterruptedException {
        while (next != null && atMs(next) < qMs) {
            send(next);
            next = events.hasNext() ? events.next() : null;
        }
        acknowledged();
        if (sent > applied) {
            position = ingest.awaitOffsets(
                    nextOffsets.entrySet().stream()
                            .map(entry -> new TopicOffset(
                                    entry.getKey().topic(), entry.getKey().partition(), entry.getValue()))
                            .toList(),
                    TIMEOUT_MS);
            applied = sent;
        }
        return position;
    }

    private void send(Map<String, @Nullable Object> event) throws InterruptedException {
        byte[] value = ((String) Objects.requireNonNull(event.get("value"))).getBytes(StandardCharsets.UTF_8);
        underWay.add(producer.send(new ProducerRecord<>(
                (String) Objects.requireNonNull(event.get("topic")),
                (int) (sent % PARTITIONS),
                Math.max(0, atMs(event)),
                null,
                value)));
        sent++;
        if (underWay.size() == UNDER_WAY_MAX) {
            acknowledged();
        }
    }

    private void acknowledged() throws InterruptedException {
        producer.flush();
        for (Future<RecordMetadata> acknowledgement : underWay) {
            try {
                RecordMetadata record = acknowledgement.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
                nextOffsets.merge(
                        new TopicPartition(record.topic(), record.partition()), record.offset() + 1, Math::max);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("Kafka did not take an event: " + e, e);
            }
        }
        underWay.clear();
    }

    private static long atMs(Map<String, @Nullable Object> event) {
        return (Long) Objects.requireNonNull(event.get("at_ms"));
    }

    /** Events sent so far. */
    long sentCount() {
        return sent;
    }

    @Override
    public void close() throws IOException {
        producer.close(Duration.ofSeconds(5));
        events.close();
    }
}
