package io.tilefold.core.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SqlConfigurationTest {
    @Test
    void canonicalTextIsPartOfEveryIdSoItsBytesAreFixed() {
        assertThat(SqlConfiguration.canonicalText()).isEqualTo("""
                        spark.sql.alwaysInlineCommonExpr=true
                        spark.sql.ansi.doubleQuotedIdentifiers=false
                        spark.sql.ansi.enabled=false
                        spark.sql.ansi.enforceReservedKeywords=false
                        spark.sql.caseSensitive=false
                        spark.sql.decimalOperations.allowPrecisionLoss=true
                        spark.sql.lateralColumnAlias.enableImplicitResolution=false
                        spark.sql.legacy.sizeOfNull=true
                        spark.sql.legacy.timeParserPolicy=CORRECTED
                        spark.sql.mapKeyDedupPolicy=EXCEPTION
                        spark.sql.parser.quotedRegexColumnNames=false
                        spark.sql.session.timeZone=UTC
                        spark.sql.timestampType=TIMESTAMP_LTZ
                        """);
    }

    @Test
    void settingsCannotBeChanged() {
        assertThatThrownBy(() -> SqlConfiguration.settings().put("spark.sql.ansi.enabled", "true"))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
