package io.tilefold.ingest.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the lanes of one definition, in all partitions in which it has one, with a consumer of its own. It reads on beyond the partitions' own positions: what
 * makes a lane meet its partition is a range that reaches there. Confined to the reader's thread.
 */
final class LaneReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LaneReader.class);

    private final Consumer<byte[], byte[]> consumer;
    private final RangeOffers offers;
    private final TopicPrograms programs;
    private final HeldPartitions held;
    private final Map<TopicPartition, PartitionReader> lanes = new HashMap<>();
    private final Set<TopicPartition> lost = new HashSet<>();

    LaneReader(Consumer<byte[], byte[]> consumer, RangeOffers offers, TopicPrograms programs) {
        this.consumer = consumer;
        this.offers = offers;
        this.programs = programs;
        this.held = new HeldPartitions(consumer, programs);
    }

    /** True if it reads the partition's lane, or has found that it cannot. */
    boolean knows(TopicPartition topicPartition) {
        return lanes.containsKey(topicPartition) || lost.contains(topicPartition);
    }

    /** Begins to read one more lane; it is rewound already. */
    void add(PartitionReader lane) {
        lanes.put(lane.topicPartition, lane);
        consumer.assign(lanes.keySet());
        consumer.seek(lane.topicPartition, lane.offered);
    }

    Iterable<PartitionReader> lanes() {
        return lanes.values();
    }

    /** Goes to where a lane was rewound. */
    void seek(PartitionReader lane) {
        consumer.seek(lane.topicPartition, lane.offered);
    }

    /** Forgets lanes that have ended; true if none is left. */
    boolean dropEnded() {
        if (lanes.values().removeIf(PartitionReader::isLaneEnded)) {
            consumer.assign(lanes.keySet());
        }
        return lanes.isEmpty() && lost.isEmpty();
    }

    /** Offers what has come; does not wait. */
    int poll() {
        if (lanes.isEmpty()) {
            return 0;
        }
        held.resume();
        ConsumerRecords<byte[], byte[]> records;
        try {
            records = consumer.poll(Duration.ZERO);
        } catch (OffsetOutOfRangeException e) {
            lose(e);
            return 0;
        }
        try {
            offer(records);
        } finally {
            programs.forgetAnswers();
        }
        return records.count();
    }

    private void offer(ConsumerRecords<byte[], byte[]> records) {
        Map<PartitionReader, Asked> asked = new LinkedHashMap<>();
        for (PartitionReader lane : lanes.values()) {
            TopicProgram program = programs.of(lane.topicPartition.topic());
            if (program != null) {
                asked.put(lane, program.ask(records.records(lane.topicPartition), lane.feeds));
            }
        }
        Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
        asked.forEach((lane, answer) -> {
            if (!answer.isAnswered()) {
                held.hold(lane);
                return;
            }
            List<ConsumerRecord<byte[], byte[]>> ofLane = records.records(lane.topicPartition);
            OffsetAndMetadata end = next.get(lane.topicPartition);
            long reached = end == null ? consumer.position(lane.topicPartition) : end.offset();
            TopicProgram program = programs.of(lane.topicPartition.topic());
            if (reached > lane.offered && program != null) {
                offers.offer(lane, program, programs.catalog().number(), ofLane, reached);
            }
        });
    }

    private void lose(OffsetOutOfRangeException e) {
        e.offsetOutOfRangePartitions().forEach((topicPartition, position) -> {
            PartitionReader lane = lanes.get(topicPartition);
            if (lane == null) {
                return;
            }
            if (!lane.readsOnAt(position)) {
                seek(lane);
                return;
            }
            LOG.error(
                    "partition {}: Kafka does not hold offset {}, from which a new definition catches up: it stays marked as stale. Upload "
                            + "a version with a later batch end",
                    topicPartition,
                    position);
            lanes.remove(topicPartition);
            lost.add(topicPartition);
        });
        consumer.assign(lanes.keySet());
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    }
}
