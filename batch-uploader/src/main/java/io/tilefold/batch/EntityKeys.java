package io.tilefold.batch;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ValueType;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** An entity whose columns pass through has one row a snapshot. */
public final class EntityKeys {
    private EntityKeys() {}

    /** What is thrown where a key has two. */
    public static JobException secondRow(CompiledGroupBy groupBy, GroupByPlan plan, FlatRow entity, LocalDate day) {
        return new JobException("GroupBy " + groupBy.name() + " has no aggregations and two rows of key "
                + describe(plan, entity) + " in the snapshot of " + day + ": an entity has one row");
    }

    private static String describe(GroupByPlan plan, FlatRow entity) {
        List<String> values = new ArrayList<>();
        for (int column : plan.keyColumns()) {
            Field field = plan.row().field(column);
            ValueType type = field.type();
            String value;
            if (type.isBytes()) {
                byte[] bytes = new byte[entity.bytesLength(column)];
                entity.buffer().getBytes(entity.bytesOffset(column), bytes);
                value = new String(bytes, StandardCharsets.UTF_8);
            } else {
                value = type.isFloating()
                        ? Double.toString(entity.getDouble(column))
                        : Long.toString(entity.getLong(column));
            }
            values.add(field.name() + "=" + value);
        }
        return String.join(", ", values);
    }
}
