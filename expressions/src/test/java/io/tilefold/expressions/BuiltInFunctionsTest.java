package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.Schema;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** Runs the examples in the documentation of every built-in function: none may need a jar that pom.xml excludes. */
class BuiltInFunctionsTest {
    private static final Pattern EXAMPLE = Pattern.compile("> SELECT ([^;]*);");
    private static final Schema NO_COLUMNS = Schema.of();

    /** Fewer than Spark 4.2.0 has (795), so that a new version's edits pass; far fewer means that something is broken. */
    private static final int EVALUATED_MIN = 750;

    private final List<String> missingClasses = new ArrayList<>();
    private final Map<ExpressionException.Code, List<String>> refused = new EnumMap<>(ExpressionException.Code.class);
    private int evaluated;

    @Test
    void documentedExamplesRunOnTheJarsAtHand() {
        for (FunctionIdentifier function :
                CollectionConverters.asJava(FunctionRegistry$.MODULE$.builtin().listFunction())) {
            Matcher example = EXAMPLE.matcher(FunctionRegistry$.MODULE$
                    .builtin()
                    .lookupFunction(function)
                    .get()
                    .getExamples());
            while (example.find()) {
                run(example.group(1).strip());
            }
        }
        assertThat(missingClasses).as("expressions that need an excluded jar").isEmpty();
        assertThat(evaluated).as("examples evaluated; refused were " + refused).isGreaterThan(EVALUATED_MIN);
        assertThat(refused.get(ExpressionException.Code.UNKNOWN_FUNCTION)).isNull();
    }

    private void run(String sql) {
        try {
            RowProgram program = compile(sql);
            program.evaluate(program.newInputRow());
            evaluated++;
        } catch (ExpressionException e) {
            refused.computeIfAbsent(e.code(), code -> new ArrayList<>()).add(sql);
            noteMissingClass(sql, e);
        } catch (RowEvaluationException e) {
            noteMissingClass(sql, e);
        } catch (LinkageError e) {
            missingClasses.add(sql + ": " + e);
        }
    }

    /** As it is, or as a string if its type (a date, a decimal) is not one of ours. */
    private static RowProgram compile(String sql) {
        try {
            return RowProgram.compile(NO_COLUMNS, List.of(new SelectExpression("v", sql)), List.of());
        } catch (ExpressionException e) {
            if (e.code() != ExpressionException.Code.TYPE) {
                throw e;
            }
            String asString = "CAST(" + sql + " AS STRING)";
            return RowProgram.compile(NO_COLUMNS, List.of(new SelectExpression("v", asString)), List.of());
        }
    }

    private void noteMissingClass(String sql, Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof LinkageError) {
                missingClasses.add(sql + ": " + cause);
            }
        }
    }
}
