package io.tilefold.expressions;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
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
 * Compiling is safe on any thread and serialised inside, costs tens of milliseconds once Catalyst is warm and about two seconds before: never do it
 * on an event loop. <b>Limits.</b> Expressions beyond what the JVM takes as a method are split, and beyond that interpreted (Spark logs
 * it): same values, slower.
 */
public final class RowProgram {
    private final Schema inputs;
    private final List<Step> conditions;
    private final List<Step> selects;
    private final OutputRow outputs;
    private Code code;
    private @Nullable UnsafeProjection encoder;
    private @Nullable Thread pinnedThread;

    /** One expression of the program as the user wrote it and as resolved. */
    private record Step(String label, String sql, Expression expression) {
        /** A copy to evaluate: some expressions hold buffers, which their code shares. */
        Expression fresh() {
            return expression.clone();
        }
    }

    /** What Catalyst makes of the steps; has state, which an exception may leave broken. */
    private record Code(@Nullable BasePredicate predicate, UnsafeProjection projection) {
        static Code generate(List<Step> conditions, List<Step> selects) {
            return Catalyst.pinned(() -> new Code(
                    fresh(conditions).stream()
                            .reduce(And::new)
                            .map(Predicate::create)
                            .orElse(null),
                    UnsafeProjection.create(Catalyst.<Expression>seq(fresh(selects)))));
        }

        boolean passes(InternalRow row) {
            return predicate == null || predicate.eval(row);
        }

        private static List<Expression> fresh(List<Step> steps) {
            return steps.stream().map(Step::fresh).toList();
        }
    }

    private RowProgram(Schema inputs, List<Step> conditions, List<Step> selects, Schema outputs) {
        this.inputs = inputs;
        this.conditions = conditions;
        this.selects = selects;
        this.outputs = new OutputRow(outputs);
        this.code = Code.generate(conditions, selects);
    }

    /**
     * Compiles; output columns have the types the expressions have.
     *
     * @throws ExpressionException naming the first expression that does not compile
     */
    public static RowProgram compile(Schema input, List<SelectExpression> selects, List<String> wheres) {
        return compile(input, SqlFunctions.NONE, selects, wheres, Optional.empty());
    }

    /**
     * Compiles to given output columns, named as the selects and in their order. A narrower integer and a float widen to the target's
     * type; any other difference is refused.
     *
     * @throws ExpressionException naming the first expression that does not compile or is of another type
     * @throws IllegalArgumentException if the target's columns are not the selects'
     */
    public static RowProgram compile(Schema input, List<SelectExpression> selects, List<String> wheres, Schema target) {
        return compile(input, SqlFunctions.NONE, selects, wheres, target);
    }

    /** As {@link #compile(Schema, List, List, Schema)}, of expressions that may call these functions too. */
    public static RowProgram compile(
            Schema input, SqlFunctions functions, List<SelectExpression> selects, List<String> wheres, Schema target) {
        List<String> names = selects.stream().map(SelectExpression::name).toList();
        if (!names.equals(target.names())) {
            throw new IllegalArgumentException("selects " + names + " are not the target's columns " + target);
        }
        return compile(input, functions, selects, wheres, Optional.of(target));
    }

    /** A program of the same expressions, for another thread: about a millisecond, nothing is analyzed anew. Any thread may ask. */
    public RowProgram copy() {
        return new RowProgram(inputs, conditions, selects, outputs.schema());
    }

    private static RowProgram compile(
            Schema input,
            SqlFunctions functions,
            List<SelectExpression> selects,
            List<String> wheres,
            Optional<Schema> target) {
        ExpressionCompiler compiler = new ExpressionCompiler(input, functions);
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
            fields.add(field);
            steps.add(new Step("select " + field.name(), sql, expression));
        }
        return new RowProgram(input, List.copyOf(conditions), List.copyOf(steps), new Schema(fields));
    }

    public Schema inputSchema() {
        return inputs;
    }

    /** Columns of the outputs, in the order of the selects. */
    public Schema outputSchema() {
        return outputs.schema();
    }

    /** A row to fill, all null. Programs over equal inputs can evaluate each other's rows: decode once, run all. */
    public InputRow newInputRow() {
        return new InputRow(inputs);
    }

    /**
     * Runs the program on a row.
     *
     * @param input a row of this program or of one with equal inputs
     * @return true if the row passes the conditions; only then {@link #outputs()} are this row's
     * @throws RowEvaluationException if an expression throws; the program stays usable, its code is made anew (about a millisecond)
     */
    public boolean evaluate(InputRow input) {
        if (pinnedThread != Thread.currentThread()) {
            Catalyst.pinThread();
            pinnedThread = Thread.currentThread();
        }
        if (!input.schema().equals(inputs)) {
            throw new IllegalArgumentException("a row of " + input.schema() + " for a program over " + inputs);
        }
        List<Step> running = conditions;
        try {
            if (!code.passes(input.spark())) {
                return false;
            }
            running = selects;
            outputs.wrap(code.projection.apply(input.spark()));
            return true;
        } catch (Exception | AssertionError | LinkageError | StackOverflowError e) {
            code = Code.generate(conditions, selects);
            throw failure(running, input, e);
        }
    }

    /**
     * As {@link #evaluate(InputRow)} for a program without conditions, by interpreting copies of the expressions: some microseconds, and
     * nothing is left behind that an exception may break. For rows of which many throw.
     *
     * @throws RowEvaluationException if an expression throws
     */
    public void interpret(InputRow input) {
        if (!conditions.isEmpty()) {
            throw new IllegalStateException("a program with conditions is not interpreted");
        }
        Object[] values = new Object[selects.size()];
        Catalyst.pinned(() -> {
            for (int i = 0; i < values.length; i++) {
                Step step = selects.get(i);
                try {
                    values[i] = step.fresh().eval(input.spark());
                } catch (Exception | AssertionError | LinkageError | StackOverflowError e) {
                    throw new RowEvaluationException(step.label, step.sql, e);
                }
            }
            return values;
        });
        outputs.wrap(encoder().apply(new GenericInternalRow(values)));
    }

    private UnsafeProjection encoder() {
        if (encoder == null) {
            encoder = Catalyst.pinned(() -> UnsafeProjection.create(SparkTypes.toSpark(outputs.schema())));
        }
        return encoder;
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

    // The generated code runs all expressions as one, so who threw is found by interpreting them one by one.
    private static RowEvaluationException failure(List<Step> steps, InputRow input, Throwable cause) {
        for (Step step : steps) {
            try {
                Object unused = step.fresh().eval(input.spark());
            } catch (Exception | AssertionError | LinkageError | StackOverflowError e) {
                return new RowEvaluationException(step.label, step.sql, cause);
            }
        }
        Step first = steps.get(0);
        return new RowEvaluationException(
                "one of " + steps.size() + " expressions from " + first.label, first.sql, cause);
    }
}
