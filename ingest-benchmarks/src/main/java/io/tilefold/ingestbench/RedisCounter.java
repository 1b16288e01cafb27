package io.tilefold.ingestbench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The peer: a consumer that adds each event to a hash in Redis, {@code HINCRBYFLOAT} for the count and for the sum, pipelined. It counts an event again when it dies
 * between Redis and its offset, which Tilefold does not.
 */
final class RedisCounter implements AutoCloseable {
    private static final String COUNT = "count";
    private static final String SUM = "sum";

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> writing;
    private final StatefulRedisConnection<String, String> reading;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread = new Thread(this::run, "redis-counter");
    private final JsonFactory json = new JsonFactory();
    private volatile boolean closed;

    RedisCounter(String uri, String bootstrap, String topic) {
        client = RedisClient.create(uri);
        writing = client.connect();
        reading = client.connect();
        consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> all = List.of(new TopicPartition(topic, 0));
        consumer.assign(all);
        consumer.seekToBeginning(all);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        RedisAsyncCommands<String, String> redis = writing.async();
        writing.setAutoFlushCommands(false);
        try {
            while (!closed) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(20))) {
                    add(redis, record.value());
                }
                writing.flushCommands();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            consumer.close();
        }
    }

    private void add(RedisAsyncCommands<String, String> redis, byte[] value) throws IOException {
        String origin = "";
        long delay = 0;
        try (JsonParser parser = json.createParser(value)) {
            JsonToken unused = parser.nextToken();
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                unused = parser.nextToken();
                if (name.equals("origin")) {
                    origin = parser.getText();
                } else if (name.equals("delay")) {
                    delay = parser.getLongValue();
                }
            }
        }
        Object unused = redis.hincrbyfloat(origin, COUNT, 1);
        unused = redis.hincrbyfloat(origin, SUM, delay);
    }

    /** Events counted so far, as a client reads them. */
    long read() {
        @Nullable String count = reading.sync().hget(Departures.AIRPORT, COUNT);
        return count == null ? 0 : (long) Double.parseDouble(count);
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
}
