package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType.Scalar;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** GroupBys that read the output of a join. */
class JoinSourceTest {
    private static final String PART = """
            ---
            kind: GroupBy
            name: airport
            online: true
            sources: [{events: {table: flights, topic: flights, query: {timeColumn: ts}}}]
            keys: [origin]
            aggregations: [{inputColumn: delay, operation: sum, windows: [1d]}]
            """;

    private static final String PARENT = """
            ---
            kind: Join
            name: team.parent
            online: true
            left:
              events:
                table: flights
                topic: flights
                query: {selects: {late: delay > 15, distance: delay * 2}, timeColumn: ts}
            parts: [{groupBy: airport}]
            derivations:
              - {name: "*", expression: "*"}
              - {name: load, expression: airport_delay_sum_1d / 2}
            """;

    private static String child(String source, String input) {
        return """
                kind: GroupBy
                name: child
                online: true
                sources: [{join: {%s}}]
                keys: [origin]
                aggregations: [{inputColumn: %s, operation: sum, windows: [1d]}]
                """.formatted(source, input);
    }

    private static final String CHILD = child("join: team.parent, query: {wheres: [late]}", "load");

    @Test
    void theDataModelAndTheTopicFollowFromTheJoin() {
        Compilation compilation = TestDefinitions.compile(CHILD + PART + PARENT);

        assertThat(compilation.problems()).isEmpty();
        CompiledGroupBy child = compilation.catalog().groupBy("child").orElseThrow();
        assertThat(child.definition().accuracy()).as("by default").isEqualTo(Accuracy.TEMPORAL);
        assertThat(child.definition().streamingSource().flatMap(Source::streamTopic))
                .isEqualTo(Optional.of("flights"));
        assertThat(child.sourceSchemas().get(0).fields())
                .containsExactlyInAnyOrder(
                        new Field("late", Scalar.BOOLEAN),
                        new Field("ts", Scalar.LONG),
                        new Field("origin", Scalar.STRING),
                        new Field("load", Scalar.DOUBLE));
        assertThat(compilation.catalog().join("team.parent")).isPresent();
    }

