package io.tilefold.ingest.kafka;

import io.tilefold.expressions.InputRow;
import io.tilefold.ingest.log.RecordEffects;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Records whose values are mutations of a table. */
final class MutationReading implements Reading {
    private static final String HINT = "does the table write full before images (PostgreSQL: REPLICA IDENTITY FULL)?";

    private final List<MutationProgram> programs;
    private final List<SourceProgram> sources;
    private final MutationColumns columns;
    private final MutationEnvelope envelope = new MutationEnvelope();
    private final JsonRowDecoder images;
    private final RecordKeyDecoder keys;
    private final InputRow rowBefore;
    private final InputRow rowAfter;

    /** @param programs at least one, all of the same columns, mutation columns included */
    MutationReading(List<MutationProgram> programs) {
        this.programs = List.copyOf(programs);
        this.sources = programs.stream().map(MutationProgram::source).toList();
        this.columns = programs.get(0).columns();
        this.images = new JsonRowDecoder(sources.get(0).sourceSchema());
        this.keys = new RecordKeyDecoder(sources.get(0).sourceSchema());
        this.rowBefore = sources.get(0).newInputRow();
        this.rowAfter = sources.get(0).newInputRow();
    }

    @Override
    public List<SourceProgram> sources() {
        return sources;
    }

    @Override
    public void decide(ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects, Problems problems) {
        InputRow before;
        InputRow after;
        try {
            if (!envelope.read(record.value())) {
                return;
            }
            sources.get(0).checkTime("source.ts_ms", envelope.timeMs(), record.timestamp());
            before = decode("before", envelope.before(), record.value(), rowBefore);
            after = decode("after", envelope.after(), record.value(), rowAfter);
        } catch (UndecodableException e) {
            problems.add(sources, String.valueOf(e.getMessage()));
            return;
        }
        if (envelope.isBeforeMissing()) {
            missBefore(after, record.key(), feeds, effects, problems);
            return;
        }
        for (MutationProgram program : programs) {
            if (feeds.get(program.source().place())) {
                try {
                    program.decide(before, after, envelope.timeMs(), effects);
                } catch (UndecodableException e) {
                    boolean areStale = program.missRows(before, after, envelope.timeMs(), effects);
                    problems.add(
                            List.of(program.source()),
                            areStale ? e.getMessage() + Problems.KEYS_STALE : String.valueOf(e.getMessage()));
                }
            }
        }
    }

    private @Nullable InputRow decode(String field, @Nullable JsonSpan image, byte[] value, InputRow into)
            throws UndecodableException {
        if (image == null) {
            return null;
        }
        try {
            images.decode(value, image.offset(), image.length(), into);
        } catch (UndecodableException e) {
            throw new UndecodableException(field + ": " + e.getMessage());
        }
        columns.fill(into, envelope.timeMs(), into == rowBefore);
        return into;
    }

    /** An update is of the key that its row after it has; a delete of the one that the record's key gives, if it does. */
    private void missBefore(
            @Nullable InputRow after,
            byte @Nullable [] recordKey,
            BitSet feeds,
            RecordEffects effects,
            Problems problems) {
        InputRow part = after == null ? rowBefore : after;
        IntPredicate isKnown = after == null ? ofKey(recordKey) : column -> true;
        List<SourceProgram> stale = new ArrayList<>();
        List<SourceProgram> unknown = new ArrayList<>();
        for (MutationProgram program : programs) {
            if (feeds.get(program.source().place())) {
                boolean isMarked = program.missBefore(part, isKnown, envelope.timeMs(), effects);
                (isMarked ? stale : unknown).add(program.source());
            }
        }
        String what = "op " + (after == null ? "d" : "u") + " without before";
        if (!stale.isEmpty()) {
            problems.add(stale, what + ": its key is stale until the next batch; " + HINT);
        }
        if (!unknown.isEmpty()) {
            problems.add(
                    unknown,
                    what + ", and its key does not follow from the record: its values stand until the next batch; "
                            + HINT);
        }
    }

    private IntPredicate ofKey(byte @Nullable [] recordKey) {
        return keys.decode(recordKey, rowBefore) ? keys::has : column -> false;
    }
}
