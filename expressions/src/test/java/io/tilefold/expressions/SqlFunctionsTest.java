package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.expressions.ExpressionException.Code;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Literal values; that Spark's own session gives the same is the batch module's test. */
class SqlFunctionsTest {
    private static final Schema INPUT = Schema.of(
            new Field("ts", Scalar.LONG),
            new Field("delay", Scalar.INT),
            new Field("url", Scalar.STRING),
            new Field("codes", new ListType(Scalar.INT)));

    private static final String DOMAIN = "CREATE TEMPORARY FUNCTION domain(url STRING) RETURNS STRING"
            + " RETURN lower(regexp_extract(url, '^[a-z]+://([^/]+)', 1))";

    private final SqlFunctions functions = SqlFunctions.of(List.of(
            DOMAIN,
            "CREATE OR REPLACE TEMPORARY FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN x + twice.x;",
            "CREATE TEMPORARY FUNCTION late(delay INT, more INT DEFAULT 15) RETURN delay > more",
            "CREATE TEMPORARY FUNCTION site(u STRING) COMMENT 'calls another' RETURN SELECT upper(domain(u))",
            "CREATE TEMPORARY FUNCTION tiny(x BIGINT) RETURNS TINYINT DETERMINISTIC CONTAINS SQL LANGUAGE SQL RETURN x",
            "CREATE TEMPORARY FUNCTION on_day(ms BIGINT) RETURNS DATE RETURN CAST(timestamp_millis(ms) AS DATE)",
            "CREATE TEMPORARY FUNCTION answer() RETURNS INT RETURN 42",
            "CREATE TEMPORARY FUNCTION total(l ARRAY<INT>) RETURN aggregate(l, 0, (sum, one) -> sum + one)"));

