package io.tilefold.compiler.yaml;

import java.util.Comparator;

/**
 * Something wrong, or doubtful, in a file people write.
 *
 * @param file as the user named it
 * @param line counted from 1; 0 if there are no lines (definitions built in Java)
 * @param field path from the document's root, {@code "aggregations[2].operation"}; empty for the document itself
 * @param value what stands there; empty if nothing does
 * @param problem what is wrong with it
 * @param hint what to write instead
 */
public record Problem(String file, int line, String field, String value, String problem, String hint)
        implements Comparable<Problem> {
    private static final Comparator<Problem> ORDER = Comparator.comparing(Problem::file)
            .thenComparingInt(Problem::line)
            .thenComparing(Problem::field)
            .thenComparing(Problem::problem)
            .thenComparing(Problem::hint)
            .thenComparing(Problem::value);

    /** By file, line and field. */
    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /** One line: {@code flights.yaml:12: aggregations[0].operation = "summ": unknown operation; did you mean sum?}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line);
        }
        if (!field.isEmpty()) {
            text.append(": ").append(field);
        }
        if (!value.isEmpty()) {
            text.append(field.isEmpty() ? ": " : " = ")
                    .append('"')
                    .append(value)
                    .append('"');
        }
        text.append(": ").append(problem);
        return hint.isEmpty() ? text.toString() : text.append("; ").append(hint).toString();
    }
}
