package io.tilefold.compiler;

/** The cast to write for a column of a type that is not Tilefold's (SEMANTICS.md §5, Types). */
final class OtherTypes {
    private OtherTypes() {}

    static String castOf(String column, String sparkType) {
        if (sparkType.indexOf('<') >= 0) {
            return "CAST(" + column + " AS " + carried(sparkType) + ")";
        }
        if (sparkType.startsWith("decimal")) {
            return "CAST(" + column + " AS DOUBLE)";
        }
        if (sparkType.startsWith("timestamp")) {
            return "unix_millis(" + column + ")";
        }
        return "CAST(" + column + " AS STRING)";
    }

    /** A list, map or struct type with its parts replaced by such as Tilefold carries; a name before a colon is a field's. */
    private static String carried(String sparkType) {
        return sparkType
                .replaceAll("\\bdecimal\\([^)]*\\)", "double")
                .replaceAll("\\b(date|timestamp|timestamp_ntz|timestamp_ltz)\\b(?!:)", "string")
                .replaceAll("\\bmap<[a-z]+,", "map<string,");
    }
}
