package io.tilefold.ingest.kafka;

import io.tilefold.ingest.log.RecordEffects;
import java.util.BitSet;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** GroupBys that read the same columns of a topic's records in the same way: a record is decoded once for all of them. Belongs to one thread at a time. */
interface Reading {
    /** What the GroupBys make of a row. */
    List<SourceProgram> sources();

    /**
     * Asks other nodes for what {@link #decide} needs to know of records.
     *
     * @param feeds places of the definitions they are decided for
     */
    default Asked ask(List<ConsumerRecord<byte[], byte[]>> records, BitSet feeds) {
        return Asked.NOTHING;
    }

    /** False for a while after an answer that did not come: asking would be of no use. */
    default boolean mayAsk() {
        return true;
    }

    /** Forgets what was asked: all of it has been decided, or is asked again. */
    default void forget() {}

    /**
     * Adds a record's effects on the GroupBys, and what is wrong with it.
     *
     * @param feeds places of the definitions it is decided for
     */
    void decide(ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects, Problems problems);
}
