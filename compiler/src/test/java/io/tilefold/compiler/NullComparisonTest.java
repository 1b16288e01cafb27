package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NullComparisonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "x != null",
                "x!=NULL",
                "x <> null AND y > 1",
                "x = null",
                "x == Null",
                "null != x",
                "if(x = null, 1, 2)",
                "a = 'is' AND b = null"
            })
    void found(String sql) {
        assertThat(NullComparison.isIn(sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x IS NOT NULL",
                "x <=> null",
                "null <=> x",
                "x = nullable",
                "x = 'a = null'",
                "x = \"!= null\"",
                "x = 'it\\'s = null'",
                "`a = null` > 1",
                "x > 1 -- = null",
                "x > 1 /* = null */",
                "x >= 1"
            })
    void notFound(String sql) {
        assertThat(NullComparison.isIn(sql)).isFalse();
    }
}