    private final ExpressionTyper typer = new ExpressionTyper(INPUT, functions);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    domain(url) | string | h.com
                    DOMAIN(upper(url)) | string | ""
                    site(url) | string | H.COM
                    twice(delay) | long | 80
                    twice(twice(delay)) | long | 160
                    twice(url) | long |
                    twice(ts) + twice(delay) | long | 1956000000080
                    late(delay) | boolean | true
                    late(delay, 40) | boolean | false
                    late(more => 39, delay => delay) | boolean | true
                    tiny(300) | byte | 44
                    unix_date(on_day(ts)) | int | 11319
                    answer() | int | 42
                    total(codes) | int | 6
                    if(delay > 0, domain(url), site(url)) | string | h.com
                    CAST(domain(NULL) AS STRING) | string |
                    """)
    void callsAreTypedAndEvaluated(String expression, String type, @Nullable String value) {
        assertThat(typer.typeOf(expression)).hasToString(type);
        assertThat(evaluate(expression)).isEqualTo(value);
    }

    private @Nullable String evaluate(String expression) {
        SelectExpression select = new SelectExpression("v", "CAST(" + expression + " AS STRING)");
        RowProgram program = RowProgram.compile(
                INPUT, functions, List.of(select), List.of("late(delay)"), Schema.of(new Field("v", Scalar.STRING)));
        InputRow row = program.newInputRow()
                .setLong(0, 978_000_000_000L)
                .setLong(1, 40)
                .setString(2, "http://H.com/x")
                .setList(3, List.of(1, 2, 3));
        assertThat(program.evaluate(row)).isTrue();
        String compiled = program.outputs().getString(0);
        RowProgram unconditional = RowProgram.compile(
                INPUT, functions, List.of(select), List.of(), Schema.of(new Field("v", Scalar.STRING)));
        unconditional.interpret(row);
        assertThat(unconditional.outputs().getString(0)).as("interpreted").isEqualTo(compiled);
        assertThat(program.evaluate(row.setLong(1, 15))).as("a condition").isFalse();
        return compiled;
    }

    @Test
    void aConditionMayCallThem() {
        typer.checkCondition("late(delay) AND domain(url) = 'h.com'");
        assertThatThrownBy(() -> typer.checkCondition("twice(delay)")).hasMessageContaining("a condition is boolean");
    }

    @Test
    void queriesMayDeclareDifferentFunctionsOfOneName() {
        SqlFunctions one = SqlFunctions.of(List.of("CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + 1"));
        SqlFunctions other =
                SqlFunctions.of(List.of("CREATE TEMPORARY FUNCTION f(x INT) RETURNS STRING RETURN 'f' || x"));

        assertThat(new ExpressionTyper(INPUT, one).typeOf("f(delay)")).isEqualTo(Scalar.INT);
        assertThat(new ExpressionTyper(INPUT, other).typeOf("f(delay)")).isEqualTo(Scalar.STRING);
        assertThat(new ExpressionTyper(INPUT, one).typeOf("f(delay)")).isEqualTo(Scalar.INT);
        assertThatThrownBy(() -> new ExpressionTyper(INPUT).typeOf("f(delay)"))
                .hasMessageContaining("unknown function f");
        assertThat(Catalyst.hasFunction("f")).as("declared for all").isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    domian(url) | UNKNOWN_FUNCTION | unknown function domian (did you mean domain?)
                    domain() | INVALID | requires 1 parameters but the actual number is 0
                    domain(url, url) | INVALID | requires 1 parameters but the actual number is 2
                    twice(codes) | INVALID | twice
                    twice(x => ts, y => ts) | INVALID | y
                    on_day(ts) | TYPE | its type date is not one of Tilefold's
                    twice(rand()) | NOT_DETERMINISTIC | rand does not depend on the row alone
                    twice(sum(ts)) | NOT_ONE_ROW | sum is an aggregate function
                    total(filter(codes, c -> c > 1)) | INVALID | Lambda function with SQL UDF
                    session.twice(ts) | UNKNOWN_FUNCTION | unknown function session.twice
                    """)
    void callsThatAreWrongAreRefused(String expression, Code code, String problem) {
        ExpressionException error = catchThrowableOfType(ExpressionException.class, () -> typer.typeOf(expression));
        assertThat(error).hasMessageContaining(problem);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.expression()).isEqualTo(expression);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN x + | SYNTAX | Syntax error
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN y | UNKNOWN_COLUMN | unknown column y (did you mean x?); the parameters are [x]
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN g(x) | UNKNOWN_FUNCTION | unknown function g
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN f(x) | UNKNOWN_FUNCTION | unknown function f
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN sum(x) | NOT_ONE_ROW | sum is an aggregate function
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN row_number() OVER (ORDER BY x) | NOT_ONE_ROW | a window function
                    TEMPORARY FUNCTION f(x ARRAY<INT>) RETURNS INT RETURN explode(x) | NOT_ONE_ROW | explode makes several rows of one
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN SELECT max(y) FROM t WHERE y < x | NOT_ONE_ROW | f reads a table
                    TEMPORARY FUNCTION f(x INT) RETURNS BOOLEAN RETURN x IN (SELECT y FROM t) | NOT_ONE_ROW | a subquery is no row expression
                    TEMPORARY FUNCTION f(x INT) RETURNS TABLE (y INT) RETURN SELECT x | NOT_ONE_ROW | f gives a table
                    TEMPORARY FUNCTION f(x INT) RETURNS TABLE RETURN SELECT x AS y | NOT_ONE_ROW | f gives a table
                    TEMPORARY FUNCTION f(x INT) RETURNS DOUBLE RETURN x + rand() | NOT_DETERMINISTIC | rand does not depend on the row alone
                    TEMPORARY FUNCTION f(x INT) RETURNS TIMESTAMP RETURN now() | NOT_DETERMINISTIC | now does not depend
                    TEMPORARY FUNCTION f(x STRING) RETURNS BINARY RETURN aes_encrypt(x, 'k') | NOT_DETERMINISTIC | aes_encrypt draws a random number
                    TEMPORARY FUNCTION f(x DOUBLE DEFAULT rand()) RETURNS DOUBLE RETURN x | NOT_DETERMINISTIC | rand does not depend
                    TEMPORARY FUNCTION f(x INT, y INT DEFAULT x) RETURNS INT RETURN y | UNKNOWN_COLUMN | unknown column x
                    TEMPORARY FUNCTION f(x INT DEFAULT 1, y INT) RETURNS INT RETURN y | INVALID | y has no DEFAULT
                    TEMPORARY FUNCTION f(x INT NOT NULL) RETURNS INT RETURN x | INVALID | x is NOT NULL
                    TEMPORARY FUNCTION f(x INT, X INT) RETURNS INT RETURN x | INVALID | X is there twice
                    TEMPORARY FUNCTION f(x INT) RETURNS INT NOT DETERMINISTIC RETURN x | NOT_DETERMINISTIC | f is NOT DETERMINISTIC
                    TEMPORARY FUNCTION f(x INT) RETURNS INT READS SQL DATA RETURN x | INVALID | of the clauses before RETURN only
                    TEMPORARY FUNCTION f(x INT) RETURNS INT RETURNS NULL ON NULL INPUT RETURN x | INVALID | of the clauses before RETURN only
                    TEMPORARY FUNCTION f(x INT) RETURNS ARRAY<INT> RETURN x | INVALID | cast
                    TEMPORARY FUNCTION f(x NONSENSE) RETURNS INT RETURN 1 | SYNTAX | NONSENSE
                    TEMPORARY FUNCTION ABS(x INT) RETURNS INT RETURN 1 | INVALID | ABS is a function of Spark's
                    OR REPLACE TEMPORARY FUNCTION Domain(x INT) RETURNS INT RETURN 1 | INVALID | Domain is declared twice
                    TEMPORARY FUNCTION IF NOT EXISTS f(x INT) RETURNS INT RETURN 1 | INVALID | no IF NOT EXISTS
                    TEMPORARY FUNCTION db.f(x INT) RETURNS INT RETURN 1 | INVALID | has one part, this is db.f
                    FUNCTION f(x INT) RETURNS INT RETURN 1 | INVALID | it outlives the query; write CREATE TEMPORARY FUNCTION
                    TEMPORARY FUNCTION f AS 'com.example.F' | INVALID | a class is no function of a row
                    TEMPORARY VIEW v AS SELECT 1 | INVALID | it declares no function; write CREATE TEMPORARY FUNCTION name(
                    """)
    void declarationsOfWhatIsNoFunctionOfARowAreRefused(String statement, Code code, String problem) {
        String setup = "CREATE " + statement;
        ExpressionException error = catchThrowableOfType(ExpressionException.class, () -> functions.with(setup));
        assertThat(error).as(setup).isNotNull().hasMessageContaining(problem);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.expression()).isEqualTo(setup);
    }

    /** Each body names its parameter twice: the last would have 2 to the 40th parts. */
    @Test
    void functionsThatGrowWithoutBoundAreRefused() {
        SqlFunctions nested = SqlFunctions.of(List.of("CREATE TEMPORARY FUNCTION f0(x BIGINT) RETURN x + x"));
        ExpressionException error = null;
        int depth = 0;
        while (error == null && depth < 40) {
            depth++;
            String setup = "CREATE TEMPORARY FUNCTION f" + depth + "(x BIGINT) RETURN f" + (depth - 1) + "(f"
                    + (depth - 1) + "(x))";
            try {
                nested = nested.with(setup);
            } catch (ExpressionException e) {
                error = e;
            }
        }
        assertThat(error).hasMessageContaining("more than 10000 parts");
        assertThat(depth).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    CREATE TEMPORARY FUNCTION f(x INT) RETURN x | FUNCTION
                    create or replace temporary function f() returns int return 1; | FUNCTION
                    CREATE FUNCTION f AS 'a.B' USING JAR 'x.jar' | FUNCTION
                    SET x | CONFIGURATION
                    SET spark.sql.ansi.enabled = true | CONFIGURATION
                    SET TIME ZONE 'Europe/Paris' | CONFIGURATION
                    RESET | CONFIGURATION
                    CREATE TEMPORARY VIEW v AS SELECT 1 | OTHER
                    CACHE TABLE t | OTHER
                    """)
    void statementsAreOfAKind(String statement, SetupKind kind) {
        assertThat(SetupKind.of(statement)).isEqualTo(kind);
    }

    @Test
    void whatIsNoStatementIsRefused() {
        assertThatThrownBy(() -> SetupKind.of("CREATE NONSENSE"))
                .isInstanceOfSatisfying(
                        ExpressionException.class,
                        error -> assertThat(error.code()).isEqualTo(Code.SYNTAX));
        assertThatThrownBy(() -> SetupKind.of("SELECT 1; SELECT 2")).isInstanceOf(ExpressionException.class);
    }

    @Test
    void columnsOfACallAreThoseOfItsArguments() {
        assertThat(ExpressionTyper.referencedColumns("late(more => ts, delay => twice(delay))"))
                .containsExactly("ts", "delay");
    }
}
