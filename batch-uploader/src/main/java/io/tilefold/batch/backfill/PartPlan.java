package io.tilefold.batch.backfill;

import io.tilefold.batch.ShippedPlan;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Join.ExternalPart;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** One part of the join, compiled; serializable, the plan is compiled again where it arrives. */
final class PartPlan implements Serializable {
    private static final long serialVersionUID = 1;

    private final ShippedPlan shipped;
    private final String name;
    private final ArrayList<String> leftColumns;
    private transient CompiledGroupBy groupBy;
    private transient GroupByPlan plan;

    PartPlan(JoinPart part, CompiledGroupBy groupBy) {
        this(
                part.name(),
                groupBy.definition().keys().stream().map(part::leftColumnOf).toList(),
                groupBy);
    }

    /** The GroupBy whose values an external part has offline. */
    PartPlan(ExternalPart part, CompiledGroupBy groupBy) {
        this(
                Names.external(part.prefix().orElse(null), part.name()),
                groupBy.definition().keys().stream().map(part::leftColumnOf).toList(),
                groupBy);
    }

    private PartPlan(String name, List<String> leftColumns, CompiledGroupBy groupBy) {
        this.shipped = new ShippedPlan(groupBy);
        this.name = name;
        this.leftColumns = new ArrayList<>(leftColumns);
        this.groupBy = groupBy;
        this.plan = shipped.compile();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        groupBy = shipped.groupBy();
        plan = shipped.compile();
    }

    /** Prefix of its outputs in the join. */
    String name() {
        return name;
    }

    /** The left columns that its GroupBy's keys are read from, in the order of the keys. */
    List<String> leftColumns() {
        return leftColumns;
    }

    CompiledGroupBy groupBy() {
        return groupBy;
    }

    GroupByPlan plan() {
        return plan;
    }

    boolean isSnapshot() {
        return plan.accuracy() == Accuracy.SNAPSHOT;
    }

    boolean isOfEntities() {
        return groupBy.definition().sources().get(0) instanceof Source.Entities;
    }

    /** True if it has no aggregations: the entity's columns are the outputs. */
    boolean passesThrough() {
        return groupBy.definition().aggregations().isEmpty();
    }

    /** The moment whose value a left row at {@code momentMs} takes: SEMANTICS.md §3. */
    long q(long momentMs) {
        return isSnapshot() ? Hop.DAY.floor(momentMs) : momentMs;
    }

    /** Columns of the flat row that is this part's answer. */
    Schema answer() {
        return passesThrough() ? plan.row() : plan.outputSchema();
    }

    /** Those of {@link #answer} that are outputs, before derivations. */
    Schema outputs() {
        return plan.outputSchema();
    }

    /** Index in {@link #answer} of an output. */
    int answerColumn(Field output) {
        return answer().indexOf(output.name());
    }
}
