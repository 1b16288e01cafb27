package io.tilefold.compiler;

import static io.tilefold.compiler.TestDefinitions.compile;
import static io.tilefold.compiler.TestDefinitions.groupBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What queries declare, and what they may not: online and offline alike, but for statements that batch alone runs. */
final class SetupRulesTest {
    private static final String SUM = "keys: [place]\naggregations: [{inputColumn: late, operation: sum}]\n";

    /** One setup, marked; {@code online} or not. */
    private static String source(boolean online, String setup) {
        return groupBy((online ? "online: true\n" : "") + """
                sources:
                  - events:
                      table: flights
                      topic: flights
                      query:
                        selects: {place: origin, late: delay}
                        timeColumn: ts
                        setups:
                          - CREATE TEMPORARY FUNCTION before(x INT) RETURN x
                          - %s  #!
                """.formatted(setup) + SUM);
    }

    static Stream<Refusal> everywhere() {
        return Stream.of(true, false)
                .flatMap(online -> Stream.of(
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f AS 'com.example.F'",
                                "a class is no function of a row: Spark without Hive runs none",
                                "CREATE TEMPORARY FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN 2 * x"),
                        refused(
                                online,
                                "SET spark.sql.ansi.enabled = true",
                                "changes Spark's configuration, and expressions run with one everywhere",
                                "remove it"),
                        refused(online, "SET x", "changes Spark's configuration", "remove it"),
                        refused(online, "RESET", "changes Spark's configuration", "remove it"),
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f(x INT) RETURNS INT RETURN (SELECT max(y) FROM t)",
                                "f reads a table",
                                "a function's body is an expression of its parameters and nothing else"),
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f(x INT) RETURN sum(x)",
                                "sum is an aggregate function",
                                "a function's body"),
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f(x INT) RETURN x + rand()",
                                "rand does not depend on the row alone",
                                "a function's body"),
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f(x INT) RETURN delay",
                                "unknown column delay; the parameters are [x]",
                                "a function's body"),
                        refused(
                                online,
                                "CREATE TEMPORARY FUNCTION f(x INT) RETURN befor(x)",
                                "unknown function befor (did you mean before?)",
                                "those declared before it"),
                        refused(
                                online,
                                "CREATE OR REPLACE TEMPORARY FUNCTION BEFORE(x INT) RETURN x",
                                "BEFORE is declared twice; keep one",
                                ""),
                        refused(online, "CREATE NONSENSE", "Syntax error", "write one Spark SQL statement")));
    }

    private static Refusal refused(boolean online, String setup, String problem, String hint) {
        return Refusal.of(
                (online ? "online: " : "offline: ") + setup,
                source(online, '"' + setup + '"'),
                "sources[0].events.query.setups[1]",
                setup,
                problem,
                hint);
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void refuses(Refusal row) {
        row.assertFound(compile(row.yaml()).problems());
    }

    /** The types of the row, which is what batch, ingest and the plan go by, follow from the functions. */
    @Test
    void functionsAreTypedAndTheirArgumentsAreRead() {
        Compilation compilation = compile(groupBy("""
                online: true
                sources:
                  - events:
                      table: flights
                      topic: flights
                      query:
                        setups:
                          - CREATE TEMPORARY FUNCTION place(code STRING) RETURNS STRING RETURN lower(trim(code))
                          - CREATE TEMPORARY FUNCTION counts(minutes INT, least INT DEFAULT 15) RETURN minutes > least
                          - CREATE TEMPORARY FUNCTION at(t BIGINT) RETURN t + 1
                        selects: {place: place(origin), late: "counts(least => 20, minutes => delay)"}
                        wheres: [counts(delay)]
                        timeColumn: at(ts)
                """ + SUM));
        assertThat(compilation.problems()).isEmpty();
        CompiledGroupBy compiled = compilation.catalog().groupBy("g").orElseThrow();
        assertThat(compiled.selected())
                .isEqualTo(Schema.of(new Field("place", Scalar.STRING), new Field("late", Scalar.BOOLEAN)));
        assertThat(compiled.sourceSchemas().get(0).names()).containsExactlyInAnyOrder("origin", "delay", "ts");
        assertThat(compiled.definition().sources().get(0).query().setups()).hasSize(3);
    }

    @Test
    void aChangedBodyIsAnotherDefinition() {
        String one = source(true, "CREATE TEMPORARY FUNCTION f(x INT) RETURN x + 1");
        String other = source(true, "CREATE TEMPORARY FUNCTION f(x INT) RETURN x + 2");
        assertThat(compile(one).catalog().groupBy("g").orElseThrow().id())
                .isNotEqualTo(
                        compile(other).catalog().groupBy("g").orElseThrow().id());
    }

    @Test
    void eachSourceHasItsOwnFunctions() {
        String two = groupBy("""
                sources:
                  - events:
                      table: flights
                      query:
                        setups: ["CREATE TEMPORARY FUNCTION f(x STRING) RETURN lower(x)"]
                        selects: {place: f(origin), late: delay}
                        timeColumn: ts
                  - events:
                      table: flights
                      query:
                        selects: {place: f(destination), late: delay}  #!
                        timeColumn: ts
                """ + SUM);
        Refusal.of(
                        "a sibling's function",
                        two,
                        "sources[1].events.query.selects.place",
                        "f(destination)",
                        "unknown function f",
                        "or declare one in setups")
                .assertFound(compile(two).problems());
        assertThat(compile(two.replace("f(destination)", "destination")).problems())
                .isEmpty();
    }

    @Test
    void whatBatchAloneRunsIsTakenWhereLiveDoesNotReadTheRows() {
        assertThat(compile(source(false, "CACHE TABLE t")).problems()).isEmpty();
        assertThat(compile(source(true, "CACHE TABLE t")).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .contains("a setup that declares no function, for a source with a topic, is not served"));
    }

    /** Its statements run in the session that all definitions share. */
    @Test
    void aStagingQueryChangesNoConfigurationEither() {
        String staging = """
                kind: StagingQuery
                name: s
                setups: ["CREATE TEMPORARY VIEW v AS SELECT {{ latest_date }}", %s]
                query: SELECT 1 AS x
                """;
        assertThat(compile(staging.formatted("SET spark.sql.shuffle.partitions = 7"))
                        .problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .contains("setups[1]", "changes Spark's configuration", "given to spark-submit"));
        assertThat(compile(staging.formatted("CREATE TEMPORARY FUNCTION f AS 'com.example.F'"))
                        .problems())
                .isEmpty();
    }

    @Test
    void aLeftIsTypedWithItsFunctionsAndABootstrapPartChecked() {
        String join = """
                ---
                kind: Join
                name: j
                left:
                  events:
                    table: flights
                    query:
                      setups: ["CREATE TEMPORARY FUNCTION place(x STRING) RETURN lower(x)"]
                      selects: {place: place(origin), id: place(destination)}
                      timeColumn: ts
                rowIds: [id]
                parts: [{groupBy: g}]
                bootstrapParts: [{table: b, query: {setups: [%s]}}]
                """;
        String part = source(false, "CREATE TEMPORARY FUNCTION f(x INT) RETURN x");
        Compilation compilation = compile(part + join.formatted("'CREATE TEMPORARY FUNCTION place(x INT) RETURN x'"));
        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.catalog().join("j").orElseThrow().left())
                .isEqualTo(Schema.of(new Field("place", Scalar.STRING), new Field("id", Scalar.STRING)));
        assertThat(List.copyOf(compile(part + join.formatted("SET x")).problems()))
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .contains("bootstrapParts[0].query.setups[0]", "changes Spark's configuration"));
    }
}
