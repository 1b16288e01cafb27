package io.tilefold.compiler;

/** The cast to write for a column of a type that is not Tilefold's (SEMANTICS.md §5, Types). */
final class OtherTypes {
    private OtherTypes() {}

    static String castOf(String column, String sparkType) {
        if (sparkType.startsWith("decimal")) {
            return "CAST(" + column + " AS DOUBLE)";
        }
        if (sparkType.startsWith("timestamp")) {
            return "unix_millis(" + column + ")";
        }
        return "CAST(" + column + " AS STRING)";
    }
}
