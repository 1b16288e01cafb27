package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowEvaluationException;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import java.util.List;

/**
 * What a row of a topic means to one GroupBy: its wheres, selects, time and key. Compiled once; belongs to one thread at a time.
 */
final class EffectProgram {
    private static final String TIME = "ts";
    private static final long YEAR_ONE_MS = -62_135_596_800_000L;

    private final ActiveDefinition definition;
    private final Schema sourceSchema;
    private final RowProgram selects;
    private final RowProgram time;
    private final FlatRowWriter writer;
    private final FlatRow row = new FlatRow();
    private final KeyEncoder key = new KeyEncoder();
    private final int columns;
    private final int[] keyColumns;
    private final List<ValueType> keyTypes;
    private final long maxFutureMs;
    private final ShardSet shards;
    private final boolean keepsKeyless;

    private EffectProgram(
            ActiveDefinition definition,
            Schema sourceSchema,
            RowProgram selects,
            RowProgram time,
            long maxFutureMs,
            ShardSet shards) {
        this.definition = definition;
        this.sourceSchema = sourceSchema;
        this.selects = selects;
        this.time = time;
        this.maxFutureMs = maxFutureMs;
        this.shards = shards;
        this.keepsKeyless = shards.contains(TopicProgram.KEYLESS_SHARD);
        GroupByPlan plan = definition.plan();
        this.columns = plan.row().size();
        this.writer = new FlatRowWriter(columns);
        this.keyColumns = plan.keyColumns();
        this.keyTypes = plan.keyTypes();
    }

    /**
     * Compiles a definition that has a topic.
     *
     * @throws RuntimeException naming the definition and what in it this node cannot execute
     */
    static EffectProgram compile(ActiveDefinition definition, long maxFutureMs, ShardSet shards) {
        List<Source> sources = definition.compiled().definition().sources();
        Source source = definition.compiled().definition().streamingSource().orElseThrow();
        if (!(source instanceof Source.Events)) {
            throw new IllegalArgumentException("GroupBy " + definition.name() + " reads mutations from topic "
                    + definition.topic().orElseThrow() + ": this build applies event sources only");
        }
        Schema input = definition.compiled().sourceSchemas().get(sources.indexOf(source));
        Schema selected = definition.plan().row();
        Query query = source.query();
        String timeColumn = query.timeColumn()
                .orElseThrow(() -> new IllegalArgumentException(
                        "GroupBy " + definition.name() + ": its streaming source has no timeColumn"));
        try {
            RowProgram selects = RowProgram.compile(
                    input,
                    selected.fields().stream()
                            .map(field -> select(field, query))
                            .toList(),
                    query.wheres(),
                    selected);
            RowProgram time = RowProgram.compile(
                    input,
                    List.of(new SelectExpression(TIME, timeColumn)),
                    List.of(),
                    Schema.of(new Field(TIME, ValueType.Scalar.LONG)));
            return new EffectProgram(definition, input, selects, time, maxFutureMs, shards);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("GroupBy " + definition.name() + ", " + e.getMessage(), e);
        }
    }

    private static SelectExpression select(Field field, Query query) {
        String expression = query.selects().get(field.name());
        return new SelectExpression(
                field.name(), expression == null ? "`" + field.name().replace("`", "``") + "`" : expression);
    }

    /** The definition's place in its catalog. */
    int place() {
        return definition.place();
    }

    String definitionName() {
        return definition.name();
    }

    /** Columns of the rows it takes. */
    Schema sourceSchema() {
        return sourceSchema;
    }

    InputRow newInputRow() {
        return selects.newInputRow();
    }

    /**
     * Adds the row's effect, if it has one on the shards kept.
     *
     * @param recordTimestampMs the Kafka record's own; negative if it has none, which bounds nothing
     * @throws UndecodableException if the row belongs into the dead-letter topic
     */
    void decide(InputRow input, long recordTimestampMs, RecordEffects effects) throws UndecodableException {
        long timeMs;
        try {
            if (!selects.evaluate(input, writer)) {
                return;
            }
            boolean timed = time.evaluate(input);
            if (!timed || time.outputs().isNull(0)) {
                addKeyless(EffectKind.NULL_TIME, effects);
                return;
            }
            timeMs = time.outputs().getLong(0);
        } catch (RowEvaluationException e) {
            throw new UndecodableException(String.valueOf(e.getMessage()));
        }
        if (timeMs < YEAR_ONE_MS) {
            throw new UndecodableException(
                    "its time " + timeMs + " ms is before the year 1: epoch milliseconds are expected");
        }
        if (recordTimestampMs >= 0 && timeMs > recordTimestampMs + maxFutureMs) {
            throw new UndecodableException("its time " + timeMs + " ms is " + (timeMs - recordTimestampMs)
                    + " ms after the record's timestamp; allowed are " + maxFutureMs);
        }
        int rowLength = writer.finish();
        row.wrap(writer.buffer(), 0, rowLength, columns);
        if (!key.encode(row, keyColumns, keyTypes)) {
            addKeyless(EffectKind.NULL_KEY, effects);
            return;
        }
        if (key.length() > LogLimits.MAX_KEY_LENGTH) {
            throw new UndecodableException(
                    "its key takes " + key.length() + " bytes; the longest is " + LogLimits.MAX_KEY_LENGTH);
        }
        if (shards.contains(KeyHash.shard(key.hash(), shards.shardCount()))) {
            effects.addEvent(definition.place(), timeMs, key.buffer(), key.length(), writer.buffer(), rowLength);
        }
    }

    private void addKeyless(EffectKind kind, RecordEffects effects) {
        if (keepsKeyless) {
            effects.addCounted(kind, definition.place());
        }
    }
}
