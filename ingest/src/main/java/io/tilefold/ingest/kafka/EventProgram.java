package io.tilefold.ingest.kafka;

import io.tilefold.core.key.ShardSet;
import io.tilefold.expressions.InputRow;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.log.MutationRows;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;

/** What an event of a topic means to one GroupBy. Compiled once; belongs to one thread at a time. */
final class EventProgram {
    private final SourceProgram source;
    private final TakenRow event;

    private EventProgram(SourceProgram source) {
        this.source = source;
        this.event = source.newTakenRow();
    }

    /**
     * Compiles a definition whose topic has events.
     *
     * @throws IllegalArgumentException naming the definition and what in it this node cannot execute
     */
    static EventProgram compile(ActiveDefinition definition, long maxFutureMs, ShardSet shards) {
        SourceProgram source = SourceProgram.compile(definition, maxFutureMs, shards);
        if (!source.hasTime()) {
            throw new IllegalArgumentException(
                    "GroupBy " + definition.name() + ": its streaming source has no timeColumn");
        }
        return new EventProgram(source);
    }

    SourceProgram source() {
        return source;
    }

    /**
     * Adds the event's effect, if it has one on the shards kept.
     *
     * @param recordTimestampMs the Kafka record's own; negative if it has none, which bounds nothing
     * @throws UndecodableException if the event belongs into the dead-letter topic
     */
    void decide(InputRow input, long recordTimestampMs, RecordEffects effects) throws UndecodableException {
        if (!source.take(input, event)) {
            return;
        }
        if (event.timeMs == MutationRows.NO_TIME) {
            source.addKeyless(EffectKind.NULL_TIME, effects);
            return;
        }
        source.checkTime("its time", event.timeMs, recordTimestampMs);
        if (!source.encodeKey(event)) {
            source.addKeyless(EffectKind.NULL_KEY, effects);
            return;
        }
        if (source.keeps(event.key.hash())) {
            effects.addEvent(
                    source.place(),
                    event.timeMs,
                    event.key.buffer(),
                    event.key.length(),
                    event.row.buffer(),
                    event.row.length());
        }
    }
}
