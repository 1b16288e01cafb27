package io.tilefold.serving;

import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.expressions.ExpressionException;
import io.tilefold.expressions.ExpressionTyper;
import io.tilefold.expressions.RowProgram;
import io.tilefold.expressions.SelectExpression;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Compiled derivations of the present catalog, kept for the next: Catalyst takes some ten milliseconds for each, and about two seconds to be
 * loaded, which happens at the first. Thread safe.
 */
final class ExpressionCache {
    private final Map<Question, Result> known = new HashMap<>();
    private final Set<Question> asked = new HashSet<>();

    private record Question(Schema scope, String expression) {}

    /** What came of compiling: one of both. */
    private record Result(
            @Nullable Compiled compiled, @Nullable ExpressionException problem) {
        Compiled get() {
            if (compiled == null) {
                throw Objects.requireNonNull(problem);
            }
            return compiled;
        }
    }

    /**
     * An expression compiled over those of the columns that it names.
     *
     * @param columns their indexes in the scope, in step with the program's inputs
     */
    record Compiled(List<Integer> columns, RowProgram program) {}

    /** An expression is not compiled yet, and whoever asked does not wait for it. */
    static final class NotCompiledException extends RuntimeException {
        private static final long serialVersionUID = 1;

        NotCompiledException(String expression) {
            super("not compiled yet: " + expression, null, false, false);
        }
    }

    /** Where derivations get their programs from. */
    interface Expressions {
        /**
         * @param scope every column that the expression may name
         * @throws io.tilefold.expressions.ExpressionException saying what is wrong with it
         */
        Compiled of(Schema scope, String expression);
    }

    /** Compiles what is not known. */
    synchronized Compiled compiled(Schema scope, String expression) {
        Question question = new Question(scope, expression);
        asked.add(question);
        Result result = known.get(question);
        if (result == null) {
            result = compile(scope, expression);
            known.put(question, result);
        }
        return result.get();
    }

    /** @throws NotCompiledException for what is not known */
    synchronized Compiled known(Schema scope, String expression) {
        Question question = new Question(scope, expression);
        asked.add(question);
        Result result = known.get(question);
        if (result == null) {
            throw new NotCompiledException(expression);
        }
        return result.get();
    }

    /** A catalog has been compiled: what was not asked for since the last one goes. */
    synchronized void keepAsked() {
        known.keySet().retainAll(asked);
        asked.clear();
    }

    private static Result compile(Schema scope, String expression) {
        try {
            Set<String> named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
            named.addAll(ExpressionTyper.referencedColumns(expression));
            List<Integer> columns = IntStream.range(0, scope.size())
                    .filter(column -> named.contains(scope.field(column).name()))
                    .boxed()
                    .toList();
            Schema inputs = new Schema(columns.stream().map(scope::field).toList());
            SelectExpression select = new SelectExpression("value", expression);
            return new Result(new Compiled(columns, RowProgram.compile(inputs, List.of(select), List.of())), null);
        } catch (ExpressionException problem) {
            return new Result(null, problemIn(scope, expression, problem));
        }
    }

    /** What is wrong as it is told over the whole scope, which names the columns there are. */
    private static ExpressionException problemIn(Schema scope, String expression, ExpressionException problem) {
        try {
            ValueType unused = new ExpressionTyper(scope).typeOf(expression);
            return problem;
        } catch (ExpressionException better) {
            return better;
        }
    }
}
