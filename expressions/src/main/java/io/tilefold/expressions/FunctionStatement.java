package io.tilefold.expressions;

import static io.tilefold.expressions.ExpressionException.Code.INVALID;
import static io.tilefold.expressions.ExpressionException.Code.NOT_DETERMINISTIC;
import static io.tilefold.expressions.ExpressionException.Code.NOT_ONE_ROW;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.antlr.v4.runtime.ParserRuleContext;
import org.apache.spark.sql.catalyst.catalog.SQLFunction;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.CreateFunctionContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.CreateUserDefinedFunctionContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.RoutineCharacteristicsContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.StatementContext;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * A statement that declares a function of a row, read and checked as Spark's own command does, which needs a session: where Spark refuses the statement it is refused here,
 * and so is what Spark takes and no row decides. The body is compiled over the parameters, so that its mistakes are found where it stands.
 */
final class FunctionStatement {
    private static final String FORM = "CREATE TEMPORARY FUNCTION name(parameter type) RETURNS type RETURN expression";

    private final String setup;
    private final SqlFunctions known;
    private final CreateUserDefinedFunctionContext statement;
    private final String name;

    private FunctionStatement(String setup, SqlFunctions known, CreateUserDefinedFunctionContext statement) {
        this.setup = setup;
        this.known = known;
        this.statement = statement;
        this.name = name();
    }

    /**
     * The function that a setup declares.
     *
     * @param known functions that its body may call
     * @throws ExpressionException if it declares none, or not one of a row
     */
    static SQLFunction read(String setup, SqlFunctions known) {
        try {
            StatementContext statement = Catalyst.parseStatement(setup).statement();
            if (statement instanceof CreateFunctionContext) {
                throw new ExpressionException(
                        INVALID,
                        setup,
                        "a class is no function of a row: Spark without Hive runs none, and nodes have no jars of yours; write "
                                + FORM);
            }
            if (!(statement instanceof CreateUserDefinedFunctionContext create)) {
                throw new ExpressionException(INVALID, setup, "it declares no function; write " + FORM);
            }
            return Catalyst.pinned(() -> new FunctionStatement(setup, known, create).read());
        } catch (Exception | AssertionError | StackOverflowError e) {
            throw SparkErrors.translate(setup, e);
        }
    }

    private String name() {
        List<String> parts = Catalyst.parseName(Catalyst.textOf(statement.identifierReference()));
        if (parts.size() != 1) {
            throw problem("the name of a temporary function has one part, this is " + String.join(".", parts));
        }
        return parts.get(0);
    }

    private SQLFunction read() {
        if (statement.TEMPORARY() == null) {
            throw problem("it outlives the query; write CREATE TEMPORARY FUNCTION");
        }
        if (statement.EXISTS() != null) {
            throw problem("Spark takes no IF NOT EXISTS of a temporary function; leave it out");
        }
        if (Catalyst.hasFunction(name)) {
            throw problem(name + " is a function of Spark's, which calls of that name would take; rename yours");
        }
        if (known.declares(name)) {
            throw problem(name + " is declared twice; keep one");
        }
        checkCharacteristics(statement.routineCharacteristics());
        String returns = text(statement.dataType());
        if (statement.TABLE() != null || returns.equalsIgnoreCase("table")) {
            throw new ExpressionException(
                    NOT_ONE_ROW, setup, name + " gives a table, not a value of a row; use a StagingQuery");
        }
        Optional<StructType> parameters =
                Optional.ofNullable(statement.parameters).map(list -> Catalyst.parseParameters(Catalyst.textOf(list)));
        parameters.ifPresent(this::checkParameters);
        @Nullable DataType type = returns.isEmpty() ? null : Catalyst.parseType(returns);
        Expression body = body(function(parameters, type));
        Expression cast = type == null ? body : new Cast(body, type, Option.empty(), EvalMode.LEGACY());
        Expression resolved = ExpressionCompiler.ofParameters(name, parameters.orElse(new StructType()), known)
                .resolve(setup, cast);
        return function(parameters, type == null ? resolved.dataType() : type);
    }

    /** Spark knows more clauses than it takes. */
    private void checkCharacteristics(RoutineCharacteristicsContext clauses) {
        if (clauses.deterministic().stream().anyMatch(clause -> clause.errorCapturingNot() != null)) {
            throw new ExpressionException(
                    NOT_DETERMINISTIC, setup, name + " is NOT DETERMINISTIC; a value depends on the row alone");
        }
        boolean isOfSql = clauses.routineLanguage().stream().allMatch(language -> language.SQL() != null);
        boolean isOrdinary = clauses.sqlDataAccess().stream().allMatch(access -> access.CONTAINS() != null)
                && clauses.nullCall().stream().allMatch(call -> call.RETURNS() == null)
                && clauses.specificName().isEmpty()
                && clauses.collationSpec().isEmpty()
                && clauses.rightsClause().isEmpty();
        if (!isOfSql || !isOrdinary) {
            throw problem("of the clauses before RETURN only LANGUAGE SQL, DETERMINISTIC, CONTAINS SQL,"
                    + " CALLED ON NULL INPUT and COMMENT are taken");
        }
    }

    private void checkParameters(StructType parameters) {
        Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        boolean hasDefault = false;
        for (StructField parameter : parameters.fields()) {
            if (!seen.add(parameter.name())) {
                throw problem("parameter " + parameter.name() + " is there twice");
            }
            if (!parameter.nullable()) {
                throw problem(
                        "parameter " + parameter.name() + " is NOT NULL, which Spark does not take; leave it out");
            }
            Option<String> ifLeftOut = parameter.getDefault();
            if (hasDefault && ifLeftOut.isEmpty()) {
                throw problem("parameter " + parameter.name() + " has no DEFAULT and stands behind one that has");
            }
            if (ifLeftOut.isDefined()) {
                hasDefault = true;
                Expression unused = ExpressionCompiler.ofParameters(name, new StructType(), SqlFunctions.NONE)
                        .resolve(setup, Catalyst.parse(ifLeftOut.get()));
            }
        }
    }

    private SQLFunction function(Optional<StructType> parameters, @Nullable DataType type) {
        return Catalyst.sqlFunction(
                name, parameters, type, text(statement.expression()), text(statement.query()), known.declaredNames());
    }

    /** The body as an expression: {@code RETURN SELECT x + 1} is one too. */
    private Expression body(SQLFunction function) {
        return Catalyst.bodyOf(function)
                .orElseThrow(() -> new ExpressionException(
                        NOT_ONE_ROW, setup, name + " reads a table; a function of a row reads its parameters alone"));
    }

    private static String text(@Nullable ParserRuleContext part) {
        return part == null ? "" : Catalyst.textOf(part);
    }

    private ExpressionException problem(String what) {
        return new ExpressionException(INVALID, setup, what);
    }
}
