package io.tilefold.core.definition;

/** A named Spark SQL expression over base outputs; {@code ("*", "*")} keeps the rest. */
public record Derivation(String name, String expression) {
    public boolean isWildcard() {
        return name.equals("*") && expression.equals("*");
    }
}
