package io.tilefold.expressions;

/**
 * An expression that cannot be compiled: the text as the user wrote it and one line that says why and what to do. Thrown while
 * compiling only; a row that fails throws {@link RowEvaluationException}.
 */
public final class ExpressionException extends RuntimeException {

    /** Why an expression is refused. */
    public enum Code {
        /** It is no Spark SQL expression. */
        SYNTAX,
        /** It reads a column the input does not have, or has twice. */
        UNKNOWN_COLUMN,
        /** It calls a function Spark does not have. */
        UNKNOWN_FUNCTION,
        /** Its parts do not fit together, for example an argument of a wrong type. */
        INVALID,
        /** Its value is of a type Tilefold does not carry, or not of the type asked for. */
        TYPE,
        /** It needs more than one row: an aggregate, a window, a generator, a subquery, a star. */
        NOT_ONE_ROW,
        /** Its value depends on something else than the row: a clock, a random number, the session. */
        NOT_DETERMINISTIC
    }

    private final Code code;
    private final String expression;
    private final String problem;

    ExpressionException(Code code, String expression, String problem) {
        super("\"" + expression + "\": " + problem);
        this.code = code;
        this.expression = expression;
        this.problem = problem;
    }

    public Code code() {
        return code;
    }

    /** The expression as written. */
    public String expression() {
        return expression;
    }

    /** The cause without the expression, one line. */
    public String problem() {
        return problem;
    }
}
