package io.tilefold.expressions;

import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.UnresolvedNamedLambdaVariable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Says what type an expression has over an input, as Spark's analyzer does; evaluates nothing. Names are case-insensitive. Safe for use
 * by several threads; a question costs some milliseconds, the first one in a JVM two seconds.
 */
public final class ExpressionTyper {
    private final ExpressionCompiler compiler;

    /** A typer over these columns, of expressions that call Spark's own functions. */
    public ExpressionTyper(Schema input) {
        this(input, SqlFunctions.NONE);
    }

    /** A typer over these columns, of expressions that may call these functions too. */
    public ExpressionTyper(Schema input, SqlFunctions functions) {
        compiler = new ExpressionCompiler(input, functions);
    }

    /**
     * Type of a select expression.
     *
     * @throws ExpressionException if it is no row expression over the input, or its type is not one of Tilefold's
     */
    public ValueType typeOf(String expression) {
        return ExpressionCompiler.typeOf(expression, compiler.resolve(expression));
    }

    /**
     * Checks a where condition.
     *
     * @throws ExpressionException if it is no row expression over the input, or not boolean
     */
    public void checkCondition(String condition) {
        compiler.resolveCondition(condition);
    }

    /**
     * Names of the columns an expression reads, as written and in order of appearance; of {@code a.b} only {@code a}, which may be a struct
     * or a table's name. Knows no input and no functions, so names differing in case only are distinct, and a bare {@code current_date} counts as a column.
     *
     * @throws ExpressionException if the text is no expression, or holds a star or a subquery
     */
    public static Set<String> referencedColumns(String expression) {
        Set<String> columns = new LinkedHashSet<>();
        try {
            Expression parsed = Catalyst.parse(expression);
            NotARowExpression.checkShape(expression, parsed);
            collect(parsed, new ArrayDeque<>(), columns);
        } catch (Exception | AssertionError | StackOverflowError e) {
            throw SparkErrors.translate(expression, e);
        }
        return columns;
    }

    // The parser turns every name inside a lambda into a lambda variable; those no enclosing lambda declares are
    // columns.
    private static void collect(Expression part, Deque<Set<String>> lambdas, Set<String> columns) {
        if (part instanceof UnresolvedAttribute attribute) {
            columns.add(attribute.nameParts().head());
        } else if (part instanceof UnresolvedNamedLambdaVariable variable) {
            String name = variable.nameParts().head();
            if (lambdas.stream().noneMatch(declared -> declared.contains(name.toLowerCase(Locale.ROOT)))) {
                columns.add(name);
            }
        } else if (part instanceof LambdaFunction lambda) {
            lambdas.push(names(lambda.arguments()));
            collect(lambda.function(), lambdas, columns);
            lambdas.pop();
        } else {
            for (Expression child : CollectionConverters.asJava(part.children())) {
                collect(child, lambdas, columns);
            }
        }
    }

    private static Set<String> names(Seq<NamedExpression> arguments) {
        Set<String> names = new LinkedHashSet<>();
        for (NamedExpression argument : CollectionConverters.asJava(arguments)) {
            names.add(argument.name().toLowerCase(Locale.ROOT));
        }
        return names;
    }
}
