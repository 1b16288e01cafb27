package io.tilefold.serving;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import java.util.List;

/**
 * How one part of a target is answered. Immutable.
 *
 * @param index of the part in its target
 * @param name as in the join
 * @param keySet index of its key columns among the target's {@link TargetPlan#keySets}
 * @param streams live follows a topic, so the part can fall behind
 * @param outputs named as in the answer, in the plan's order
 */
record PartPlan(
        int index,
        String name,
        CompiledGroupBy compiled,
        GroupByPlan plan,
        int keySet,
        boolean streams,
        List<Field> outputs) {
    PartPlan {
        outputs = List.copyOf(outputs);
    }

    String groupBy() {
        return compiled.name();
    }

    DefinitionId id() {
        return compiled.id();
    }
}
