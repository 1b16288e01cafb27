package io.tilefold.expressions;

import static io.tilefold.expressions.ExpressionException.Code.INVALID;
import static io.tilefold.expressions.ExpressionException.Code.TYPE;

import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.BindReferences$;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Resolves single expressions against one input: parses, analyzes, refuses, optimizes, binds. */
final class ExpressionCompiler {
    private static final String ALIAS = "value";

    private final Schema input;
    private final LocalRelation relation;

    ExpressionCompiler(Schema input) {
        this.input = input;
        this.relation = Catalyst.pinned(() -> LocalRelation$.MODULE$.apply(SparkTypes.toSpark(input)));
    }

    /** The expression, evaluable on a row of the input, of whatever Spark type. */
    Expression resolve(String sql) {
        try {
            Expression parsed = Catalyst.parse(sql);
            NotARowExpression.checkParsed(sql, parsed);
            LogicalPlan analyzed = Catalyst.analyze(parsed, ALIAS, relation);
            NotARowExpression.checkAnalyzed(sql, analyzed);
            Expression resolved = bound(sql, Catalyst.optimize(analyzed));
            checkEvaluable(sql, resolved);
            return resolved;
        } catch (Exception | AssertionError | StackOverflowError e) {
            throw SparkErrors.translate(sql, input, e);
        }
    }

    /** The expression's type as Tilefold's. */
    static ValueType typeOf(String sql, Expression resolved) {
        DataType type = resolved.dataType();
        Optional<ValueType> ours = SparkTypes.fromSpark(type);
        return ours.orElseThrow(() -> new ExpressionException(
                TYPE,
                sql,
                "its type " + type.simpleString() + " is not one of Tilefold's; " + SparkTypes.castFor(type, sql)));
    }

    /** The expression as exactly this type: a narrower integer and a float widen, anything else is refused. */
    Expression resolveAs(String sql, ValueType target) {
        Expression resolved = resolve(sql);
        ValueType type = typeOf(sql, resolved);
        if (type.equals(target)) {
            return resolved;
        }
        if (!widens(type, target)) {
            throw new ExpressionException(
                    TYPE,
                    sql,
                    "its type is " + type + " where " + target + " is expected; cast it: CAST(" + sql + " AS "
                            + SparkTypes.toSpark(target).sql() + ")");
        }
        return new Cast(resolved, SparkTypes.toSpark(target), Option.empty(), EvalMode.LEGACY());
    }

    Expression resolveCondition(String sql) {
        Expression resolved = resolve(sql);
        if (!resolved.dataType().equals(DataTypes.BooleanType)) {
            throw new ExpressionException(
                    TYPE,
                    sql,
                    "a condition is boolean, this is " + resolved.dataType().simpleString());
        }
        return resolved;
    }

    private static boolean widens(ValueType from, ValueType to) {
        if (from.isInteger() && to.isInteger()) {
            return ((ValueType.Scalar) from).compareTo((ValueType.Scalar) to) < 0;
        }
        return from == ValueType.Scalar.FLOAT && to == ValueType.Scalar.DOUBLE;
    }

    private static Expression bound(String sql, LogicalPlan plan) {
        if (plan instanceof Project project
                && project.child() instanceof LocalRelation
                && project.projectList().head() instanceof Alias alias) {
            return BindReferences$.MODULE$.bindReference(alias.child(), project.allAttributes(), false);
        }
        throw new ExpressionException(INVALID, sql, "Spark does not evaluate it row by row");
    }

    private static void checkEvaluable(String sql, Expression part) {
        if (part instanceof Unevaluable) {
            throw new ExpressionException(
                    INVALID,
                    sql,
                    part.prettyName() + " has no value of its own; Spark evaluates it only in a whole query");
        }
        for (Expression child : CollectionConverters.asJava(part.children())) {
            checkEvaluable(sql, child);
        }
    }
}
