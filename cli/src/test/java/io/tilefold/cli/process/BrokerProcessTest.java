package io.tilefold.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.cli.config.BrokerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real development broker as a child process. */
class BrokerProcessTest {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(30);
    private static final TopicPartition PARTITION = new TopicPartition("flights", 0);
    private static final long LONG_AGO_MS = 978_307_200_000L; // 2001-01-01

    @TempDir
    Path temp;

    private final Installation installation = Installation.ofSystemProperty();

    @Test
    void keepsRecordsOverARestartOnTheSameDirectory() throws Exception {
        try (ChildProcess broker = start("one.log", 0)) {
            String address = broker.awaitReady(READY_TIMEOUT).address();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
                admin.createTopics(List.of(new NewTopic(PARTITION.topic(), 1, (short) 1)))
                        .all()
                        .get(30, TimeUnit.SECONDS);
            }
            produce(address, "before");
            assertThat(consume(address, 1)).containsExactly("before");
        }
        try (ChildProcess broker = start("two.log", 0)) {
            String address = broker.awaitReady(READY_TIMEOUT).address();
            produce(address, "after a stop");
            assertThat(consume(address, 2)).containsExactly("before", "after a stop");
            broker.kill();
        }
        try (ChildProcess broker = start("three.log", 0)) {
            String address = broker.awaitReady(READY_TIMEOUT).address();
            produce(address, "after a kill");
            assertThat(consume(address, 3)).containsExactly("before", "after a stop", "after a kill");
        }
    }

    @Test
    void portAndDirectoryInUseAreNamed() throws Exception {
        try (ChildProcess broker = start("one.log", 0)) {
            ReadyLine ready = broker.awaitReady(READY_TIMEOUT);
            assertThat(ready.role()).isEqualTo("kafka");

            try (ChildProcess second = start("two.log", ready.port(), "elsewhere")) {
                assertThatThrownBy(() -> second.awaitReady(READY_TIMEOUT))
                        .isInstanceOf(ChildProcessException.class)
                        .hasMessageContaining("exited with code 1 before it was ready")
                        .hasMessageContaining(temp.resolve("two.log").toString())
                        .hasMessageContaining("cannot listen on 127.0.0.1:" + ready.port());
            }
            try (ChildProcess third = start("three.log", 0)) {
                assertThatThrownBy(() -> third.awaitReady(READY_TIMEOUT))
                        .hasMessageContaining(temp.resolve("broker") + " is in use by another broker");
            }
        }
    }

    private ChildProcess start(String log, int port) {
        return start(log, port, "broker");
    }

    private ChildProcess start(String log, int port, String directory) {
        BrokerSettings settings = new BrokerSettings(temp.resolve(directory), "127.0.0.1", port, List.of());
        return ChildProcess.start(installation.broker(settings), temp.resolve(log));
    }

    private static void produce(String address, String value) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", address), new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>(PARTITION.topic(), 0, LONG_AGO_MS, null, value))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static List<String> consume(String address, int count) {
        List<String> values = new ArrayList<>();
        long deadlineNs = System.nanoTime() + POLL_TIMEOUT.toNanos();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", address), new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            while (values.size() < count && System.nanoTime() - deadlineNs < 0) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }
}
