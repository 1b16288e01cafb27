package io.tilefold.compiler;

import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.expressions.ExpressionException;
import io.tilefold.expressions.SetupKind;
import io.tilefold.expressions.SqlFunctions;
import java.util.List;

/**
 * The {@code setups} of a query: the functions that they declare, and which of them are refused. Where live reads the rows too, functions are all that they may declare; batch
 * alone may run other statements. None changes Spark's configuration: expressions run with one everywhere (SEMANTICS.md §1).
 */
final class SetupRules {
    private static final String CONFIGURATION =
            "changes Spark's configuration, and expressions run with one everywhere";

    private SetupRules() {}

    /**
     * The functions that expressions of the query may call.
     *
     * @param path of the query
     */
    static SqlFunctions check(String path, Query query, Findings findings) {
        SqlFunctions functions = SqlFunctions.NONE;
        for (int i = 0; i < query.setups().size(); i++) {
            String setup = query.setups().get(i);
            String field = path + ".setups[" + i + "]";
            try {
                switch (SetupKind.of(setup)) {
                    case FUNCTION -> functions = functions.with(setup);
                    case CONFIGURATION ->
                        findings.refuse(
                                field,
                                setup,
                                CONFIGURATION,
                                "remove it; where a setting would change a value, write a function or a cast that gives it");
                    case OTHER -> {}
                }
            } catch (ExpressionException e) {
                findings.refuse(field, setup, e.problem(), hint(e.code()));
            }
        }
        return functions;
    }

    /** The same of a staging query, which is no expression but runs in the session that all definitions share; what has macros may be no statement yet. */
    static void check(StagingQuery query, Findings findings) {
        for (int i = 0; i < query.setups().size(); i++) {
            String setup = query.setups().get(i);
            if (isConfiguration(setup)) {
                findings.refuse(
                        "setups[" + i + "]",
                        setup,
                        CONFIGURATION,
                        "remove it; settings of the job are given to spark-submit");
            }
        }
    }

    private static boolean isConfiguration(String setup) {
        try {
            return SetupKind.of(setup) == SetupKind.CONFIGURATION;
        } catch (ExpressionException e) {
            return false;
        }
    }

    /** True if a row needs more of these setups than functions: live does not run it. */
    static boolean hasOthers(List<String> setups) {
        return setups.stream().anyMatch(SetupRules::isOther);
    }

    /** True if it is a statement that only a session runs. */
    static boolean isOther(String setup) {
        try {
            return SetupKind.of(setup) == SetupKind.OTHER;
        } catch (ExpressionException e) {
            return false; // refused already
        }
    }

    private static String hint(ExpressionException.Code code) {
        return switch (code) {
            case SYNTAX -> "write one Spark SQL statement";
            case NOT_ONE_ROW, NOT_DETERMINISTIC, UNKNOWN_COLUMN ->
                "a function's body is an expression of its parameters and nothing else";
            case UNKNOWN_FUNCTION -> "a body calls built-in functions of Spark SQL and those declared before it";
            case INVALID, TYPE ->
                "a setup declares a function so: CREATE TEMPORARY FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN 2 * x";
        };
    }
}
