package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.ingest.apply.Lane;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The readers of lanes, one for each definition that has not caught up. Confined to the reader's thread. */
final class LaneReaders implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LaneReaders.class);

    private final Supplier<Consumer<byte[], byte[]>> newConsumer;
    private final RangeOffers offers;
    private final TopicPrograms programs;
    private final Rewinder rewinder;
    private final Map<DefinitionId, LaneReader> lanes = new HashMap<>();

    LaneReaders(
            Supplier<Consumer<byte[], byte[]>> newConsumer,
            RangeOffers offers,
            TopicPrograms programs,
            Rewinder rewinder) {
        this.newConsumer = newConsumer;
        this.offers = offers;
        this.programs = programs;
        this.rewinder = rewinder;
    }

    boolean isEmpty() {
        return lanes.isEmpty();
    }

    /** Opens and ends readers as the state of the partitions has lanes. */
    void follow(Collection<PartitionReader> partitions) {
        lanes.values().removeIf(one -> {
            boolean ended = one.dropEnded();
            if (ended) {
                one.close();
            }
            return ended;
        });
        for (PartitionReader reader : partitions) {
            for (Lane lane : reader.progress.lanes()) {
                if (!lane.isWaiting()) {
                    follow(reader, lane);
                }
            }
        }
    }

    private void follow(PartitionReader reader, Lane lane) {
        if (programs.of(reader.topicPartition.topic()) == null
                || programs.catalog().find(lane.definition()).isEmpty()) {
            return;
        }
        LaneReader open =
                lanes.computeIfAbsent(lane.definition(), id -> new LaneReader(newConsumer.get(), offers, programs));
        if (!open.knows(reader.topicPartition)) {
            PartitionReader laneReader = new PartitionReader(reader.id, reader.topicPartition, reader.progress, lane);
            rewinder.rewind(laneReader);
            open.add(laneReader);
            LOG.info(
                    "definition {} catches up in {} from {} on",
                    lane.definition().abbreviated(),
                    reader.topicPartition,
                    laneReader.offered);
        }
    }

    /** Goes back where that is due, or everywhere. */
    void rewind(boolean everywhere) {
        for (LaneReader open : lanes.values()) {
            for (PartitionReader lane : open.lanes()) {
                if (everywhere || rewinder.isDue(lane)) {
                    rewinder.rewind(lane);
                    open.seek(lane);
                }
            }
        }
    }

    /** Offers what has come; does not wait. */
    int poll() {
        int work = 0;
        for (LaneReader lane : lanes.values()) {
            work += lane.poll();
        }
        return work;
    }

    /** Ends all; {@link #follow} opens them again. */
    @Override
    public void close() {
        lanes.values().forEach(LaneReader::close);
        lanes.clear();
    }
}
