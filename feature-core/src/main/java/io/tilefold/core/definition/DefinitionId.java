package io.tilefold.core.definition;

import java.util.regex.Pattern;

/**
 * Content id of a definition: SHA-256, 64 lower-case hex digits, over what decides its values (the definition without metadata, the types of its
 * columns, the expression configuration). Equal ids mean equal values.
 */
public record DefinitionId(String hex) implements Comparable<DefinitionId> {
    private static final Pattern SYNTAX = Pattern.compile("[0-9a-f]{64}");

    public DefinitionId {
        if (!isValid(hex)) {
            throw new IllegalArgumentException("definition id \"" + hex + "\" is not 64 lower-case hex digits");
        }
    }

    /** True if a text is a definition's id. */
    public static boolean isValid(String hex) {
        return SYNTAX.matcher(hex).matches();
    }

    /** The first 12 digits: enough for people and file names beside the whole id. */
    public String abbreviated() {
        return hex.substring(0, 12);
    }

    @Override
    public int compareTo(DefinitionId other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
