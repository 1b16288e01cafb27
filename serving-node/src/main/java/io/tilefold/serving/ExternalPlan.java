package io.tilefold.serving;

import io.tilefold.core.definition.Join.ExternalPart;
import io.tilefold.core.definition.Names;
import io.tilefold.core.value.Field;
import java.util.List;

/**
 * How an external part of a join is answered. Immutable.
 *
 * @param index of the part in its target, behind the GroupBys'
 * @param keyColumns indexes in the target of the columns that the source's keys are read from, in the source's order
 */
record ExternalPlan(int index, ExternalPart part, List<Integer> keyColumns) {
    ExternalPlan {
        keyColumns = List.copyOf(keyColumns);
    }

    /** {@code ext_{prefix_}{source}}. */
    String name() {
        return Names.external(part.prefix().orElse(null), part.name());
    }

    String source() {
        return part.name();
    }

    List<Field> values() {
        return part.values().fields();
    }
}
