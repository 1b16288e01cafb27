package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.compiler.yaml.Problem;
import java.util.List;

/**
 * A row of a table of bad definitions: what is refused, where, and how it is said.
 *
 * @param yaml the definitions; the line the problem names ends in {@code #!}
 * @param value what stands at the field, empty if nothing
 * @param pieces of the problem and its hint, in order
 */
record Refusal(String rule, String yaml, String field, String value, List<String> pieces) {
    private static final String MARK = "#!";

    static Refusal of(String rule, String yaml, String field, String value, String... pieces) {
        return new Refusal(rule, yaml, field, value, List.of(pieces));
    }

    /** Exactly this problem and no other. */
    void assertFound(List<Problem> problems) {
        assertThat(problems).as(rule).hasSize(1);
        Problem problem = problems.get(0);
        assertThat(problem.field()).as("field of: %s", problem).isEqualTo(field);
        assertThat(problem.value()).as("value of: %s", problem).isEqualTo(value);
        assertThat(problem.line()).as("line of: %s", problem).isEqualTo(markedLine());
        assertThat(problem.hint()).as("hint of: %s", problem).isNotBlank();
        assertThat(problem.problem() + "; " + problem.hint()).containsSubsequence(pieces);
    }

    private int markedLine() {
        List<String> lines = yaml.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).endsWith(MARK)) {
                return i + 1;
            }
        }
        throw new AssertionError("no line of the definition ends in " + MARK + ":\n" + yaml);
    }

    @Override
    public String toString() {
        return rule;
    }
}
