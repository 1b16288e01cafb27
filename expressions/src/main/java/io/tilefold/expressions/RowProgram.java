package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.StructType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Predicate;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.jspecify.annotations.Nullable;

/**
 * The {@code wheres} and {@code selects} of a query, compiled once by Catalyst to JVM code and run row by row:
 *
 * <pre>{@code
 * RowProgram program = RowProgram.compile(input, selects, wheres);
 * InputRow row = program.newInputRow();
 * row.clear().setLong(0, 42).setString(1, "JFK");
 * if (program.evaluate(row, writer)) { ... writer.finish() ... }
 * }</pre>
 *
 * <p>A row passes if every condition is true; null is not true. Only a row that passes has its selects evaluated.
 *
 * <p><b>Threads.</b> A program, its input rows and its outputs belong to one thread at a time; the handover must be a happens-before edge.
 * Compiling is safe on any thread and serialised inside, costs 10–100 ms once Catalyst is warm and about two seconds before: never do it
 * on an event loop. <b>Limits.</b> Expressions beyond what the JVM takes as a method are split, and beyond that interpreted (Spark logs
 * it): same values, 10 times slower. One row's outputs are at most 2 GiB.
 */
public final class RowProgram {
    private final Schema inputs;
    private final List<Step> conditions;
    private final List<Step> selects;
    private final @Nullable BasePredicate predicate;
    private final UnsafeProjection projection;
    private final OutputRow outputs;
    private @Nullable Thread pinnedThread;

    /** One expression of the program as the user wrote it and as it is evaluated. */
    private record Step(String label, String sql, Expression expression) {}

    private RowProgram(Schema inputs, List<Step> conditions, List<Step> selects, Schema outputs) {
        this.inputs = inputs;
        this.conditions = conditions;
        this.selects = selects;
        this.outputs = new OutputRow(outputs);
        this.predicate = conditions.stream()
                .map(Step::expression)
                .reduce(And::new)
                .map(condition -> Catalyst.pinned(() -> Predicate.create(condition)))
                .orElse(null);
        this.projection = Catalyst.pinned(() -> UnsafeProjection.create(
                Catalyst.<Expression>seq(selects.stream().map(Step::expression).toList())));
    }

    /**
     * Compiles; output columns have the types the expressions have.
     *
     * @throws ExpressionException naming the first expression that does not compile
     */
    public static RowProgram compile(Schema input, List<SelectExpression> selects, List<String> wheres) {
        return compile(input, selects, wheres, Optional.empty());
    }

    /**
     * Compiles to given output columns, named as the selects and in their order. A narrower integer and a float widen to the target's
     * type; any other difference is refused.
     *
     * @throws ExpressionException naming the first expression that does not compile or is of another type
     * @throws IllegalArgumentException if the target's columns are not the selects'
     */
    public static RowProgram compile(
            Schema input, List<SelectExpression> selects, List<String> wheres, Schema target) {
        List<String> names = selects.stream().map(SelectExpression::name).toList();
        if (!names.equals(target.names())) {
            throw new IllegalArgumentException("selects " + names + " are not the target's columns " + target);
        }
        return compile(input, selects, wheres, Optional.of(target));
    }

    private static RowProgram compile(
            Schema input, List<SelectExpression> selects, List<String> wheres, Optional<Schema> target) {
        ExpressionCompiler compiler = new ExpressionCompiler(input);
        List<Step> conditions = new ArrayList<>();
        for (String where : wheres) {
            conditions.add(new Step("where", where, compiler.resolveCondition(where)));
        }
        List<Step> steps = new ArrayList<>();
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < selects.size(); i++) {
            String sql = selects.get(i).sql();
            Expression expression = target.isPresent()
                    ? compiler.resolveAs(sql, target.get().field(i).type())
                    : compiler.resolve(sql);
            Field field = new Field(selects.get(i).name(), ExpressionCompiler.typeOf(sql, expression));
            checkCarried(sql, field.type());
            fields.add(field);
            steps.add(new Step("select " + field.name(), sql, expression));
        }
        return new RowProgram(input, List.copyOf(conditions), List.copyOf(steps), new Schema(fields));
    }

    private static void checkCarried(String sql, ValueType type) {
        if (type instanceof StructType) {
            throw new ExpressionException(
                    ExpressionException.Code.TYPE, sql, "its type " + type + " holds a struct; select the struct's fields");
        } else if (type instanceof ListType list) {
            checkCarried(sql, list.element());
        } else if (type instanceof MapType map) {
            checkCarried(sql, map.value());
        }
    }

    public Schema inputSchema() {
        return inputs;
    }

    /** Columns of the outputs, in the order of the selects. */
    public Schema outputSchema() {
        return outputs.schema();
    }

    /** A row to fill for {@link #evaluate}, all null. A program can have several. */
    public InputRow newInputRow() {
        return new InputRow(inputs);
    }

    /**
     * Runs the program on a row.
     *
     * @return true if the row passes the conditions; only then {@link #outputs()} are this row's
     * @throws RowEvaluationException if an expression throws; the program stays usable
     */
    public boolean evaluate(InputRow input) {
        if (pinnedThread != Thread.currentThread()) {
            Catalyst.pinThread();
            pinnedThread = Thread.currentThread();
        }
        try {
            if (predicate != null && !predicate.eval(input.spark())) {
                return false;
            }
        } catch (Exception | LinkageError e) {
            throw failure(conditions, input, e);
        }
        try {
            outputs.wrap(projection.apply(input.spark()));
            return true;
        } catch (Exception | LinkageError e) {
            throw failure(selects, input, e);
        }
    }

    /** {@link #evaluate(InputRow)}, then {@link OutputRow#writeTo(FlatRowWriter)}; the writer is not touched if the row does not pass. */
    public boolean evaluate(InputRow input, FlatRowWriter output) {
        if (!evaluate(input)) {
            return false;
        }
        outputs.writeTo(output);
        return true;
    }

    /** Outputs of the row that passed last. */
    public OutputRow outputs() {
        return outputs;
    }

    // The compiled code runs all expressions as one, so who threw is found by interpreting them one by one.
    private static RowEvaluationException failure(List<Step> steps, InputRow input, Throwable cause) {
        for (Step step : steps) {
            try {
                Object unused = step.expression.eval(input.spark());
            } catch (Exception | LinkageError e) {
                return new RowEvaluationException(step.label, step.sql, cause);
            }
        }
        Step first = steps.get(0);
        return new RowEvaluationException("one of " + steps.size() + " expressions from " + first.label, first.sql, cause);
    }
}
