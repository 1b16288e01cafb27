package io.tilefold.expressions;

/**
 * A row whose evaluation threw, for example {@code element_at} beyond an array's end or a duplicate map key. The program stays usable; the
 * caller decides about the row (ingest sends it to the dead-letter topic).
 */
public final class RowEvaluationException extends RuntimeException {
    private final String expression;

    RowEvaluationException(String label, String expression, Throwable cause) {
        super(label + " \"" + expression + "\" failed: " + SparkErrors.text(cause), cause);
        this.expression = expression;
    }

    /** The expression that threw, as written. */
    public String expression() {
        return expression;
    }
}
