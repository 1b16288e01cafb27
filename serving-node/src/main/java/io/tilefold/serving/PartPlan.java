package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import java.util.List;

/**
 * How one part of a target is answered. Immutable.
 *
 * @param name as in the join
 * @param keys per key of the GroupBy, in its order, the index of the target's key it is read from
 * @param streams live follows a topic, so the part can fall behind
 * @param outputs named as in the answer, in the plan's order
 */
record PartPlan(
        String name,
        String groupBy,
        DefinitionId id,
        GroupByPlan plan,
        List<Integer> keys,
        boolean streams,
        List<Field> outputs) {
    PartPlan {
        keys = List.copyOf(keys);
        outputs = List.copyOf(outputs);
    }
}
