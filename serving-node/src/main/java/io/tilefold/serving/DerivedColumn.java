package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.expressions.RowProgram;
import java.util.List;

/**
 * An output that Spark SQL computes from others. Immutable; threads evaluate copies of the program.
 *
 * @param reads indexes of the parts that it reads
 * @param inputs in step with the program's input columns
 */
record DerivedColumn(Field field, String expression, List<Integer> reads, List<Input> inputs, RowProgram program) {
    DerivedColumn {
        reads = List.copyOf(reads);
        inputs = List.copyOf(inputs);
    }

    /** What an expression reads. */
    sealed interface Input permits OfCell, OfKey, OfRow {}

    /** An output. */
    record OfCell(Cell cell) implements Input {}

    /** A key of the request, by its index in the target. */
    record OfKey(int key) implements Input {}

    /** The row's own. */
    enum OfRow implements Input {
        /** q, epoch milliseconds. */
        TS,
        /** Its day, {@code yyyy-MM-dd}. */
        DS
    }
}
