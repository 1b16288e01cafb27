package io.tilefold.ingest.kafka;

import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.log.EventRangeWriter;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Everything the records of one topic feed. A value is decoded once for all GroupBys that see the same columns. Belongs to one thread at a time.
 */
public final class TopicProgram {
    /** What belongs to no key is of this shard: so it is counted, and put into the dead-letter topic, by one shard group alone. */
    static final int KEYLESS_SHARD = 0;

    private final boolean keepsKeyless;
    private final List<Reading> readings;
    private final StringBuilder problems = new StringBuilder();

    /** GroupBys that read the same columns. */
    private record Reading(JsonRowDecoder decoder, InputRow row, List<EffectProgram> programs, BitSet places) {
        Reading(JsonRowDecoder decoder, InputRow row, List<EffectProgram> programs) {
            this(decoder, row, programs, new BitSet());
            programs.forEach(program -> places.set(program.place()));
        }
    }

    private TopicProgram(ShardSet shards, List<Reading> readings) {
        this.keepsKeyless = shards.contains(KEYLESS_SHARD);
        this.readings = readings;
    }

    /**
     * Compiles all definitions that a topic feeds. Slow (Catalyst): never on an event loop.
     *
     * @param shards whose keys are kept
     * @throws RuntimeException naming the definition and what in it this node cannot execute
     */
    public static TopicProgram compile(ActiveCatalog catalog, String topic, long maxFutureMs, ShardSet shards) {
        Map<Schema, List<EffectProgram>> bySchema = new LinkedHashMap<>();
        catalog.definitions().stream()
                .filter(one -> one.topic().equals(Optional.of(topic)))
                .map(one -> EffectProgram.compile(one, maxFutureMs, shards))
                .forEach(one -> bySchema.computeIfAbsent(one.sourceSchema(), schema -> new ArrayList<>())
                        .add(one));
        return new TopicProgram(
                shards,
                bySchema.entrySet().stream()
                        .map(entry -> new Reading(
                                new JsonRowDecoder(entry.getKey()),
                                entry.getValue().get(0).newInputRow(),
                                List.copyOf(entry.getValue())))
                        .toList());
    }

    /** Places of the definitions it feeds; the caller's to change. */
    BitSet places() {
        BitSet all = new BitSet();
        readings.forEach(reading -> all.or(reading.places));
        return all;
    }

    /** Makes Catalyst ready: what the first compilation would wait for. */
    static void warmUp() {
        Object unused = RowProgram.compile(
                Schema.of(new Field("ts", ValueType.Scalar.LONG)),
                List.of(new SelectExpression("ts", "ts + 1")),
                List.of("ts > 0"));
    }

    /**
     * Collects a record's effects, which replace the former.
     *
     * @param feeds places of the definitions it is decided for
     * @return empty, or why the record goes to the dead-letter topic; its effects on GroupBys without a problem stay
     */
    Optional<String> decide(ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects) {
        effects.clear();
        problems.setLength(0);
        for (Reading reading : readings) {
            if (reading.places.intersects(feeds)) {
                decide(reading, record, feeds, effects);
            }
        }
        if (!keepsKeyless) {
            problems.setLength(0); // the group that owns the shard says so
        }
        if (effects.encodedLength() > EventRangeWriter.MAX_RECORD_LENGTH - RESERVE) {
            add(
                    "its effects take " + effects.encodedLength() + " bytes of the log; the most are "
                            + (EventRangeWriter.MAX_RECORD_LENGTH - RESERVE),
                    readings);
            effects.clear();
        }
        if (problems.isEmpty()) {
            return Optional.empty();
        }
        effects.addCounted(EffectKind.DEAD_LETTERED, 0);
        return Optional.of(problems.toString());
    }

    /** Room for the effect that counts the dead letter. */
    private static final int RESERVE = 64;

    private void decide(Reading reading, ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects) {
        try {
            reading.decoder.decode(record.value(), reading.row);
        } catch (UndecodableException e) {
            add(String.valueOf(e.getMessage()), List.of(reading));
            return;
        }
        for (EffectProgram program : reading.programs) {
            if (!feeds.get(program.place())) {
                continue;
            }
            try {
                program.decide(reading.row, record.timestamp(), effects);
            } catch (UndecodableException e) {
                add(program.definitionName() + ": " + e.getMessage());
            }
        }
    }

    private void add(String problem, List<Reading> of) {
        List<String> names = of.stream()
                .flatMap(reading -> reading.programs.stream())
                .map(EffectProgram::definitionName)
                .toList();
        add(String.join(", ", names) + ": " + problem);
    }

    private void add(String problem) {
        problems.append(problems.isEmpty() ? "" : "; ").append(problem);
    }
}
