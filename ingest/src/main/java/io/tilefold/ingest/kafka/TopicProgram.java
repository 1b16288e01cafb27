package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Source;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.ingest.apply.ActiveCatalog;
import io.tilefold.ingest.apply.ActiveDefinition;
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
 * Everything the records of one topic feed: GroupBys of events take a value as an event, GroupBys of entities as a mutation's envelope, GroupBys of a join's output as
 * an event of its left with the join's answer. A value is decoded once for all GroupBys that see the same columns. Belongs to one thread at a time.
 */
public final class TopicProgram {
    /** What belongs to no key is of this shard: so it is counted, and put into the dead-letter topic, by one shard group alone. */
    static final int KEYLESS_SHARD = 0;

    /** Room for the effect that counts the dead letter. */
    private static final int RESERVE = 64;

    private final boolean keepsKeyless;
    private final List<Placed> readings;
    private final Problems problems = new Problems();

    /** A reading, and the places of its definitions. */
    private record Placed(Reading reading, BitSet places) {
        static Placed of(Reading reading) {
            BitSet places = new BitSet();
            reading.sources().forEach(source -> places.set(source.place()));
            return new Placed(reading, places);
        }
    }

    /** What mutations are decoded to. */
    private record MutationSchema(Schema schema, MutationColumns columns) {}

    private TopicProgram(ShardSet shards, List<Reading> readings) {
        this.keepsKeyless = shards.contains(KEYLESS_SHARD);
        this.readings = readings.stream().map(Placed::of).toList();
    }

    /**
     * Compiles all definitions that a topic feeds. Slow (Catalyst): never on an event loop.
     *
     * @param shards whose keys are kept
     * @throws RuntimeException naming the definition and what in it this node cannot execute
     */
    public static TopicProgram compile(ActiveCatalog catalog, String topic, long maxFutureMs, ShardSet shards) {
        return compile(catalog, topic, maxFutureMs, shards, ParentAnswers.NONE);
    }

    /** @param parents gives the answers of joins whose outputs are read */
    static TopicProgram compile(
            ActiveCatalog catalog, String topic, long maxFutureMs, ShardSet shards, ParentAnswers parents) {
        Map<Schema, List<EventProgram>> events = new LinkedHashMap<>();
        Map<MutationSchema, List<MutationProgram>> mutations = new LinkedHashMap<>();
        Map<String, List<ActiveDefinition>> chained = new LinkedHashMap<>();
        for (ActiveDefinition definition : catalog.definitions()) {
            if (!definition.topic().equals(Optional.of(topic))) {
                continue;
            }
            if (definition.parent().isPresent()) {
                chained.computeIfAbsent(definition.parent().get().name(), join -> new ArrayList<>())
                        .add(definition);
            } else if (definition.compiled().definition().streamingSource().orElseThrow() instanceof Source.Entities) {
                MutationProgram program = MutationProgram.compile(definition, maxFutureMs, shards);
                mutations
                        .computeIfAbsent(
                                new MutationSchema(program.source().sourceSchema(), program.columns()),
                                schema -> new ArrayList<>())
                        .add(program);
            } else {
                EventProgram program = EventProgram.compile(definition, maxFutureMs, shards);
                events.computeIfAbsent(program.source().sourceSchema(), schema -> new ArrayList<>())
                        .add(program);
            }
        }
        List<Reading> readings = new ArrayList<>();
        events.values().forEach(programs -> readings.add(new EventReading(programs)));
        mutations.values().forEach(programs -> readings.add(new MutationReading(programs)));
        chained.values()
                .forEach(children -> readings.add(ParentReading.compile(children, maxFutureMs, shards, parents)));
        return new TopicProgram(shards, readings);
    }

    /**
     * Asks other nodes for what must be known of records before they are decided.
     *
     * @param feeds places of the definitions they are decided for
     */
    Asked ask(List<ConsumerRecord<byte[], byte[]>> records, BitSet feeds) {
        List<Asked> all = new ArrayList<>();
        for (Placed one : readings) {
            if (one.places.intersects(feeds)) {
                Asked asked = one.reading.ask(records, feeds);
                if (asked != Asked.NOTHING) {
                    all.add(asked);
                }
            }
        }
        return all.isEmpty() ? Asked.NOTHING : () -> all.stream().allMatch(Asked::isAnswered);
    }

    /** False for a while after an answer that did not come. */
    boolean mayAsk() {
        return readings.stream().allMatch(one -> one.reading.mayAsk());
    }

    /** Forgets what was asked. */
    void forget() {
        readings.forEach(one -> one.reading.forget());
    }

    /** Places of the definitions it feeds; the caller's to change. */
    BitSet places() {
        BitSet all = new BitSet();
        readings.forEach(one -> all.or(one.places));
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
        problems.clear();
        for (Placed one : readings) {
            if (one.places.intersects(feeds)) {
                one.reading.decide(record, feeds, effects, problems);
            }
        }
        if (!keepsKeyless) {
            problems.clear(); // the group that owns the shard says so
        }
        if (effects.encodedLength() > EventRangeWriter.MAX_RECORD_LENGTH - RESERVE) {
            String problem = "its effects take " + effects.encodedLength() + " bytes of the log; the most are "
                    + (EventRangeWriter.MAX_RECORD_LENGTH - RESERVE);
            boolean areStale = effects.keepKeysOfMutations()
                    && effects.encodedLength() <= EventRangeWriter.MAX_RECORD_LENGTH - RESERVE;
            if (!areStale) {
                effects.clear();
            }
            problems.add(
                    readings.stream()
                            .flatMap(one -> one.reading.sources().stream())
                            .toList(),
                    areStale ? problem + Problems.KEYS_STALE : problem);
        }
        if (problems.isEmpty()) {
            return Optional.empty();
        }
        effects.addCounted(EffectKind.DEAD_LETTERED, 0);
        return Optional.of(problems.toString());
    }
}
