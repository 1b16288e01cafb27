package io.tilefold.ingest;

import io.tilefold.broker.DevBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One real broker for all tests of this JVM, as a process of its own. */
public final class TestBroker {
    private static final String READY = "READY kafka ";
    private static final TestBroker SHARED = new TestBroker();

    private final String bootstrap;
    private final Admin admin;

    private TestBroker() {
        try {
            Path directory = Files.createTempDirectory("tilefold-test-broker");
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            DevBroker.class.getName(),
                            "--data",
                            directory.resolve("data").toString(),
                            "--port",
                            "0",
                            "--property",
                            "auto.create.topics.enable=false")
                    .redirectError(directory.resolve("stderr").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                process.destroyForcibly().onExit().join();
                IoUtil.delete(directory.toFile(), true);
            }));
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.startsWith(READY)) {
                line = out.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("no broker: " + Files.readString(directory.resolve("stderr")));
            }
            bootstrap = line.substring(READY.length()).strip();
            admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
        } catch (IOException e) {
            throw new IllegalStateException("no broker", e);
        }
    }

    public static TestBroker shared() {
        return SHARED;
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
