package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowEvaluationException;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.expressions.SqlFunctions;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.log.LogLimits;
import io.tilefold.ingest.log.MutationRows;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The query of the source that feeds a GroupBy: what its wheres, selects and time make of a row, and which keys are kept here. Compiled once; belongs to one
 * thread at a time.
 */
final class SourceProgram {
    private static final String TIME = "ts";
    private static final long YEAR_ONE_MS = -62_135_596_800_000L;

    private final ActiveDefinition definition;
    private final Source source;
    private final Schema sourceSchema;
    private final SqlFunctions functions;
    private final RowProgram selects;
    private final @Nullable RowProgram time;
    private final int[] keyColumns;
    private final List<ValueType> keyTypes;
    private final long maxFutureMs;
    private final ShardSet shards;

    private SourceProgram(ActiveDefinition definition, Source source, long maxFutureMs, ShardSet shards) {
        Query query = source.query();
        GroupByPlan plan = definition.plan();
        this.definition = definition;
        this.source = source;
        this.sourceSchema = definition
                .compiled()
                .sourceSchemas()
                .get(definition.compiled().definition().sources().indexOf(source));
        this.functions = SqlFunctions.of(query.setups());
        this.selects = RowProgram.compile(sourceSchema, functions, selects(plan.row()), query.wheres(), plan.row());
        this.time = timeColumn(source).map(this::compileTime).orElse(null);
        this.keyColumns = plan.keyColumns();
        this.keyTypes = plan.keyTypes();
        this.maxFutureMs = maxFutureMs;
        this.shards = shards;
    }

    /**
     * Compiles the query of a definition that has a topic.
     *
     * @param maxFutureMs an event's or mutation's time may be this much after its record's timestamp
     * @throws IllegalArgumentException naming the definition and what in it this node cannot execute
     */
    static SourceProgram compile(ActiveDefinition definition, long maxFutureMs, ShardSet shards) {
        Source source = definition.compiled().definition().streamingSource().orElseThrow();
        try {
            return new SourceProgram(definition, source, maxFutureMs, shards);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("GroupBy " + definition.name() + ", " + e.getMessage(), e);
        }
    }

    /** Rows of a join's output have the time of its left unless the query says otherwise. */
    private static Optional<String> timeColumn(Source source) {
        return source.query()
                .timeColumn()
                .or(() -> source instanceof Source.JoinOutput ? Optional.of(TIME) : Optional.empty());
    }

    private RowProgram compileTime(String expression) {
        return RowProgram.compile(
                sourceSchema,
                functions,
                List.of(new SelectExpression(TIME, expression)),
                List.of(),
                Schema.of(new Field(TIME, Scalar.LONG)));
    }

    /** What the query selects as these columns. */
    private List<SelectExpression> selects(Schema columns) {
        return columns.fields().stream()
                .map(field -> new SelectExpression(field.name(), expression(source.query(), field.name())))
                .toList();
    }

    /** What a query selects as a column: the column of that name unless it says otherwise. */
    static String expression(Query query, String column) {
        String selected = query.selects().get(column);
        return selected == null ? "`" + column.replace("`", "``") + "`" : selected;
    }

    /** The selects of the key's columns. */
    List<SelectExpression> keySelects() {
        return selects(definition.plan().keys());
    }

    /** The key's columns of any row, whatever the wheres say of it. */
    RowProgram compileKey() {
        return RowProgram.compile(
                sourceSchema,
                functions,
                keySelects(),
                List.of(),
                definition.plan().keys());
    }

    ActiveDefinition definition() {
        return definition;
    }

    /** The definition's place in its catalog. */
    int place() {
        return definition.place();
    }

    String definitionName() {
        return definition.name();
    }

    /** The source that feeds the definition. */
    Source source() {
        return source;
    }

    /** Columns of the rows it takes. */
    Schema sourceSchema() {
        return sourceSchema;
    }

    boolean hasTime() {
        return time != null;
    }

    InputRow newInputRow() {
        return selects.newInputRow();
    }

    TakenRow newTakenRow() {
        return new TakenRow(definition.plan().row().size());
    }

    /**
     * Takes a row's columns and time; false if the wheres drop it.
     *
     * @throws UndecodableException if an expression throws
     */
    boolean take(InputRow input, TakenRow into) throws UndecodableException {
        try {
            if (!selects.evaluate(input, into.writer)) {
                return false;
            }
            into.timeMs = time == null ? MutationRows.NO_TIME : timeMs(time, input);
        } catch (RowEvaluationException e) {
            throw new UndecodableException(String.valueOf(e.getMessage()));
        }
        into.finish();
        return true;
    }

    private static long timeMs(RowProgram time, InputRow input) {
        return time.evaluate(input) && !time.outputs().isNull(0)
                ? time.outputs().getLong(0)
                : MutationRows.NO_TIME;
    }

    /**
     * Makes the key of a row taken; false if a column of it is null.
     *
     * @throws UndecodableException if it is too long
     */
    boolean encodeKey(TakenRow taken) throws UndecodableException {
        if (!taken.key.encode(taken.row, keyColumns, keyTypes)) {
            return false;
        }
        if (!isKeyShort(taken.key)) {
            throw new UndecodableException(
                    "its key takes " + taken.key.length() + " bytes; the longest is " + LogLimits.MAX_KEY_LENGTH);
        }
        return true;
    }

    /** True if the log takes the key. */
    static boolean isKeyShort(KeyEncoder key) {
        return key.length() <= LogLimits.MAX_KEY_LENGTH;
    }

    /**
     * Checks the time that says which day's values a record changes.
     *
     * @param what it is the time of, as a message begins
     * @param recordTimestampMs the Kafka record's own; negative if it has none, which bounds nothing
     * @throws UndecodableException if it is no such time, or too far in the future
     */
    void checkTime(String what, long timeMs, long recordTimestampMs) throws UndecodableException {
        if (timeMs < YEAR_ONE_MS) {
            throw new UndecodableException(
                    what + " " + timeMs + " ms is before the year 1: epoch milliseconds are expected");
        }
        if (recordTimestampMs >= 0 && timeMs > recordTimestampMs + maxFutureMs) {
            throw new UndecodableException(what + " " + timeMs + " ms is " + (timeMs - recordTimestampMs)
                    + " ms after the record's timestamp; allowed are " + maxFutureMs);
        }
    }

    /** True if keys with this hash are kept here. */
    boolean keeps(long keyHash) {
        return shards.contains(KeyHash.shard(keyHash, shards.shardCount()));
    }

    /** Counts a row that belongs to no key, if this shard group is the one that does. */
    void addKeyless(EffectKind kind, RecordEffects effects) {
        if (shards.contains(TopicProgram.KEYLESS_SHARD)) {
            effects.addCounted(kind, place());
        }
    }
}
