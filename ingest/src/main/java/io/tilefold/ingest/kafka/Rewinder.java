package io.tilefold.ingest.kafka;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;

/** Takes readers back to where the replicated state stands, each time under a new attempt. Confined to the reader's thread. */
final class Rewinder {
    private static final long STALL_NS = TimeUnit.SECONDS.toNanos(5);

    private final TopicPrograms programs;
    private final NanoClock clock;
    private long attempts;

    /** @param firstAttempt above those of former runs, which stand in the log that is replayed */
    Rewinder(TopicPrograms programs, NanoClock clock, long firstAttempt) {
        this.programs = programs;
        this.clock = clock;
        this.attempts = firstAttempt;
    }

    /** True if a range was refused, or nothing has moved for long though something was offered. */
    boolean isDue(PartitionReader reader) {
        return reader.isRefused() || reader.isStalled(clock.nanoTime(), STALL_NS);
    }

    /** The caller seeks to where the reader stands then. */
    void rewind(PartitionReader reader) {
        TopicProgram program = programs.of(reader.topicPartition.topic());
        if (program != null) {
            reader.rewind(programs.catalog(), program, ++attempts, clock.nanoTime());
        }
    }
}
