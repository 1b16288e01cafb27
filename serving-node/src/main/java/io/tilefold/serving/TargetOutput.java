package io.tilefold.serving;

import io.tilefold.core.value.Field;
import java.util.List;

/**
 * One output of a target, named as in its answers. Immutable.
 *
 * @param part index of the part whose output it is; -1: the target's own
 * @param reads indexes of the parts that its values come from
 * @param expression Spark SQL, or the name of the output that it renames; empty where it is neither
 * @param nameField its name as a field of its column
 */
record TargetOutput(Field field, Cell cell, int part, List<Integer> reads, String expression, byte[] nameField) {
    /** For {@link #part}. */
    static final int OF_NO_PART = -1;

    TargetOutput {
        reads = List.copyOf(reads);
    }

    static TargetOutput of(Field field, Cell cell, int part, List<Integer> reads, String expression) {
        return new TargetOutput(field, cell, part, reads, expression, Columns.nameField(field.name()));
    }

    String name() {
        return field.name();
    }

    TargetOutput renamed(String name, int ofPart, String renamedOutput) {
        return of(new Field(name, field.type()), cell, ofPart, reads, renamedOutput);
    }
}
