package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Query;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.InputRow;
import io.tilefold.expressions.OutputRow;
import io.tilefold.expressions.RowEvaluationException;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import io.tilefold.expressions.SqlFunctions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Events of a join's left as its rows: what batch does with the rows of the left's table. Compiled once; belongs to one thread at a time. */
final class ParentLeft {
    private static final String TIME = "ts";

    private final Schema columns;
    private final JsonRowDecoder decoder;
    private final RowProgram selects;
    private final RowProgram time;
    private final InputRow input;

    /** @throws RuntimeException naming what this node cannot execute */
    ParentLeft(CompiledJoin join) {
        Query query = join.definition().left().query();
        String timeColumn = query.timeColumn()
                .orElseThrow(
                        () -> new IllegalArgumentException("its left has no timeColumn: compile the catalog anew"));
        this.columns = join.left();
        this.decoder = new JsonRowDecoder(join.leftSource());
        SqlFunctions functions = SqlFunctions.of(query.setups());
        this.selects = RowProgram.compile(
                join.leftSource(),
                functions,
                columns.names().stream()
                        .map(name -> new SelectExpression(name, SourceProgram.expression(query, name)))
                        .toList(),
                query.wheres(),
                columns);
        this.time = RowProgram.compile(
                join.leftSource(),
                functions,
                List.of(new SelectExpression(TIME, timeColumn)),
                List.of(),
                Schema.of(new Field(TIME, Scalar.LONG)));
        this.input = selects.newInputRow();
    }

    /**
     * The left row that an event is; empty if the wheres drop it.
     *
     * @throws UndecodableException if it is not what the left's schema says, or an expression throws
     */
    Optional<ParentRow> read(byte @Nullable [] value) throws UndecodableException {
        decoder.decode(value, input);
        try {
            if (!selects.evaluate(input)) {
                return Optional.empty();
            }
            Map<String, @Nullable Object> left = values(selects.outputs());
            boolean hasTime = time.evaluate(input) && !time.outputs().isNull(0);
            return Optional.of(new ParentRow(left, hasTime ? time.outputs().getLong(0) : null));
        } catch (RowEvaluationException e) {
            throw new UndecodableException(String.valueOf(e.getMessage()));
        }
    }

    private Map<String, @Nullable Object> values(OutputRow row) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            Field column = columns.field(i);
            ObjectSink sink = new ObjectSink().next(column.type());
            row.writeVerbatimTo(i, sink);
            Object value = sink.values().get(0);
            boolean isFloat = column.type() == Scalar.FLOAT && value instanceof Double;
            values.put(column.name(), isFloat ? (Object) ((Double) value).floatValue() : value);
        }
        return values;
    }
}
