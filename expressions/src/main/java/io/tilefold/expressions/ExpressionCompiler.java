package io.tilefold.expressions;

import static io.tilefold.expressions.ExpressionException.Code.INVALID;
import static io.tilefold.expressions.ExpressionException.Code.TYPE;

import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.BindReferences$;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** Resolves single expressions against one input: parses, analyzes, refuses, optimizes, binds. */
final class ExpressionCompiler {
    private static final String ALIAS = "value";

    private final SparkErrors.Columns input;
    private final LocalRelation relation;
    private final SqlFunctions functions;

    private ExpressionCompiler(SparkErrors.Columns input, LocalRelation relation, SqlFunctions functions) {
        this.input = input;
        this.relation = relation;
        this.functions = functions;
    }

    ExpressionCompiler(Schema input, SqlFunctions functions) {
        this(
                new SparkErrors.Columns(input),
                Catalyst.pinned(() -> LocalRelation$.MODULE$.apply(SparkTypes.toSpark(input))),
                functions);
    }

    /** Over the parameters of a function, which its body may qualify with the function's name. */
    static ExpressionCompiler ofParameters(String function, StructType parameters, SqlFunctions functions) {
        List<Attribute> attributes = Catalyst.pinned(
                () -> CollectionConverters.asJava(
                                LocalRelation$.MODULE$.apply(parameters).output())
                        .stream()
                        .map(attribute -> attribute.withQualifier(Catalyst.seq(List.of(function))))
                        .toList());
        List<String> names = List.of(parameters.fieldNames());
        return new ExpressionCompiler(
                new SparkErrors.Columns(names, "the parameters are [" + String.join(", ", names) + "]", false),
                Catalyst.pinned(() -> LocalRelation$.MODULE$.apply(Catalyst.<Attribute>seq(attributes))),
                functions);
    }

    /** The expression, evaluable on a row of the input, of whatever Spark type. */
    Expression resolve(String sql) {
        try {
            return resolve(sql, Catalyst.parse(sql));
        } catch (Exception | AssertionError | StackOverflowError e) {
            throw SparkErrors.translate(sql, input, e);
        }
    }

    /** As {@link #resolve(String)}, of what it parses to. */
    Expression resolve(String sql, Expression parsed) {
        try {
            NotARowExpression.checkParsed(sql, parsed, functions);
            LogicalPlan analyzed = Catalyst.analyze(parsed, ALIAS, relation, functions);
            NotARowExpression.checkAnalyzed(sql, analyzed);
            if (functions != SqlFunctions.NONE) {
                checkSize(sql, analyzed);
            }
            Expression resolved = bound(sql, Catalyst.optimize(Catalyst.inline(analyzed)));
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

    /** A parameter that a body names twice is there twice when its calls are in place, and so on down. */
    private static void checkSize(String sql, LogicalPlan plan) {
        double parts = 0;
        for (double size : sizes(plan).values()) {
            parts = Math.max(parts, size);
        }
        if (parts > Catalyst.PARTS_MAX) {
            throw new ExpressionException(
                    INVALID,
                    sql,
                    "it has more than " + Catalyst.PARTS_MAX
                            + " parts when the functions that it calls are in place; name parameters less often, or nest less");
        }
    }

    /** Parts that each column of a plan has in terms of the input. */
    private static Map<ExprId, Double> sizes(LogicalPlan plan) {
        if (plan.children().isEmpty()) {
            return Map.of();
        }
        Map<ExprId, Double> below = sizes(plan.children().head());
        if (!(plan instanceof Project project)) {
            return below;
        }
        Map<ExprId, Double> sizes = new HashMap<>();
        for (NamedExpression column : CollectionConverters.asJava(project.projectList())) {
            sizes.put(column.exprId(), size((Expression) column, below));
        }
        return sizes;
    }

    private static double size(Expression part, Map<ExprId, Double> below) {
        if (part instanceof AttributeReference attribute) {
            return below.getOrDefault(attribute.exprId(), 1.0);
        }
        double size = 1;
        for (Expression child : CollectionConverters.asJava(part.children())) {
            size += size(child, below);
        }
        return size;
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
