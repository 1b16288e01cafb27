package io.tilefold.examples.flights;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Produces the flights of the stream to Kafka in time order, up to one moment after the other. Confined to one thread. */
public final class FlightsStream implements AutoCloseable {
    public static final String TOPIC = "flights";

    private static final int PARTITIONS = 4;
    private static final long TIMEOUT_MS = 30_000;

    private final KafkaProducer<String, String> producer;
    private final List<FlightEvent> events;
    private final Map<Integer, Long> nextOffsets = new TreeMap<>();
    private int sent;

    /** @param events in time order */
    public FlightsStream(String bootstrapServers, List<FlightEvent> events) {
        this.events = List.copyOf(events);
        this.producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.LINGER_MS_CONFIG,
                        5),
                new StringSerializer(),
                new StringSerializer());
    }

    /** Makes the topic if there is none. */
    public static void createTopic(String bootstrapServers) throws InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                    .all()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new IllegalStateException("cannot create the topic " + TOPIC + " at " + bootstrapServers, e);
            }
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "no answer from Kafka at " + bootstrapServers + " within " + TIMEOUT_MS + " ms", e);
        }
    }

    /** Sends every event before {@code qMs} that was not sent yet, and waits until Kafka has them. */
    public void produceUpTo(long qMs) throws InterruptedException {
        List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
        for (; sent < events.size() && events.get(sent).tsMs() < qMs; sent++) {
            acknowledgements.add(producer.send(
                    new ProducerRecord<>(TOPIC, sent % PARTITIONS, null, events.get(sent).json())));
        }
        producer.flush();
        for (Future<RecordMetadata> acknowledgement : acknowledgements) {
            try {
                RecordMetadata metadata = acknowledgement.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
                nextOffsets.merge(metadata.partition(), metadata.offset() + 1, Math::max);
            } catch (ExecutionException | TimeoutException e) {
                throw new IllegalStateException("Kafka did not take an event of " + TOPIC, e);
            }
        }
    }

    /** Number of events sent so far. */
    public int sentCount() {
        return sent;
    }

    /** Per partition, the offset behind the last event sent. */
    public Map<Integer, Long> nextOffsets() {
        return Map.copyOf(nextOffsets);
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
