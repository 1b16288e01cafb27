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
 *
 * <p><b>Events about which a join is asked.</b> The ingest node asks when it reads one, at the event's time, and the answer must hold what came before that and nothing that came then.
 * So everything before is applied, and served, when such an event is sent, and nothing else is sent until it is applied. Several of one topic and moment must be asked about before one of them is
 * applied: they go to one partition as one batch, which the ingest node takes in one poll. A batch holds {@value #BATCH_BYTES} bytes and {@value #TOGETHER_MAX} of them; more are
 * sent as several, and counted.
 */
final class EventPlayer implements AutoCloseable {
    private static final String ASKS = "asks";
    private static final int PARTITIONS = 4;
    private static final int UNDER_WAY_MAX = 10_000;
    private static final long TIMEOUT_MS = 60_000;
    private static final int BATCH_BYTES = 256 << 10;

    /** What Kafka's format adds to a value, at most. */
    private static final int RECORD_OVERHEAD_BYTES = 64;

    /** Fewer than an ingest node takes at a time. */
    private static final int TOGETHER_MAX = 1_500;

    /** Longer than any batch is filled: what is sent is sent by {@code flush}, or since a batch is full. */
    private static final int LINGER_MS = 10_000;

    private final AdminClient ingest;
    private final Served served;
    private final ParquetRows events;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<TopicPartition, Long> nextOffsets = new TreeMap<>(
            java.util.Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
    private final List<Future<RecordMetadata>> underWay = new ArrayList<>();
    private @Nullable Map<String, @Nullable Object> next;
    private long sent;
    private long applied;
    private long divided;
    private LogPosition position;

    /** Waits until serving nodes have what is in the log up to a position. */
    @FunctionalInterface
    interface Served {
        void upTo(LogPosition position);
    }

    /**
     * @param events directory of the prepared events
     * @param ingest whose topics they are
     */
    EventPlayer(String kafka, Path events, AdminClient ingest, Served served) throws IOException {
        this.ingest = ingest;
        this.served = served;
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
                        LINGER_MS,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        BATCH_BYTES),
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
     * @return where in the log they are, and what was uploaded
     */
    LogPosition playUpTo(long qMs) throws InterruptedException {
        Map<String, @Nullable Object> event = next;
        while (event != null && atMs(event) < qMs) {
            if (event.get(ASKS) != null) {
                playTogether(event);
            } else {
                send(event, (int) (sent % PARTITIONS));
                advance();
            }
            event = next;
        }
        return applied();
    }

    /** What was uploaded is in the log before this position. */
    void uploaded(LogPosition committed) {
        position = later(position, committed);
    }

    private void playTogether(Map<String, @Nullable Object> first) throws InterruptedException {
        served.upTo(applied());
        Object asks = first.get(ASKS);
        long bytes = 0;
        int count = 0;
        Map<String, @Nullable Object> event = first;
        while (event != null && atMs(event) == atMs(first) && Objects.equals(event.get(ASKS), asks)) {
            bytes += send(event, 0) + RECORD_OVERHEAD_BYTES;
            count++;
            advance();
            event = next;
        }
        if (bytes > BATCH_BYTES || count > TOGETHER_MAX) {
            divided += count;
        }
        applied();
    }

    private void advance() {
        next = events.hasNext() ? events.next() : null;
    }

    /** Waits until everything that was sent is applied. */
    private LogPosition applied() throws InterruptedException {
        acknowledged();
        if (sent > applied) {
            LogPosition reached = ingest.awaitOffsets(
                    nextOffsets.entrySet().stream()
                            .map(entry -> new TopicOffset(
                                    entry.getKey().topic(), entry.getKey().partition(), entry.getValue()))
                            .toList(),
                    TIMEOUT_MS);
            position = later(position, reached);
            applied = sent;
        }
        return position;
    }

    private static LogPosition later(LogPosition one, LogPosition other) {
        return other.position() > one.position() ? other : one;
    }

    /** Gives the value's length. */
    private int send(Map<String, @Nullable Object> event, int partition) throws InterruptedException {
        byte[] value = ((String) Objects.requireNonNull(event.get("value"))).getBytes(StandardCharsets.UTF_8);
        underWay.add(producer.send(new ProducerRecord<>(
                (String) Objects.requireNonNull(event.get("topic")),
                partition,
                Math.max(0, atMs(event)),
                null,
                value)));
        sent++;
        if (underWay.size() == UNDER_WAY_MAX) {
            acknowledged();
        }
        return value.length;
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

    /** Events about which a join is asked that were too many of one moment for one batch. */
    long dividedCount() {
        return divided;
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
