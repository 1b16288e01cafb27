package io.tilefold.compiler;

import java.util.regex.Pattern;

/** Finds {@code x != null} and its like in SQL: null for every row, so a condition that keeps none. */
final class NullComparison {
    private static final Pattern QUOTED_OR_COMMENT = Pattern.compile(
            "'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|--[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern COMPARISON = Pattern.compile(
            "(?<![<>=!])(?:!=|<>|==|=)\\s*null\\b|\\bnull\\s*(?:!=|<>|==|=)(?![<>=])", Pattern.CASE_INSENSITIVE);

    private NullComparison() {}

    static boolean isIn(String sql) {
        return COMPARISON
                .matcher(QUOTED_OR_COMMENT.matcher(sql).replaceAll("''"))
                .find();
    }
}
