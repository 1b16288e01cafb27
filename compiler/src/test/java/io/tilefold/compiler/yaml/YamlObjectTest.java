package io.tilefold.compiler.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class YamlObjectTest {
    private final Problems problems = new Problems();

    private YamlObject parse(String text) {
        return YamlDocuments.parse("f.yaml", text, problems).get(0);
    }

    private List<String> found() {
        return problems.sorted().stream().map(Problem::toString).toList();
    }

    @Test
    void readsEveryType() {
        YamlObject object = parse("""
                name: 007
                yes: true
                count: 0x10
                padded: 0010
                octal: 0o10
                shares: [0.5, 1, 1e-3]
                tags: [a, 2]
                map: {x: delay, y: 1}
                unit: seconds
                nested: {deep: {deeper: here}}
                """);

        assertThat(object.string("name", "")).isEqualTo("007");
        assertThat(object.bool("yes", false)).isTrue();
        assertThat(object.wholeNumber("count", 0, 100)).hasValue(16);
        assertThat(object.wholeNumber("padded", 0, 100)).hasValue(10);
        assertThat(object.wholeNumber("octal", 0, 100)).hasValue(8);
        assertThat(object.doubles("shares")).containsExactly(0.5, 1.0, 0.001);
        assertThat(object.strings("tags")).containsExactly("a", "2");
        assertThat(object.stringMap("map")).containsExactly(Map.entry("x", "delay"), Map.entry("y", "1"));
        assertThat(object.oneOf("unit", TimeUnit.class)).hasValue(TimeUnit.SECONDS);
        assertThat(object.object("nested", "")
                        .flatMap(nested -> nested.object("deep", ""))
                        .map(deep -> deep.string("deeper", "")))
                .hasValue("here");
        object.finish();
        assertThat(found()).isEmpty();
    }

    @Test
    void whatIsAbsentHasADefaultOrIsMissing() {
        YamlObject object = parse("x: 1");

        assertThat(object.optionalString("a")).isEmpty();
        assertThat(object.bool("b", true)).isTrue();
        assertThat(object.wholeNumber("c", 0, 1)).isEqualTo(OptionalLong.empty());
        assertThat(object.strings("d")).isEmpty();
        assertThat(found()).isEmpty();

        object.string("name", "give one");
        assertThat(found()).containsExactly("f.yaml:1: name: is missing; give one");
    }

    @Test
    void wrongTypesAreCollected() {
        YamlObject object = parse("""
                a: [1]
                b: "yes"
                c: 1.5
                d: x
                e: {f: 1}
                g:
                h: [1, {i: 2}]
                j: 70000000000000000000
                k: fortnights
                """);

        object.optionalString("a");
        object.bool("b", true);
        object.wholeNumber("c", 1, 9);
        object.strings("d");
        object.strings("e");
        object.optionalString("g");
        object.strings("h");
        object.wholeNumber("j", 1, 9);
        object.oneOf("k", TimeUnit.class);

        assertThat(found())
                .containsExactly(
                        "f.yaml:1: a: is a list, not text; write text",
                        "f.yaml:2: b = \"yes\": is text, not true or false; write true or false",
                        "f.yaml:3: c = \"1.5\": is a number, not a whole number from 1 to 9; write a whole number from 1"
                                + " to 9",
                        "f.yaml:4: d = \"x\": is text, not a list; write [a, b], or one \"- item\" per line",
                        "f.yaml:5: e: is a mapping, not a list; write [a, b], or one \"- item\" per line",
                        "f.yaml:6: g: is empty; give a value, or leave the field out",
                        "f.yaml:7: h[1]: is a mapping, not text; write text",
                        "f.yaml:8: j = \"70000000000000000000\": is out of range; write a whole number from 1 to 9",
                        "f.yaml:9: k = \"fortnights\": is unknown; it is one of NANOSECONDS, MICROSECONDS, MILLISECONDS,"
                                + " SECONDS, MINUTES, HOURS, DAYS");
    }

    @Test
    void unknownFieldsNameTheNearest() {
        YamlObject object = parse("""
                tabel: flights
                query: {}
                colour: red
                """);
        object.optionalString("table");
        object.optionalObject("query");
        object.finish();

        assertThat(found())
                .containsExactly(
                        "f.yaml:1: tabel = \"flights\": unknown field; did you mean table?",
                        "f.yaml:3: colour = \"red\": unknown field; known are table, query");
    }

    @Test
    void mergedFieldsGiveWayToWrittenOnes() {
        YamlObject object = parse("""
                base: &base {a: 1, b: 2}
                own: {<<: *base, b: 3}
                """);

        assertThat(object.stringMap("own")).containsOnly(Map.entry("a", "1"), Map.entry("b", "3"));
        assertThat(found()).isEmpty();
    }

    @Test
    void duplicateFieldsNameBothLines() {
        parse("""
              a: 1
              b: {c: 1,
                c: 2}
              a: 3
              """).optionalObject("b");

        assertThat(found())
                .containsExactly(
                        "f.yaml:3: b.c = \"2\": appears twice, first in line 2; keep one",
                        "f.yaml:4: a = \"3\": appears twice, first in line 1; keep one");
    }

    @Test
    void documentsAreReadUpToTheBrokenOne() {
        List<YamlObject> documents = YamlDocuments.parse("f.yaml", """
                a: 1
                ---
                # nothing
                ---
                - a list
                ---
                b: [1, 2
                c: 3
                """, problems);

        assertThat(documents).hasSize(1);
        assertThat(found())
                .satisfiesExactly(
                        list -> assertThat(list).isEqualTo("f.yaml:5: is a list; write fields: name: value"),
                        broken -> assertThat(broken).startsWith("f.yaml:8: is no YAML: while parsing a flow sequence"));
    }

    @Test
    void pathsLeadToLines() {
        Location location = parse("""
                        name: x

                        list:
                          - {a: &anchor [1,
                              2]}
                          -
                            b: *anchor
                        """).location();

        assertThat(location.line("name")).isEqualTo(1);
        assertThat(location.line("list")).isEqualTo(3);
        assertThat(location.line("list[0].a[1]")).isEqualTo(5);
        assertThat(location.line("list[1].b")).as("where the alias stands").isEqualTo(7);
        assertThat(location.line("list[1].c"))
                .as("not written: the enclosing one")
                .isEqualTo(7);
        assertThat(location.line("list[9].c")).isEqualTo(3);
        assertThat(location.line("absent.deeper")).isEqualTo(1);
    }

    @Test
    void theNearestNameIsNear() {
        List<String> known = List.of("sum", "count", "last_k", "unique_count");

        assertThat(NearestName.find("summ", known)).hasValue("sum");
        assertThat(NearestName.find("lastk", known)).hasValue("last_k");
        assertThat(NearestName.find("coutn", known)).as("a swap is one edit").hasValue("count");
        assertThat(NearestName.find("UNIQUE_COUNTS", known)).hasValue("unique_count");
        assertThat(NearestName.find("median", known)).isEmpty();
        assertThat(NearestName.find("", known)).isEmpty();
    }
}
