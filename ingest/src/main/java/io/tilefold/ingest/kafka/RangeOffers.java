package io.tilefold.ingest.kafka;

import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.Outbound;
import io.tilefold.ingest.log.RecordEffects;
import java.util.List;
import java.util.Optional;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;

/** Decides what records' effects are and offers them to the log as ranges. Waits while the log takes no more. Confined to one thread, but for {@link #stop}. */
final class RangeOffers {
    private final Outbound outbound;
    private final DeadLetters deadLetters;
    private final IdleStrategy idle;
    private final EventRangeWriter writer = new EventRangeWriter();
    private final RecordEffects effects = new RecordEffects();
    private volatile boolean stopped;

    RangeOffers(Outbound outbound, DeadLetters deadLetters, IdleStrategy idle) {
        this.outbound = outbound;
        this.deadLetters = deadLetters;
        this.idle = idle;
    }

    /** Makes one that waits for the log give up. Any thread. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /**
     * Offers the effects of a partition's next records, and that it was read up to {@code nextOffset}.
     *
     * @throws KafkaException if a dead letter is not taken, or it was stopped
     */
    void offer(
            PartitionReader reader,
            TopicProgram program,
            long catalogNumber,
            List<ConsumerRecord<byte[], byte[]>> records,
            long nextOffset) {
        start(reader, catalogNumber);
        if (!records.isEmpty()) {
            writer.firstRecord(records.get(0).timestamp());
        }
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Optional<String> problem = program.decide(record, reader.feeds, effects);
            if (problem.isPresent()) {
                deadLetters.send(record, problem.get());
            }
            if (!writer.fits(record.offset(), effects)) {
                finish(reader, record.offset());
                start(reader, catalogNumber);
                writer.firstRecord(record.timestamp());
            }
            writer.add(record.offset(), effects);
        }
        finish(reader, nextOffset);
    }

    private void start(PartitionReader reader, long catalogNumber) {
        writer.start(reader.id, catalogNumber, reader.epoch, reader.laneDefinition, reader.attempt, reader.offered);
    }

    private void finish(PartitionReader reader, long toOffset) {
        deadLetters.flush();
        offer(writer.buffer(), writer.finish(toOffset));
        reader.offered = toOffset;
    }

    /** Waits for room: this is where a slow log pauses reading. */
    void offer(DirectBuffer entry, int length) {
        while (!outbound.offer(entry, 0, length)) {
            if (stopped || Thread.currentThread().isInterrupted()) {
                throw new KafkaException("stopping");
            }
            idle.idle();
        }
        idle.reset();
    }
}
