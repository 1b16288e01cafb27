package io.tilefold.core.definition;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The one configuration under which Spark SQL expressions run, offline and online (SEMANTICS.md §1): ANSI off (a bad cast is null), UTC,
 * case-insensitive. The batch job sets {@link #settings()} on its session; the expressions module compiles under them.
 *
 * <p>What is not listed has the default of the Spark version in use. A setting is listed if a default of a later Spark, or of a company's
 * spark-defaults.conf, would change what an expression means. {@link #canonicalText()} is part of every definition's id: changing a line
 * here changes all ids.
 */
public final class SqlConfiguration {
    private static final Map<String, String> SETTINGS = settingsByKey(
            // A bad cast, an overflow and a division by zero are null, a wrapped number and null; never an exception.
            "spark.sql.ansi.enabled", "false",
            "spark.sql.ansi.doubleQuotedIdentifiers", "false",
            "spark.sql.ansi.enforceReservedKeywords", "false",
            "spark.sql.caseSensitive", "false",
            "spark.sql.session.timeZone", "UTC",
            "spark.sql.timestampType", "TIMESTAMP_LTZ",
            "spark.sql.legacy.timeParserPolicy", "CORRECTED",
            // size(null) is -1, as it always was with ANSI off.
            "spark.sql.legacy.sizeOfNull", "true",
            "spark.sql.mapKeyDedupPolicy", "EXCEPTION",
            "spark.sql.decimalOperations.allowPrecisionLoss", "true",
            "spark.sql.parser.quotedRegexColumnNames", "false",
            // A select reads the source's columns, never a sibling's alias.
            "spark.sql.lateralColumnAlias.enableImplicitResolution", "false",
            // BETWEEN and its like become plain expressions; the other form needs a second projection below the row.
            "spark.sql.alwaysInlineCommonExpr", "true");

    private static final String CANONICAL_TEXT = SETTINGS.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
            .collect(Collectors.joining());

    private SqlConfiguration() {}

    /** Spark setting to value, ordered by key, unmodifiable. */
    public static Map<String, String> settings() {
        return SETTINGS;
    }

    /** The settings as {@code key=value} lines ordered by key, each ended by a line feed: what definition ids are made of. */
    public static String canonicalText() {
        return CANONICAL_TEXT;
    }

    private static Map<String, String> settingsByKey(String... keysAndValues) {
        Map<String, String> settings = new TreeMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            settings.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return Collections.unmodifiableMap(settings);
    }
}
