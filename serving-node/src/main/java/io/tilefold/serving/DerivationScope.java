package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.serving.DerivedColumn.Input;
import io.tilefold.serving.DerivedColumn.OfCell;
import io.tilefold.serving.DerivedColumn.OfKey;
import io.tilefold.serving.DerivedColumn.OfRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The columns that a list of derivations may read: outputs, then keys, ts and ds where no output has the name. */
final class DerivationScope {
    private final Map<String, Column> columns = new LinkedHashMap<>();

    private record Column(Field field, Input input, List<Integer> reads) {}

    void output(String name, TargetOutput output) {
        add(new Field(name, output.field().type()), new OfCell(output.cell()), output.reads());
    }

    /** @param index in the target */
    void key(Field key, int index) {
        add(key, new OfKey(index), List.of());
    }

    void row() {
        add(new Field("ts", Scalar.LONG), OfRow.TS, List.of());
        add(new Field("ds", Scalar.STRING), OfRow.DS, List.of());
    }

    private void add(Field field, Input input, List<Integer> reads) {
        columns.putIfAbsent(field.name(), new Column(field, input, reads));
    }

    /**
     * Compiles one derivation over the columns that it names.
     *
     * @throws io.tilefold.expressions.ExpressionException saying what is wrong with it
     */
    DerivedColumn compile(String name, String expression, ExpressionCache.Expressions expressions) {
        List<Column> scope = List.copyOf(columns.values());
        ExpressionCache.Compiled compiled =
                expressions.of(new Schema(scope.stream().map(Column::field).toList()), expression);
        List<Input> inputs = new ArrayList<>();
        Set<Integer> reads = new TreeSet<>();
        for (int column : compiled.columns()) {
            inputs.add(scope.get(column).input);
            reads.addAll(scope.get(column).reads);
        }
        Field field = new Field(name, compiled.program().outputSchema().field(0).type());
        return new DerivedColumn(field, expression, List.copyOf(reads), inputs, compiled.program());
    }
}
