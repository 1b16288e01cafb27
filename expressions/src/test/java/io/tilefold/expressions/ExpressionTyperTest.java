package io.tilefold.expressions;

import static io.tilefold.expressions.ExpressionException.Code.INVALID;
import static io.tilefold.expressions.ExpressionException.Code.NOT_DETERMINISTIC;
import static io.tilefold.expressions.ExpressionException.Code.NOT_ONE_ROW;
import static io.tilefold.expressions.ExpressionException.Code.SYNTAX;
import static io.tilefold.expressions.ExpressionException.Code.TYPE;
import static io.tilefold.expressions.ExpressionException.Code.UNKNOWN_COLUMN;
import static io.tilefold.expressions.ExpressionException.Code.UNKNOWN_FUNCTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ExpressionTyperTest {
    private static final Schema FLIGHTS = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("delay", Scalar.INT),
            new Field("distance", Scalar.DOUBLE),
            new Field("Origin", Scalar.STRING),
            new Field("small", Scalar.BYTE),
            new Field("ratio", Scalar.FLOAT),
            new Field("codes", new ListType(Scalar.INT)),
            new Field("scores", new MapType(Scalar.DOUBLE)));

    private final ExpressionTyper typer = new ExpressionTyper(FLIGHTS);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    ts | long
                    small + small | byte
                    small + delay | int
                    delay + ts | long
                    delay / 2 | double
                    delay DIV 2 | long
                    ratio * 2 | float
                    ratio * ratio | float
                    distance * 1.5 | double
                    delay > 15 | boolean
                    origin | string
                    if(delay > 0, delay, ts) | long
                    coalesce(delay, origin) | string
                    unhex(origin) | binary
                    codes | list<int>
                    transform(codes, c -> c > 1) | list<boolean>
                    codes[0] | int
                    scores | map<string,double>
                    scores['a'] | double
                    map(origin, ts) | map<string,long>
                    struct(ts, delay) | struct<ts:long,delay:int>
                    unix_millis(to_timestamp(origin)) | long
                    """)
    void types(String expression, String type) {

        assertThat(typer.typeOf(expression).toString()).isEqualTo(type);
    }

    private static Stream<Arguments> refusals() {
        return Stream.of(
                refusal("delay +", SYNTAX, "Syntax error at or near end of input. (line 1, column 8)"),
                refusal("delay > ", SYNTAX, "(line 1, column 9)"),
                refusal("delay; ts", SYNTAX, "near ';'"),
                refusal("", SYNTAX, "yntax"),
                refusal("delay AS d", SYNTAX, "reads as AS d"),
                refusal(
                        "dealy + 1",
                        UNKNOWN_COLUMN,
                        "unknown column dealy (did you mean delay?); the input has (ts long, "),
                refusal("passengers", UNKNOWN_COLUMN, "unknown column passengers; the input has"),
                refusal("transform(codes, c -> d)", UNKNOWN_COLUMN, "unknown column d"),
                refusal("uper(origin)", UNKNOWN_FUNCTION, "unknown function uper (did you mean upper?)"),
                refusal("my_udf(origin)", UNKNOWN_FUNCTION, "unknown function my_udf"),
                refusal("db.upper(origin)", UNKNOWN_FUNCTION, "db.upper"),
                refusal("upper(origin, 1)", INVALID, "requires 1 parameters but the actual number is 2"),
                refusal("scores + 1", INVALID, "incompatible types"),
                refusal("delay.minutes", INVALID, "Can't extract a value"),
                refusal("CAST(delay AS DECIMAL(10, 2))", TYPE, "decimal(10,2)"),
                refusal("1.5", TYPE, "CAST(1.5 AS DOUBLE)"),
                refusal("to_date(origin)", TYPE, "CAST(to_date(origin) AS STRING)"),
                refusal("to_timestamp(origin)", TYPE, "unix_millis(to_timestamp(origin))"),
                refusal("array(to_date(origin))", TYPE, "array<date>"),
                refusal("map(delay, 1)", TYPE, "CAST(map(delay, 1) AS MAP<STRING, INT>)"),
                refusal("array(1.5)", TYPE, "CAST(array(1.5) AS ARRAY<DOUBLE>)"),
                refusal("map('a', struct(current_date))", NOT_DETERMINISTIC, "current_date"),
                refusal(
                        "map('a', struct(to_date(origin) AS day, delay AS delay))",
                        TYPE,
                        "AS MAP<STRING, STRUCT<day: STRING, delay: INT>>)"),
                refusal("NULL", TYPE, "CAST(NULL AS DOUBLE)"),
                refusal("*", NOT_ONE_ROW, "star"),
                refusal("struct(*)", NOT_ONE_ROW, "star"),
                refusal("sum(delay)", NOT_ONE_ROW, "sum is an aggregate function"),
                refusal("1 + count(*)", NOT_ONE_ROW, ""),
                refusal("row_number() OVER (ORDER BY ts)", NOT_ONE_ROW, "window"),
                refusal("sum(delay) OVER (ORDER BY ts)", NOT_ONE_ROW, "window"),
                refusal("explode(codes)", NOT_ONE_ROW, "explode makes several rows of one"),
                refusal("posexplode(codes)", NOT_ONE_ROW, "posexplode makes several rows of one"),
                refusal("(SELECT 1)", NOT_ONE_ROW, "subquery"),
                refusal("delay IN (SELECT 1)", NOT_ONE_ROW, "subquery"),
                refusal("EXISTS (SELECT 1)", NOT_ONE_ROW, "subquery"),
                refusal("rand()", NOT_DETERMINISTIC, "rand does not depend on the row alone"),
                refusal("concat(origin, uuid())", NOT_DETERMINISTIC, "uuid"),
                refusal("aes_encrypt(origin, 'k')", NOT_DETERMINISTIC, "random"),
                refusal("unix_millis(current_timestamp())", NOT_DETERMINISTIC, "current_timestamp"),
                refusal("unix_millis(now()) - ts", NOT_DETERMINISTIC, "now"),
                refusal("CAST(current_date AS STRING)", NOT_DETERMINISTIC, "current_date"),
                refusal("unix_timestamp()", NOT_DETERMINISTIC, ""),
                refusal("unix_millis(CAST('now' AS TIMESTAMP))", NOT_DETERMINISTIC, "'now'"),
                refusal("current_user()", NOT_DETERMINISTIC, "current_user"),
                refusal("input_file_name()", NOT_DETERMINISTIC, ""),
                refusal("java_method('java.lang.System', 'nanoTime')", NOT_DETERMINISTIC, ""),
                refusal("monotonically_increasing_id()", NOT_DETERMINISTIC, ""));
    }

    private static Arguments refusal(String expression, ExpressionException.Code code, String part) {
        return Arguments.of(expression, code, part);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @MethodSource("refusals")
    void refuses(String expression, ExpressionException.Code code, String part) {
        ExpressionException refused = catchThrowableOfType(ExpressionException.class, () -> typer.typeOf(expression));

        assertThat(refused).isNotNull();
        assertThat(refused.code()).as(refused.getMessage()).isEqualTo(code);
        assertThat(refused.expression()).isEqualTo(expression);
        assertThat(refused.problem()).contains(part);
        assertThat(refused).hasMessageContaining(expression);
        assertThat(refused.problem().lines()).as("one line").hasSize(1);
    }

    @Test
    void conditionsAreBoolean() {
        assertThatCode(() -> typer.checkCondition("delay > 15 AND origin IS NOT NULL"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> typer.checkCondition("delay"))
                .isInstanceOf(ExpressionException.class)
                .hasMessage("\"delay\": a condition is boolean, this is int");
    }

    @Test
    void namesThatDifferInCaseOnlyAreAmbiguous() {
        ExpressionTyper twins = new ExpressionTyper(Schema.of(new Field("a", Scalar.INT), new Field("A", Scalar.INT)));
        assertThatThrownBy(() -> twins.typeOf("a + 1"))
                .isInstanceOfSatisfying(
                        ExpressionException.class, e -> assertThat(e.code()).isEqualTo(UNKNOWN_COLUMN))
                .hasMessageContaining("ambiguous");
    }

    @Test
    void findsTheColumnsRead() {
        assertThat(ExpressionTyper.referencedColumns("IF(delay > 15, Origin, upper(destination)) || `a b` || Origin"))
                .containsExactly("delay", "Origin", "destination", "a b");
        assertThat(ExpressionTyper.referencedColumns("1 + 2")).isEmpty();
        assertThat(ExpressionTyper.referencedColumns("point.x + m['k'] + l[i]"))
                .containsExactly("point", "m", "l", "i");
    }

    @Test
    void aLambdasOwnVariablesAreNoColumns() {
        assertThat(ExpressionTyper.referencedColumns("transform(xs, (x, i) -> x + I + shift)"))
                .containsExactly("xs", "shift");
        assertThat(ExpressionTyper.referencedColumns("filter(xs, x -> exists(ys, y -> y = x.a AND z > 1)) = x"))
                .containsExactly("xs", "ys", "z", "x");
        assertThatThrownBy(() -> ExpressionTyper.referencedColumns("a +"))
                .isInstanceOf(ExpressionException.class)
                .hasMessageContaining("Syntax error");
    }
}
