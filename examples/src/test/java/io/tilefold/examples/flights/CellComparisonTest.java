package io.tilefold.examples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CellComparisonTest {
    private static final Question QUESTION = new Question("SEA", "DEN", 981_763_200_000L);

    @Test
    void integersAreEqualByValueWhateverTheirWidth() {
        assertThat(CellComparison.equal(7L, 7)).isTrue();
        assertThat(CellComparison.equal(7L, (short) 7)).isTrue();
        assertThat(CellComparison.equal(7L, 8)).isFalse();
        assertThat(CellComparison.equal(7L, 7.0)).isFalse();
        assertThat(CellComparison.equal(Long.MAX_VALUE, Long.MAX_VALUE - 1)).isFalse();
    }

    @Test
    void floatingNumbersAreEqualWithinTheTolerance() {
        assertThat(CellComparison.equal(1e12, 1e12 + 1)).isTrue();
        assertThat(CellComparison.equal(1e12, 1e12 + 10_000)).isFalse();
        assertThat(CellComparison.equal(0.0, 1e-10)).isTrue();
        assertThat(CellComparison.equal(0.0, 1e-8)).isFalse();
        assertThat(CellComparison.equal(Double.NaN, Double.NaN)).isFalse();
        assertThat(CellComparison.equal(Double.POSITIVE_INFINITY, 1.0)).isFalse();
    }

    @Test
    void listsAndMapsAreComparedByElement() {
        assertThat(CellComparison.equal(List.of(1L, 2L), List.of(1, 2))).isTrue();
        assertThat(CellComparison.equal(List.of(1L, 2L), List.of(2, 1))).isFalse();
        assertThat(CellComparison.equal(List.of(1L), List.of(1, 1))).isFalse();
        assertThat(CellComparison.equal(Arrays.asList(1L, null), Arrays.asList(1, null)))
                .isTrue();
        assertThat(CellComparison.equal(Map.of("a", 1.0), Map.of("a", 1.0 + 1e-12)))
                .isTrue();
        assertThat(CellComparison.equal(Map.of("a", 1.0), Map.of("b", 1.0))).isFalse();
        assertThat(CellComparison.equal(Map.of("a", 1.0), Map.of("a", 1.0, "b", 2.0)))
                .isFalse();
        assertThat(CellComparison.equal(List.of(), Map.of())).isFalse();
    }

    @Test
    void countsAndRemembersTheFirstDifferences() {
        CellComparison comparison = new CellComparison(1);
        comparison.compareRow(
                QUESTION,
                row("same", 1L, "absent", null, "one_sided", null, "other", "a"),
                row("same", 1, "absent", null, "one_sided", 0L, "other", "b"));

        assertThat(comparison.comparedCount()).isEqualTo(4);
        assertThat(comparison.bothNullCount()).isEqualTo(1);
        assertThat(comparison.differentCount()).isEqualTo(2);
        assertThat(comparison.nonNullShare()).isEqualTo(0.75);
        assertThat(comparison.differences()).hasSize(1);
        assertThat(comparison.differences().get(0))
                .hasToString("SEA→DEN at 2001-02-10T00:00:00Z one_sided: expected null but was 0");
        assertThat(comparison.summary())
                .isEqualTo("4 values compared, 1 null on both sides (75.0% non-null), 2 different");
    }

    @Test
    void aColumnThatOneSideLacksIsADifference() {
        CellComparison comparison = new CellComparison(10);
        comparison.compareRow(QUESTION, row("expected", null), row("surplus", null));
        assertThat(comparison.differentCount()).isEqualTo(2);
        assertThat(comparison.differences().get(0)).asString().endsWith("expected null but was (no such column)");
    }

    private static Map<String, @Nullable Object> row(@Nullable Object... columnsAndValues) {
        Map<String, @Nullable Object> row = new HashMap<>();
        for (int i = 0; i < columnsAndValues.length; i += 2) {
            row.put(String.valueOf(columnsAndValues[i]), columnsAndValues[i + 1]);
        }
        return row;
    }
}