    @Test
    void anOutputOfTheJoinIsReadUnderItsName() {
        Compilation compilation =
                TestDefinitions.compile(child("join: team.parent", "airport_delay_sum_1d") + PART + PARENT);

        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation
                        .catalog()
                        .groupBy("child")
                        .orElseThrow()
                        .selected()
                        .fields())
                .containsExactly(new Field("origin", Scalar.STRING), new Field("airport_delay_sum_1d", Scalar.LONG));
    }

    @Test
    void withoutAWildcardTheKeysRemainOfTheLeft() {
        String derived = PARENT.replace("  - {name: \"*\", expression: \"*\"}\n", "");
        assertThat(problems(child("join: team.parent", "load") + PART + derived))
                .isEmpty();
        assertThat(problems(CHILD + PART + derived)).anyMatch(problem -> problem.contains("late"));
    }

    @Test
    void aChangeOfTheParentIsOneOfTheChild() {
        DefinitionId id = id(CHILD + PART + PARENT);
        assertThat(id(CHILD + PART + PARENT)).isEqualTo(id);
        assertThat(id(CHILD + PART + PARENT.replace("/ 2", "/ 3"))).isNotEqualTo(id);
        assertThat(id(CHILD + PART.replace("{inputColumn: delay, operation: sum, windows: [1d]}", """
                {inputColumn: delay, operation: sum, windows: [1d]}, {inputColumn: delay, operation: count}""") + PARENT))
                .isNotEqualTo(id);
        assertThat(id(CHILD.replace("online: true\n", "") + PART + PARENT)).isEqualTo(id);
    }

    @Test
    void aParentThatIsNotOnlineIsRefused() {
        String offline = PARENT.replace("online: true\n", "");
        assertThat(problems(CHILD + PART + offline))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("sources[0].join.join", "team.parent", "is not online, but GroupBy child is")
                        .contains("online: true in join team.parent"));
        assertThat(problems(CHILD.replace("online: true\n", "") + PART + offline))
                .as("offline nobody is asked")
                .isEmpty();
        assertThat(problems(CHILD.replace("online: true\n", "online: true\naccuracy: SNAPSHOT\n") + PART + offline))
                .as("SNAPSHOT values come from batch")
                .isEmpty();
    }

    @Test
    void aLeftWithMutationsIsRefusedOnline() {
        String parent = """
                ---
                kind: Join
                name: team.parent
                online: true
                left: {entities: {snapshotTable: airports, mutationTable: m, mutationTopic: t, query: {selects: {origin: airport}}}}
                parts: [{groupBy: airport}]
                """;
        String child = child("join: team.parent, query: {timeColumn: 'CAST(1 AS BIGINT)'}", "airport_delay_sum_1d");
        assertThat(problems(child + PART + parent))
                .anyMatch(
                        problem -> problem.contains(
                                "has mutations, and what its output is between two days is not defined: batch writes it day by day"));
    }

    @Test
    void whatCannotBeDoneWithEventsIsRefused() {
        assertThat(problems(
                        CHILD + PART + PARENT.replace("timeColumn: ts}", "timeColumn: ts, setups: [CACHE TABLE t]}")))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("a parent join with a setup in its left that declares no function"));
        assertThat(problems(CHILD.replace("query: {", "query: {setups: [CACHE TABLE t], ") + PART + PARENT))
                .singleElement()
                .satisfies(problem -> assertThat(problem).contains("a setup that declares no function"));
    }

    @Test
    void leftAndChildMayDeclareDifferentFunctionsOfOneName() {
        String parent = PARENT.replace(
                        "timeColumn: ts}",
                        "timeColumn: ts, setups: ['CREATE TEMPORARY FUNCTION f(x BIGINT) RETURN x > 15']}")
                .replace("late: delay > 15", "late: f(delay)");
        String child = CHILD.replace(
                "query: {wheres: [late]}",
                "query: {wheres: [late], selects: {origin: f(origin)},"
                        + " setups: ['CREATE TEMPORARY FUNCTION f(x STRING) RETURN lower(x)']}");
        Compilation compilation = TestDefinitions.compile(child + PART + parent);
        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation
                        .catalog()
                        .groupBy("child")
                        .orElseThrow()
                        .selected()
                        .find("origin"))
                .contains(new Field("origin", Scalar.STRING));
        assertThat(compilation
                        .catalog()
                        .join("team.parent")
                        .orElseThrow()
                        .left()
                        .find("late"))
                .contains(new Field("late", Scalar.BOOLEAN));
    }

    @Test
    void contextualFieldsMayBeListsMapsAndStructs() {
        assertThat(problems(CHILD + PART
                        + PARENT.replace(
                                "late: delay > 15",
                                "late: delay > 15, tags: array(1), leg: \"named_struct('to', destination)\"")
                        + "contextual: {tags: list<int>, leg: 'struct<to:string>'}\n"))
                .isEmpty();
    }

    @Test
    void columnsThatAreGivenAreThoseOfTheJoin() {
        assertThat(problems(
                        child("join: team.parent, columns: {load: double, origin: string}", "load") + PART + PARENT))
                .isEmpty();
        assertThat(problems(child("join: team.parent, columns: {load: long, origin: string}", "load") + PART + PARENT))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("columns.load", "is of type double in the output of join team.parent"));
    }

    @Test
    void aCircleIsRefused() {
        String circle = PARENT.replace("[{groupBy: airport}]", "[{groupBy: airport}, {groupBy: child}]");
        assertThat(problems(CHILD + PART + circle))
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("join team.parent and GroupBy child wait for each other", "a circle"));
    }

    /** A join over a child, and a child of that. */
    @Test
    void chainsMayBeLong() {
        String second = """
                ---
                kind: Join
                name: grandparent
                online: true
                left: {events: {table: flights, topic: flights, query: {timeColumn: ts}}}
                parts: [{groupBy: child}]
                """;
        String grandchild = CHILD.replace("child", "grandchild")
                .replace("join: team.parent, query: {wheres: [late]}", "join: grandparent")
                .replace("load", "child_load_sum_1d");
        Compilation compilation = TestDefinitions.compile(grandchild + "---\n" + CHILD + PART + second + PARENT);
        assertThat(compilation.problems()).isEmpty();
        assertThat(compilation.catalog().groupBy("grandchild")).isPresent();
    }

    private static List<String> problems(String yaml) {
        return TestDefinitions.compile(yaml).problems().stream()
                .map(Object::toString)
                .toList();
    }

    private static DefinitionId id(String yaml) {
        Compilation compilation = TestDefinitions.compile(yaml);
        assertThat(compilation.problems()).isEmpty();
        return compilation.catalog().groupBy("child").orElseThrow().id();
    }
}
