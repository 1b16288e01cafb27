package io.tilefold.ingest.kafka;

import io.tilefold.expressions.InputRow;
import io.tilefold.ingest.log.RecordEffects;
import java.util.BitSet;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Records whose values are events. */
final class EventReading implements Reading {
    private final List<EventProgram> programs;
    private final List<SourceProgram> sources;
    private final JsonRowDecoder decoder;
    private final InputRow row;

    /** @param programs at least one, all of the same columns */
    EventReading(List<EventProgram> programs) {
        this.programs = List.copyOf(programs);
        this.sources = programs.stream().map(EventProgram::source).toList();
        this.decoder = new JsonRowDecoder(sources.get(0).sourceSchema());
        this.row = sources.get(0).newInputRow();
    }

    @Override
    public List<SourceProgram> sources() {
        return sources;
    }

    @Override
    public void decide(ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects, Problems problems) {
        try {
            decoder.decode(record.value(), row);
        } catch (UndecodableException e) {
            problems.add(sources, String.valueOf(e.getMessage()));
            return;
        }
        for (EventProgram program : programs) {
            if (feeds.get(program.source().place())) {
                try {
                    program.decide(row, record.timestamp(), effects);
                } catch (UndecodableException e) {
                    problems.add(List.of(program.source()), String.valueOf(e.getMessage()));
                }
            }
        }
    }
}
