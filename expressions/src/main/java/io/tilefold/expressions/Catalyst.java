package io.tilefold.expressions;

import io.tilefold.core.definition.SqlConfiguration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.antlr.v4.runtime.ParserRuleContext;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.QueryPlanningTracker;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.analysis.TableFunctionRegistry$;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SQLFunction;
import org.apache.spark.sql.catalyst.catalog.SQLFunction$;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.catalyst.catalog.UserDefinedFunction;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression$;
import org.apache.spark.sql.catalyst.optimizer.BooleanSimplification$;
import org.apache.spark.sql.catalyst.optimizer.CollapseProject$;
import org.apache.spark.sql.catalyst.optimizer.ConstantFolding$;
import org.apache.spark.sql.catalyst.optimizer.EliminateSQLFunctionNode$;
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
import org.apache.spark.sql.catalyst.parser.ParserUtils$;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.SingleStatementContext;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.SQLConf$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.OptionConverters;
import scala.util.Left;

/**
 * Spark's parser, analyzer and the part of its optimizer that concerns single expressions, without a session, under
 * {@link SqlConfiguration}. Loading it costs about a second. Compiling is serialised; what comes out is not shared.
 *
 * <p>The analyzer is the one a session has, with the built-in functions, those of a query's setups, and an otherwise empty catalog. Of the optimizer's rules it takes those
 * without which an expression does not evaluate (bodies of functions in the place of their calls, replacements of functions that are defined by others) and those that fold
 * what is constant, in the order Spark has them, to a fixed point.
 */
final class Catalyst {
    /** Parts that an expression has at most when the bodies of the functions that it calls stand in their places. */
    static final int PARTS_MAX = 10_000;

    private static final int OPTIMIZER_ROUNDS_MAX = 20;
    private static final SQLConf CONFIGURATION = pin(new SQLConf());
    private static final FunctionRegistry FUNCTIONS = FunctionRegistry$.MODULE$.builtin();
    private static final CatalystSqlParser PARSER = new CatalystSqlParser();
    private static final String SPARK_CATALOG = "spark_catalog";
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

    /** Knows Spark's functions alone. Made with the rest, so that threads that come first find Spark's objects initialised. */
    static final Analyzer BUILT_IN = newAnalyzer(List.of());

    private Catalyst() {}

    /** Parses; throws whatever Spark throws. */
    static Expression parse(String sql) {
        return pinned(() -> PARSER.parseExpression(sql));
    }

    /** Parses what may be a whole statement; throws whatever Spark throws. */
    static SingleStatementContext parseStatement(String sql) {
        return pinned(() -> PARSER.parse(sql, SqlBaseParser::singleStatement));
    }

    /** The text that a part of a statement was parsed from. */
    static String textOf(ParserRuleContext part) {
        return ParserUtils$.MODULE$.source(part);
    }

    /** The parts of a name. */
    static List<String> parseName(String name) {
        return pinned(() -> CollectionConverters.asJava(PARSER.parseMultipartIdentifier(name)));
    }

    static DataType parseType(String type) {
        return pinned(() -> UserDefinedFunction.parseDataType(type, PARSER, Option.empty()));
    }

    static StructType parseParameters(String parameters) {
        return pinned(() -> UserDefinedFunction.parseRoutineParam(parameters, PARSER, Option.empty()));
    }

    /**
     * A function as Spark's own command would make it, under the pinned configuration.
     *
     * @param type null if it is not known yet
     * @param expression its body, empty if that is a query
     * @param callable functions that its body may call
     */
    static SQLFunction sqlFunction(
            String name,
            Optional<StructType> parameters,
            @Nullable DataType type,
            String expression,
            String query,
            List<String> callable) {
        Map<String, String> properties = new TreeMap<>(CollectionConverters.asJava(
                SQLFunction$.MODULE$.referredTempNamesToProps(seq(List.of()), seq(callable), seq(List.of()))));
        properties.putAll(CollectionConverters.asJava(SQLFunction$.MODULE$.catalogAndNamespaceToProps(
                SPARK_CATALOG, seq(List.of(SessionCatalog.DEFAULT_DATABASE())))));
        SqlConfiguration.settings()
                .forEach((key, value) -> properties.put(UserDefinedFunction.SQL_CONFIG_PREFIX() + key, value));
        return SQLFunction$.MODULE$.apply(
                new FunctionIdentifier(name),
                OptionConverters.toScala(parameters),
                new Left<>(type),
                expression.isEmpty() ? Option.empty() : Option.apply(expression),
                query.isEmpty() ? Option.empty() : Option.apply(query),
                Option.empty(),
                Option.empty(),
                Option.apply(true),
                Option.apply(true),
                false,
                scala.collection.immutable.Map$.MODULE$.from(CollectionConverters.asScala(properties)),
                Option.empty(),
                0);
    }

    /** A function's body, parsed; empty if it is a query over something. */
    static Optional<Expression> bodyOf(SQLFunction function) {
        return pinned(() -> OptionConverters.toJava(
                function.getExpressionAndQuery(PARSER, false)._1()));
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
    static synchronized LogicalPlan analyze(Expression parsed, String name, LogicalPlan input, SqlFunctions functions) {
        return pinned(() -> {
            Alias alias = new Alias(
                    parsed, name, NamedExpression$.MODULE$.newExprId(), seq(List.of()), Option.empty(), seq(List.of()));
            return functions
                    .analyzer()
                    .executeAndCheck(new Project(seq(List.of(alias)), input), new QueryPlanningTracker(Option.empty()));
        });
    }

    /** Puts the bodies of functions in the place of their calls: what was a projection over others is one over the input. */
    static synchronized LogicalPlan inline(LogicalPlan analyzed) {
        return pinned(() -> CollapseProject$.MODULE$.apply(EliminateSQLFunctionNode$.MODULE$.apply(analyzed), true));
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

    /** An analyzer that knows Spark's functions and these, each of which calls those before it alone. */
    static Analyzer newAnalyzer(List<SQLFunction> functions) {
        return pinned(() -> {
            SessionCatalog catalog = new SessionCatalog(
                    new InMemoryCatalog(new SparkConf(false), new Configuration(false)),
                    functions.isEmpty() ? FUNCTIONS : FUNCTIONS.clone(),
                    TableFunctionRegistry$.MODULE$.builtin(),
                    CONFIGURATION);
            functions.forEach(function -> catalog.registerSQLScalarFunction(function, false));
            return new Analyzer(catalog);
        });
    }
}
