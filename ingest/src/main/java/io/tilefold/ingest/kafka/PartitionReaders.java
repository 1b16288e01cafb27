package io.tilefold.ingest.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The partitions that are read at their own positions, with one consumer. Confined to the reader's thread. */
final class PartitionReaders {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionReaders.class);

    private final Consumer<byte[], byte[]> consumer;
    private final RangeOffers offers;
    private final TopicPrograms programs;
    private final Rewinder rewinder;
    private final HeldPartitions held;
    private final Map<TopicPartition, PartitionReader> readers = new LinkedHashMap<>();
    private boolean changed;

    PartitionReaders(Consumer<byte[], byte[]> consumer, RangeOffers offers, TopicPrograms programs, Rewinder rewinder) {
        this.consumer = consumer;
        this.offers = offers;
        this.programs = programs;
        this.rewinder = rewinder;
        this.held = new HeldPartitions(consumer, programs);
    }

    Collection<PartitionReader> all() {
        return readers.values();
    }

    boolean reads(TopicPartition topicPartition) {
        return readers.containsKey(topicPartition);
    }

    /** The name stands for another topic now. */
    void forget(String topic) {
        readers.keySet().removeIf(one -> one.topic().equals(topic));
    }

    /** Reads these partitions too, and those of no other topics. */
    void change(Set<String> topics, List<PartitionReader> opened) {
        boolean dropped = readers.keySet().removeIf(one -> !topics.contains(one.topic()));
        if (!dropped && opened.isEmpty()) {
            return;
        }
        opened.forEach(reader -> readers.put(reader.topicPartition, reader));
        consumer.assign(readers.keySet());
        opened.forEach(this::rewind);
        changed = true;
        LOG.info(
                "reading {} partitions; new are {}",
                readers.size(),
                opened.stream()
                        .map(reader -> reader.topicPartition + " from " + reader.offered)
                        .toList());
    }

    /** True once after the set of partitions has changed. */
    boolean takeChanged() {
        boolean taken = changed;
        changed = false;
        return taken;
    }

    /** Goes back where that is due, or everywhere. */
    void rewind(boolean everywhere) {
        for (PartitionReader reader : readers.values()) {
            if (everywhere || rewinder.isDue(reader)) {
                rewind(reader);
            }
        }
    }

    private void rewind(PartitionReader reader) {
        long before = reader.offered;
        rewinder.rewind(reader);
        consumer.seek(reader.topicPartition, reader.offered);
        if (before > reader.offered) {
            LOG.info("partition {} goes back from {} to {}", reader.topicPartition, before, reader.offered);
        }
    }

    /** Offers what has come, after at most this time. */
    int poll(Duration timeout) {
        held.resume();
        ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
        try {
            offer(records);
        } finally {
            programs.forgetAnswers();
        }
        if (records.isEmpty()) {
            // Transaction markers and compacted records move the position without a record.
            for (PartitionReader reader : readers.values()) {
                long position = consumer.position(reader.topicPartition);
                if (position > reader.offered) {
                    offer(reader.topicPartition, List.of(), position);
                }
            }
        }
        return records.count() + 1; // the poll has waited already
    }

    /** All that must be asked is on its way before the first answer is waited for. */
    private void offer(ConsumerRecords<byte[], byte[]> records) {
        Map<TopicPartition, Asked> asked = new HashMap<>();
        for (TopicPartition topicPartition : records.partitions()) {
            PartitionReader reader = readers.get(topicPartition);
            TopicProgram program = programs.of(topicPartition.topic());
            if (reader != null && program != null) {
                asked.put(topicPartition, program.ask(records.records(topicPartition), reader.feeds));
            }
        }
        Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
        asked.forEach((topicPartition, answer) -> {
            if (!answer.isAnswered()) {
                held.hold(Objects.requireNonNull(readers.get(topicPartition)));
                return;
            }
            List<ConsumerRecord<byte[], byte[]>> ofPartition = records.records(topicPartition);
            OffsetAndMetadata end = next.get(topicPartition);
            long last = ofPartition.get(ofPartition.size() - 1).offset() + 1;
            offer(topicPartition, ofPartition, end == null ? last : Math.max(last, end.offset()));
        });
    }

    private void offer(TopicPartition topicPartition, List<ConsumerRecord<byte[], byte[]>> records, long nextOffset) {
        PartitionReader reader = readers.get(topicPartition);
        TopicProgram program = programs.of(topicPartition.topic());
        if (reader != null && program != null) {
            offers.offer(reader, program, programs.catalog().number(), records, nextOffset);
        }
    }

    /** Reads partitions no further whose position Kafka does not hold; what is said of others' positions only makes them be read from where they stand. */
    void lose(OffsetOutOfRangeException e, TopicWatch watch) {
        e.offsetOutOfRangePartitions().forEach((topicPartition, position) -> {
            PartitionReader reader = readers.get(topicPartition);
            if (reader == null) {
                return;
            }
            if (!reader.readsOnAt(position)) {
                rewind(reader);
                return;
            }
            readers.remove(topicPartition);
            LOG.error(
                    "partition {}: Kafka does not hold offset {} (retention, or records were deleted). The partition is "
                            + "not read any further; upload a version that covers what is missing and start a node anew",
                    topicPartition,
                    position);
            watch.lose(reader.id);
        });
        consumer.assign(readers.keySet());
    }
}
