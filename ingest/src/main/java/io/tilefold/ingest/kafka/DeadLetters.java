package io.tilefold.ingest.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts records that cannot be applied into the dead-letter topic of their topic, as they came, with what is wrong in the headers. They are there
 * before the range that skips them enters the log, so none is lost; a crash in between puts them there again.
 *
 * <p>The topic is created with one partition if it is not there. Confined to one thread; as many records are under way as are sent between
 * two {@link #flush} calls.
 */
final class DeadLetters implements AutoCloseable {
    static final String CAUSE = "tilefold.cause";
    static final String TOPIC = "tilefold.topic";
    static final String PARTITION = "tilefold.partition";
    static final String OFFSET = "tilefold.offset";
    static final String TIMESTAMP = "tilefold.timestamp-ms";

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
    private static final long LOGGED_FULLY = 10;
    private static final long LOGGED_EACH = 1_000;
    private static final int CREATE_TIMEOUT_MS = 5_000;
    private static final int DELIVERY_TIMEOUT_MS = 10_000;

    private final String bootstrap;
    private final String suffix;
    private final Admin admin;
    private final Set<String> topics = new HashSet<>();
    private final List<Future<RecordMetadata>> underWay = new ArrayList<>();
    private long sent;
    private @Nullable KafkaProducer<byte[], byte[]> producer;

    DeadLetters(String bootstrap, String suffix, Admin admin) {
        this.bootstrap = bootstrap;
        this.suffix = suffix;
        this.admin = admin;
    }

    /** @throws KafkaException if the broker does not take it */
    void send(ConsumerRecord<byte[], byte[]> record, String cause) {
        String topic = record.topic() + suffix;
        if (topics.add(topic)) {
            create(topic);
        }
        if (++sent <= LOGGED_FULLY || sent % LOGGED_EACH == 0) {
            LOG.warn(
                    "record {}/{} offset {} goes to {}, number {} since the start: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    topic,
                    sent,
                    cause);
        }
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic, null, record.key(), record.value());
        record.headers().forEach(letter.headers()::add);
        put(letter.headers(), CAUSE, cause);
        put(letter.headers(), TOPIC, record.topic());
        put(letter.headers(), PARTITION, Integer.toString(record.partition()));
        put(letter.headers(), OFFSET, Long.toString(record.offset()));
        put(letter.headers(), TIMESTAMP, Long.toString(record.timestamp()));
        underWay.add(producer().send(letter));
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns when all sent records are in their topics. @throws KafkaException if one is not */
    void flush() {
        if (underWay.isEmpty()) {
            return;
        }
        producer().flush();
        try {
            for (Future<RecordMetadata> letter : underWay) {
                letter.get(DELIVERY_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException e) {
            throw new KafkaException("a dead letter was not taken", e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("a dead letter was not taken in " + DELIVERY_TIMEOUT_MS + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        } finally {
            underWay.clear();
        }
    }

    private void create(String topic) {
        try {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())))
                    .all()
                    .get(CREATE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
            LOG.info("topic {} created", topic);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                LOG.warn("topic {} cannot be created, sending to it nevertheless: {}", topic, e.getCause());
            }
        } catch (TimeoutException e) {
            topics.remove(topic);
            throw new KafkaException("topic " + topic + " was not created in " + CREATE_TIMEOUT_MS + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    private KafkaProducer<byte[], byte[]> producer() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open == null) {
            Map<String, Object> settings = new HashMap<>();
            settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
            settings.put(ProducerConfig.CLIENT_ID_CONFIG, "tilefold-dead-letters");
            settings.put(ProducerConfig.ACKS_CONFIG, "all");
            settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY_TIMEOUT_MS);
            settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MS / 2);
            settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MS);
            open = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
            producer = open;
        }
        return open;
    }

    @Override
    public void close() {
        KafkaProducer<byte[], byte[]> open = producer;
        if (open != null) {
            open.close(Duration.ofSeconds(1));
        }
    }
}
