package io.tilefold.expressions;

import org.apache.spark.sql.catalyst.parser.SqlBaseParser.CreateFunctionContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.CreateUserDefinedFunctionContext;
import org.apache.spark.sql.catalyst.parser.SqlBaseParser.SingleStatementContext;

/** What a setup of a query is for, as far as rows are concerned. */
public enum SetupKind {
    /** It declares a function: {@link SqlFunctions} takes it, or says why it does not. */
    FUNCTION,
    /** {@code SET} or {@code RESET}: it changes what expressions mean, or how a whole session runs. */
    CONFIGURATION,
    /** Something that no row's value depends on: a view, a cache. */
    OTHER;

    /**
     * What this statement is.
     *
     * @throws ExpressionException if it is not one SQL statement
     */
    public static SetupKind of(String statement) {
        try {
            return of(Catalyst.parseStatement(statement));
        } catch (Exception | StackOverflowError e) {
            throw SparkErrors.translate(statement, e);
        }
    }

    private static SetupKind of(SingleStatementContext statement) {
        if (statement.setResetStatement() != null) {
            return CONFIGURATION;
        }
        return statement.statement() instanceof CreateUserDefinedFunctionContext
                        || statement.statement() instanceof CreateFunctionContext
                ? FUNCTION
                : OTHER;
    }
}
