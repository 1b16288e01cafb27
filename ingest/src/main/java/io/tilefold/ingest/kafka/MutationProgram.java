package io.tilefold.ingest.kafka;

import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.ExpressionTyper;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.RowEvaluationException;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.log.MutationRows;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation of a table means to one GroupBy: of each side its row, if the wheres let it pass; what differs is the effect. Compiled once; belongs to one thread
 * at a time.
 */
final class MutationProgram {
    private final SourceProgram source;
    private final MutationColumns columns;
    private final TakenRow before;
    private final TakenRow after;
    private final KeyOfPart keyOfPart;

    private MutationProgram(SourceProgram source, MutationColumns columns) {
        this.source = source;
        this.columns = columns;
        this.before = source.newTakenRow();
        this.after = source.newTakenRow();
        this.keyOfPart = new KeyOfPart(source);
    }

    /**
     * Compiles a definition whose topic has mutations.
     *
     * @throws IllegalArgumentException naming the definition and what in it this node cannot execute
     */
    static MutationProgram compile(ActiveDefinition definition, long maxFutureMs, ShardSet shards) {
        SourceProgram source = SourceProgram.compile(definition, maxFutureMs, shards);
        try {
            return new MutationProgram(
                    source, MutationColumns.of(source.source().query(), source.sourceSchema()));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("GroupBy " + definition.name() + ", " + e.getMessage(), e);
        }
    }

    SourceProgram source() {
        return source;
    }

    /** Columns of the source that its rows take from the envelope. */
    MutationColumns columns() {
        return columns;
    }

    /**
     * Adds the mutation's effects on the shards kept: none if nothing that is selected changes, two if the key does.
     *
     * @param imageBefore null if there is none
     * @param imageAfter null if there is none
     * @throws UndecodableException if the mutation belongs into the dead-letter topic
     */
    void decide(@Nullable InputRow imageBefore, @Nullable InputRow imageAfter, long mutationMs, RecordEffects effects)
            throws UndecodableException {
        boolean hasBefore = imageBefore != null && source.take(imageBefore, before);
        boolean hasAfter = imageAfter != null && source.take(imageAfter, after);
        if (hasBefore && hasAfter && before.isSame(after)) {
            return;
        }
        boolean keyBefore = hasBefore && source.encodeKey(before);
        boolean keyAfter = hasAfter && source.encodeKey(after);
        countKeyless(hasBefore && !keyBefore, effects);
        countKeyless(hasAfter && !keyAfter, effects);
        if (keyBefore && keyAfter && isSame(before.key, after.key)) {
            add(before.key, before, after, mutationMs, effects);
            return;
        }
        if (keyBefore) {
            add(before.key, before, null, mutationMs, effects);
        }
        if (keyAfter) {
            add(after.key, null, after, mutationMs, effects);
        }
    }

    private void countKeyless(boolean isKeyless, RecordEffects effects) {
        if (isKeyless) {
            source.addKeyless(EffectKind.NULL_KEY, effects);
        }
    }

    private static boolean isSame(KeyEncoder one, KeyEncoder other) {
        boolean same = one.length() == other.length();
        for (int i = 0; same && i < one.length(); i++) {
            same = one.buffer().getByte(i) == other.buffer().getByte(i);
        }
        return same;
    }

    private void add(
            KeyEncoder key, @Nullable TakenRow from, @Nullable TakenRow to, long mutationMs, RecordEffects effects) {
        if (source.keeps(key.hash())) {
            effects.addMutation(
                    source.place(),
                    mutationMs,
                    key.buffer(),
                    key.length(),
                    from == null ? null : from.row,
                    from == null ? MutationRows.NO_TIME : from.timeMs,
                    to == null ? null : to.row,
                    to == null ? MutationRows.NO_TIME : to.timeMs);
        }
    }

    /**
     * Adds, if its shard is kept, that a mutation of a key came without the row before it. False if the key does not follow from what is known of the row.
     *
     * @param isKnown of the source's columns by place: those that the row holds
     */
    boolean missBefore(InputRow part, IntPredicate isKnown, long mutationMs, RecordEffects effects) {
        if (!keyOfPart.encode(part, isKnown)) {
            return false;
        }
        KeyEncoder key = keyOfPart.key;
        if (source.keeps(key.hash())) {
            effects.addBeforeMissing(source.place(), mutationMs, key.buffer(), key.length());
        }
        return true;
    }

    /**
     * Adds, for the keys of both rows whose shards are kept, that what a mutation did to them is not known. False if no key is.
     *
     * @param imageBefore null if there is none
     * @param imageAfter null if there is none
     */
    boolean missRows(
            @Nullable InputRow imageBefore, @Nullable InputRow imageAfter, long mutationMs, RecordEffects effects) {
        boolean isBeforeKnown = imageBefore != null && missBefore(imageBefore, column -> true, mutationMs, effects);
        boolean isAfterKnown = imageAfter != null && missBefore(imageAfter, column -> true, mutationMs, effects);
        return isBeforeKnown || isAfterKnown;
    }

    /** The GroupBy's key of a row of which not all columns are known, whatever the wheres say of it. */
    private static final class KeyOfPart {
        private final RowProgram selects;
        private final BitSet reads;
        private final FlatRowWriter writer;
        private final FlatRow row = new FlatRow();
        private final int[] columns;
        private final List<ValueType> types;
        final KeyEncoder key = new KeyEncoder();

        KeyOfPart(SourceProgram source) {
            GroupByPlan plan = source.definition().plan();
            List<SelectExpression> keySelects = source.keySelects();
            this.selects = source.compileKey();
            this.reads = reads(keySelects, source.sourceSchema());
            this.columns = IntStream.range(0, plan.keys().size()).toArray();
            this.types = plan.keyTypes();
            this.writer = new FlatRowWriter(columns.length);
        }

        private static BitSet reads(List<SelectExpression> selects, Schema schema) {
            BitSet reads = new BitSet();
            for (SelectExpression select : selects) {
                for (String name : ExpressionTyper.referencedColumns(select.sql())) {
                    for (int i = 0; i < schema.size(); i++) {
                        Field field = schema.field(i);
                        if (field.name().equalsIgnoreCase(name)) {
                            reads.set(i);
                        }
                    }
                }
            }
            return reads;
        }

        boolean encode(InputRow part, IntPredicate isKnown) {
            if (!reads.stream().allMatch(isKnown)) {
                return false;
            }
            try {
                boolean unused = selects.evaluate(part, writer);
            } catch (RowEvaluationException e) {
                return false;
            }
            row.wrap(writer.buffer(), 0, writer.finish(), columns.length);
            return key.encode(row, columns, types) && SourceProgram.isKeyShort(key);
        }
    }
}
