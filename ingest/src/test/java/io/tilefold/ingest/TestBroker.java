package io.tilefold.ingest;

import io.tilefold.broker.DevBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A real broker as a process of its own: one for all tests of this JVM, or a test's own, which it stops and starts again. */
public final class TestBroker implements AutoCloseable {
    private static final String READY = "READY kafka ";

    /** A broker lives for a minute: what a compiler that optimises more would take is more than what it would save. Figures set another. */
    private static final String COMPILER = System.getProperty("tilefold.broker.compiler", "-XX:TieredStopAtLevel=1");

    private static final TestBroker SHARED = start("127.0.0.1");

    private final String host;
    private final Path directory;
    private String bootstrap;
    private Process process;
    private Admin admin;

    private TestBroker(String host) {
        this.host = host;
        try {
            directory = Files.createTempDirectory("tilefold-test-broker");
        } catch (IOException e) {
            throw new IllegalStateException("no broker", e);
        }
        process = launch("0");
        bootstrap = awaitReady(process);
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
        Runtime.getRuntime().addShutdownHook(new Thread(this::end));
    }

    /** @param host address it listens on */
    public static TestBroker start(String host) {
        return new TestBroker(host);
    }

    public static TestBroker shared() {
        return SHARED;
    }

    private Process launch(String port) {
        try {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            COMPILER,
                            "-cp",
                            System.getProperty("java.class.path"),
                            DevBroker.class.getName(),
                            "--data",
                            directory.resolve("data").toString(),
                            "--host",
                            host,
                            "--port",
                            port,
                            "--property",
                            "auto.create.topics.enable=false")
                    .redirectError(directory.resolve("stderr").toFile())
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("no broker", e);
        }
    }

    private String awaitReady(Process launched) {
        try {
            BufferedReader out = launched.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.startsWith(READY)) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("no broker: " + Files.readString(directory.resolve("stderr")));
            }
            return line.substring(READY.length()).strip();
        } catch (IOException e) {
            throw new IllegalStateException("no broker", e);
        }
    }

    /** SIGTERM; returns when it is gone. What it holds stays. */
    void stop() throws InterruptedException {
        admin.close(Duration.ofSeconds(1));
        process.destroy();
        int unused = process.waitFor();
    }

    /** On the same port, with all that it held. */
    void startAgain() {
        process = launch(bootstrap.substring(bootstrap.lastIndexOf(':') + 1));
        bootstrap = awaitReady(process);
        admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    }

    private void end() {
        process.destroyForcibly().onExit().join();
        IoUtil.delete(directory.toFile(), true);
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
        end();
    }

    public String bootstrap() {
        return bootstrap;
    }

    public void createTopic(String topic, int partitions) {
        try {
            admin.createTopics(List.of(new NewTopic(topic, Optional.of(partitions), Optional.empty())))
                    .all()
                    .get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("topic " + topic, e);
        }
    }

    public void deleteTopic(String topic) {
        try {
            admin.deleteTopics(List.of(topic)).all().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("topic " + topic, e);
        }
    }

    boolean hasTopic(String topic) {
        try {
            return admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("topics", e);
        }
    }

    /** Of the topic that bears the name now. */
    String topicId(String topic) {
        try {
            return Objects.requireNonNull(admin.describeTopics(List.of(topic))
                            .topicNameValues()
                            .get(topic))
                    .get(10, TimeUnit.SECONDS)
                    .topicId()
                    .toString();
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("topic " + topic, e);
        }
    }

    /** Offset behind a partition's last record, those of open and aborted transactions and their markers included. */
    long endOffset(String topic, int partition) {
        TopicPartition asked = new TopicPartition(topic, partition);
        try {
            return admin.listOffsets(Map.of(asked, OffsetSpec.latest()))
                    .partitionResult(asked)
                    .get(10, TimeUnit.SECONDS)
                    .offset();
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("end of " + asked, e);
        }
    }

    /** Consumer groups that have ever joined or committed. */
    List<String> consumerGroups() {
        try {
            return admin.listGroups().all().get(10, TimeUnit.SECONDS).stream()
                    .map(GroupListing::groupId)
                    .toList();
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("consumer groups", e);
        }
    }

    /** What a consumer group has committed for a partition. */
    Optional<Long> committedOffset(String consumerGroup, String topic, int partition) {
        try {
            return Optional.ofNullable(admin.listConsumerGroupOffsets(consumerGroup)
                            .partitionsToOffsetAndMetadata()
                            .get(10, TimeUnit.SECONDS)
                            .get(new TopicPartition(topic, partition)))
                    .map(OffsetAndMetadata::offset);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("offsets of group " + consumerGroup, e);
        }
    }

    /** As {@code kafka-consumer-groups --reset-offsets} does it; the group must have no members. */
    void resetOffset(String consumerGroup, String topic, int partition, long offset) {
        try {
            admin.alterConsumerGroupOffsets(
                            consumerGroup, Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)))
                    .all()
                    .get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("offsets of group " + consumerGroup, e);
        }
    }

    public KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Sends values to a partition, in order, and returns when they are there. */
    public void produce(String topic, int partition, List<String> values) {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of(ProducerConfig.LINGER_MS_CONFIG, 5))) {
            for (String value : values) {
                producer.send(new ProducerRecord<>(topic, partition, null, value.getBytes(StandardCharsets.UTF_8)));
            }
            producer.flush();
        }
    }
}
