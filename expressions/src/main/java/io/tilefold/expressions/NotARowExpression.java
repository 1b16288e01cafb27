package io.tilefold.expressions;

import static io.tilefold.expressions.ExpressionException.Code.NOT_DETERMINISTIC;
import static io.tilefold.expressions.ExpressionException.Code.NOT_ONE_ROW;
import static io.tilefold.expressions.ExpressionException.Code.SYNTAX;
import static io.tilefold.expressions.ExpressionException.Code.UNKNOWN_FUNCTION;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.catalyst.analysis.Star;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.PlanExpression;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.optimizer.SpecialDatetimeValues$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.trees.TreePattern$;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What is good Spark SQL and no row expression: anything whose value is not decided by one row alone. Batch, ingest and serving see a row
 * at different times and places, so a clock or a random number would give them different values.
 */
final class NotARowExpression {
    private static final String USE_THE_ROW = "use a column of the row, such as its time";

    /** Functions that Spark declares deterministic and are not: this one draws an initialization vector. */
    private static final Set<String> RANDOM = Set.of("aes_encrypt");

    private NotARowExpression() {}

    /** Refuses what must not reach the analyzer. */
    static void checkParsed(String sql, Expression parsed, SqlFunctions functions) {
        checkShape(sql, parsed);
        checkFunctions(sql, parsed, functions);
    }

    /** Refuses what is no expression of a row whatever its functions are. */
    static void checkShape(String sql, Expression parsed) {
        if (parsed instanceof Alias alias) {
            throw new ExpressionException(
                    SYNTAX, sql, "its end reads as AS " + alias.name() + ", but a name stands beside its expression");
        }
        checkParts(sql, parsed);
    }

    private static void checkParts(String sql, Expression part) {
        if (part instanceof Star) {
            throw new ExpressionException(NOT_ONE_ROW, sql, "a star is no row expression; name the columns");
        }
        if (part instanceof PlanExpression) {
            throw new ExpressionException(NOT_ONE_ROW, sql, "a subquery is no row expression; use a StagingQuery");
        }
        for (Expression child : CollectionConverters.asJava(part.children())) {
            checkParts(sql, child);
        }
    }

    private static void checkFunctions(String sql, Expression part, SqlFunctions functions) {
        if (part instanceof UnresolvedFunction function) {
            checkFunction(sql, CollectionConverters.asJava(function.nameParts()), functions);
        }
        for (Expression child : CollectionConverters.asJava(part.children())) {
            checkFunctions(sql, child, functions);
        }
    }

    private static void checkFunction(String sql, List<String> nameParts, SqlFunctions functions) {
        String name = String.join(".", nameParts);
        if (nameParts.size() != 1 || !functions.has(name)) {
            throw new ExpressionException(
                    UNKNOWN_FUNCTION, sql, "unknown function " + name + NearestName.hint(name, functions.allNames()));
        }
        if (functions.declares(name)) {
            return;
        }
        if (Catalyst.isGenerator(name)) {
            throw new ExpressionException(NOT_ONE_ROW, sql, name + " makes several rows of one; use a StagingQuery");
        }
        if (RANDOM.contains(name.toLowerCase(Locale.ROOT))) {
            throw new ExpressionException(NOT_DETERMINISTIC, sql, name + " draws a random number; " + USE_THE_ROW);
        }
    }

    /** Refuses what only the analyzer knows: which functions are aggregates or not deterministic. */
    static void checkAnalyzed(String sql, LogicalPlan analyzed) {
        for (LogicalPlan node = analyzed; ; node = node.children().head()) {
            for (Expression expression : CollectionConverters.asJava(node.expressions())) {
                checkAnalyzedParts(sql, expression);
            }
            if (node.children().isEmpty()) {
                break;
            }
        }
        if (!SpecialDatetimeValues$.MODULE$.apply(analyzed).fastEquals(analyzed)) {
            throw new ExpressionException(
                    NOT_DETERMINISTIC,
                    sql,
                    "special dates ('now', 'today', 'epoch') are not taken; write the date out, or " + USE_THE_ROW);
        }
    }

    private static void checkAnalyzedParts(String sql, Expression part) {
        if (part instanceof WindowExpression) {
            throw new ExpressionException(
                    NOT_ONE_ROW, sql, "a window function is no row expression; say it as an aggregation with a window");
        }
        if (part instanceof AggregateExpression aggregate) {
            throw new ExpressionException(
                    NOT_ONE_ROW,
                    sql,
                    aggregate.aggregateFunction().prettyName()
                            + " is an aggregate function; say it as an aggregation of the GroupBy");
        }
        for (Expression child : CollectionConverters.asJava(part.children())) {
            checkAnalyzedParts(sql, child);
        }
        // After the children, so that the innermost culprit is named.
        if (!part.deterministic() || isCurrentLike(part)) {
            throw new ExpressionException(
                    NOT_DETERMINISTIC, sql, part.prettyName() + " does not depend on the row alone; " + USE_THE_ROW);
        }
    }

    private static boolean isCurrentLike(Expression part) {
        return part.containsPattern(TreePattern$.MODULE$.CURRENT_LIKE());
    }
}
