package io.tilefold.expressions;

import io.tilefold.core.value.Schema;
import io.tilefold.expressions.ExpressionException.Code;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.jspecify.annotations.Nullable;

/** Spark's errors, which span lines and speak of plans, as one line about the expression. */
final class SparkErrors {
    private static final Pattern CONDITION_TAG = Pattern.compile("^\\[[A-Z0-9_.]+]\\s*");
    private static final Pattern STATE_TAG = Pattern.compile("\\s*SQLSTATE: \\w{5}.*$");

    private SparkErrors() {}

    /**
     * What an expression may read.
     *
     * @param described as a message ends
     * @param hasPlaces true if the text is what Spark has parsed, so that its lines and columns say where
     */
    record Columns(List<String> names, String described, boolean hasPlaces) {
        Columns(Schema input) {
            this(input.names(), "the input has " + input, true);
        }
    }

    /** Of a text that is read over no input. */
    static ExpressionException translate(String sql, Throwable error) {
        return translate(sql, new Schema(List.of()), error);
    }

    static ExpressionException translate(String sql, Schema input, Throwable error) {
        return translate(sql, new Columns(input), error);
    }

    static ExpressionException translate(String sql, Columns input, Throwable error) {
        if (error instanceof ExpressionException ours) {
            return ours;
        }
        ExpressionException translated = error instanceof AnalysisException analysis
                ? translate(sql, input, analysis)
                : new ExpressionException(Code.INVALID, sql, text(error));
        translated.initCause(error);
        return translated;
    }

    private static ExpressionException translate(String sql, Columns input, AnalysisException error) {
        if (error instanceof ParseException) {
            return new ExpressionException(Code.SYNTAX, sql, text(error) + position(error, input));
        }
        String condition = Optional.ofNullable(error.getCondition()).orElse("");
        if (condition.startsWith("UNRESOLVED_COLUMN")) {
            return new ExpressionException(
                    Code.UNKNOWN_COLUMN, sql, unknownColumn(error, input) + position(error, input));
        }
        if (condition.startsWith("AMBIGUOUS_REFERENCE")) {
            return new ExpressionException(Code.UNKNOWN_COLUMN, sql, text(error));
        }
        return new ExpressionException(Code.INVALID, sql, text(error) + position(error, input));
    }

    private static String unknownColumn(AnalysisException error, Columns input) {
        String name = unquoted(error.getMessageParameters().get("objectName"));
        return "unknown column " + name + NearestName.hint(name, input.names()) + "; " + input.described();
    }

    private static String unquoted(@Nullable String name) {
        return name == null ? "" : name.replace("`", "");
    }

    private static String position(AnalysisException error, Columns input) {
        if (!input.hasPlaces()
                || error.line().isEmpty()
                || error.startPosition().isEmpty()) {
            return "";
        }
        return " (line " + error.line().get() + ", column "
                + (((Number) error.startPosition().get()).intValue() + 1) + ")";
    }

    /** The first line of an error's message, without Spark's tags. */
    static String text(Throwable error) {
        String message = error instanceof AnalysisException analysis ? analysis.message() : error.getMessage();
        if (message == null) {
            return error.getClass().getName();
        }
        String line = message.lines()
                .filter(text -> !text.isBlank())
                .findFirst()
                .orElse("")
                .strip();
        return STATE_TAG.matcher(CONDITION_TAG.matcher(line).replaceFirst("")).replaceFirst("");
    }
}
