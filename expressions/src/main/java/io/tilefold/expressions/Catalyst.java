package io.tilefold.expressions;

import io.tilefold.core.definition.SqlConfiguration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.analysis.TableFunctionRegistry$;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.optimizer.BooleanSimplification$;
import org.apache.spark.sql.catalyst.optimizer.ConstantFolding$;
import org.apache.spark.sql.catalyst.optimizer.LikeSimplification$;
import org.apache.spark.sql.catalyst.optimizer.NullPropagation$;
import org.apache.spark.sql.catalyst.optimizer.OptimizeIn$;
import org.apache.spark.sql.catalyst.optimizer.ReplaceExpressions$;
import org.apache.spark.sql.catalyst.optimizer.ReplaceUpdateFieldsExpression$;
import org.apache.spark.sql.catalyst.optimizer.RewriteWithExpression$;
import org.apache.spark.sql.catalyst.optimizer.SimplifyCasts$;
import org.apache.spark.sql.catalyst.optimizer.SimplifyConditionals$;
import org.apache.spark.sql.catalyst.optimizer.SimplifyExtractValueOps$;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.SQLConf$;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark's parser, analyzer and the part of its optimizer that concerns single expressions, without a session, under
 * {@link SqlConfiguration}. Loading it costs about a second. Compiling is serialised; what comes out is not shared.
 *
 * <p>The analyzer is the one a session has, with the built-in functions and an empty catalog. Of the optimizer's rules it takes those
 * without which an expression does not evaluate (replacements of functions that are defined by others) and those that fold what is
 * constant, in the order Spark has them, to a fixed point.
 */
final class Catalyst {
    private static final int OPTIMIZER_ROUNDS_MAX = 20;
    private static final SQLConf CONFIGURATION = pin(new SQLConf());
    private static final FunctionRegistry FUNCTIONS = FunctionRegistry$.MODULE$.builtin();
    private static final CatalystSqlParser PARSER = new CatalystSqlParser();
    private static final Analyzer ANALYZER = pinned(Catalyst::newAnalyzer);
    private static final List<Rule<LogicalPlan>> REPLACEMENTS = List.of(
            ReplaceExpressions$.MODULE$, RewriteWithExpression$.MODULE$, ReplaceUpdateFieldsExpression$.MODULE$);
    private static final List<Rule<LogicalPlan>> SIMPLIFICATIONS = List.of(
            NullPropagation$.MODULE$,
            OptimizeIn$.MODULE$,
            ConstantFolding$.MODULE$,
            LikeSimplification$.MODULE$,
            BooleanSimplification$.MODULE$,
            SimplifyConditionals$.MODULE$,
            SimplifyCasts$.MODULE$,
            SimplifyExtractValueOps$.MODULE$);

    private Catalyst() {}

    /** Parses; throws whatever Spark throws. */
    static Expression parse(String sql) {
        return pinned(() -> PARSER.parseExpression(sql));
    }

    /** True if the name, in any case, is a built-in function of one or several rows. */
    static boolean hasFunction(String name) {
        return FUNCTIONS.functionExists(new FunctionIdentifier(name));
    }

    /** True if the function, which there is, gives several rows for one. */
    static boolean isGenerator(String name) {
        return FUNCTIONS
                .lookupFunction(new FunctionIdentifier(name))
                .get()
                .getGroup()
                .equals("generator_funcs");
    }

    static List<String> functionNames() {
        return CollectionConverters.asJava(FUNCTIONS.listFunction()).stream()
                .map(FunctionIdentifier::funcName)
                .sorted()
                .toList();
    }

    /** {@code SELECT expression AS name FROM input}, resolved and type-coerced; throws whatever Spark throws. */
    static synchronized LogicalPlan analyze(Expression parsed, String name, LogicalPlan input) {
        return pinned(() -> {
            Alias alias = new Alias(
                    parsed, name, NamedExpression$.MODULE$.newExprId(), seq(List.of()), Option.empty(), seq(List.of()));
            return ANALYZER.executeAndCheck(
                    new Project(seq(List.of(alias)), input), new QueryPlanningTracker(Option.empty()));
        });
    }

    /** Makes an analyzed plan's expressions evaluable. */
    static synchronized LogicalPlan optimize(LogicalPlan analyzed) {
        return pinned(() -> {
            LogicalPlan plan = analyzed;
            for (Rule<LogicalPlan> rule : REPLACEMENTS) {
                plan = rule.apply(plan);
            }
            for (int round = 0; round < OPTIMIZER_ROUNDS_MAX; round++) {
                LogicalPlan before = plan;
                for (Rule<LogicalPlan> rule : SIMPLIFICATIONS) {
                    plan = rule.apply(plan);
                }
                if (plan.fastEquals(before)) {
                    break;
                }
            }
            return plan;
        });
    }

    /** Runs Spark code that reads its configuration from the thread. */
    static <T> T pinned(Supplier<T> work) {
        return SQLConf$.MODULE$.withExistingConf(CONFIGURATION, work::get);
    }

    /**
     * Makes the configuration the calling thread's default, for evaluation: some functions look at it per row, and entering
     * {@link #pinned} for each row would cost as much as a short program. In a JVM that also has a SparkSession the session's
     * configuration wins.
     */
    static void pinThread() {
        pin(SQLConf$.MODULE$.getFallbackConf());
    }

    static <T> Seq<T> seq(List<? extends T> list) {
        return CollectionConverters.<T>asScala(List.<T>copyOf(list)).toList();
    }

    private static SQLConf pin(SQLConf configuration) {
        for (Map.Entry<String, String> setting : SqlConfiguration.settings().entrySet()) {
            configuration.setConfString(setting.getKey(), setting.getValue());
        }
        return configuration;
    }

    private static Analyzer newAnalyzer() {
        Configuration hadoop = new Configuration(false);
        SessionCatalog catalog = new SessionCatalog(
                new InMemoryCatalog(new SparkConf(false), hadoop),
                FUNCTIONS,
                TableFunctionRegistry$.MODULE$.builtin(),
                CONFIGURATION);
        return new Analyzer(catalog);
    }
}
