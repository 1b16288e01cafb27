package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.testsupport.ModelAnswer;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer with the model's: equal, or as near as SEMANTICS.md §5 says for its operation. What nearness is measured by, the inputs
 * of a key, the model is asked for too: all of them sorted, as the bottom_k of a very large k.
 */
final class LawComparison {
    private static final double RELATIVE = 1e-9;

    private final LawSubject subject;
    private final ModelAnswer expected;
    private final @Nullable Object sortedInputs;

    LawComparison(LawSubject subject, List<ModelChange> changes) {
        this.subject = subject;
        this.expected = SlowModel.answer(changes, subject.asked());
        this.sortedInputs = subject.isNumeric() && !subject.isWhole()
                ? SlowModel.answer(changes, subject.asked("bottom_k").withK(Integer.MAX_VALUE))
                        .value()
                : null;
    }

    void check(ModelAnswer actual) {
        assertThat(actual.stale())
                .as("%s: stale, of %s for %s", subject, actual, expected)
                .isEqualTo(expected.stale());
        if (!subject.isKeyed() || expected.value() == null) {
            checkOne(actual.value(), expected.value(), sortedInputs);
        } else if (expected.value() instanceof Map<?, ?> map) {
            assertThat(actual.value()).isInstanceOf(Map.class);
            Map<?, ?> actualMap = (Map<?, ?>) actual.value();
            assertThat(List.<Object>copyOf(actualMap.keySet()))
                    .as("keys, in their order")
                    .isEqualTo(List.<Object>copyOf(map.keySet()));
            map.forEach((key, value) -> checkOne(
                    actualMap.get(key), value, sortedInputs instanceof Map<?, ?> inputs ? inputs.get(key) : null));
        } else {
            List<?> list = (List<?>) expected.value();
            assertThat(actual.value()).isInstanceOf(List.class);
            List<?> actualList = (List<?>) actual.value();
            assertThat(actualList).hasSameSizeAs(list);
            for (int i = 0; i < list.size(); i++) {
                checkOne(actualList.get(i), list.get(i), sortedInputs instanceof List<?> inputs ? inputs.get(i) : null);
            }
        }
    }

    /** @param inputs of this value, numbers in ascending order; null where the inputs are no numbers */
    private void checkOne(@Nullable Object actual, @Nullable Object value, @Nullable Object inputs) {
        switch (subject.operation().name()) {
            case "sum", "average" -> checkSum(actual, value, inputs);
            case "variance", "skew", "kurtosis" -> checkMoment(actual, value, inputs);
            case "approx_unique_count" -> checkEstimate(actual, value);
            case "approx_percentile" -> checkPercentiles(actual, value, inputs);
            case "approx_histogram_k" -> checkFrequencies(actual, value);
            default -> {
                assertThat(actual).as("%s", subject).isEqualTo(value);
                checkEqual(actual, value);
            }
        }
    }

    private static void checkEqual(@Nullable Object actual, @Nullable Object value) {
        assertThat(actual).isEqualTo(value);
        if (value instanceof Map<?, ?> map) {
            assertThat(keys(actual)).isEqualTo(keys(map));
        }
    }

    private static List<Object> keys(@Nullable Object map) {
        return List.copyOf(((Map<?, ?>) Objects.requireNonNull(map)).keySet());
    }

    /** Within 1e-9 · Σ|x|. */
    private static void checkSum(@Nullable Object actual, @Nullable Object value, @Nullable Object inputs) {
        if (!(value instanceof Double number)) {
            checkEqual(actual, value);
            return;
        }
        double tolerance = Double.MIN_NORMAL;
        for (double input : numbers(inputs)) {
            tolerance += RELATIVE * Math.abs(input);
        }
        assertThat((Double) actual).isCloseTo(number, within(tolerance));
    }

    /** Within 1e-9 where |mean| ≤ 1,000 σ; equal inputs exactly. */
    private static void checkMoment(@Nullable Object actual, @Nullable Object value, @Nullable Object inputs) {
        List<Double> numbers = numbers(inputs);
        boolean isEqualThroughout = numbers.isEmpty() || numbers.get(0).equals(numbers.get(numbers.size() - 1));
        if (isEqualThroughout || value == null) {
            checkEqual(actual, value);
            return;
        }
        double scale = numbers.stream().mapToDouble(Math::abs).max().orElseThrow();
        double mean = numbers.stream().mapToDouble(x -> x / scale).average().orElseThrow();
        double sigma = Math.sqrt(numbers.stream()
                .mapToDouble(x -> (x / scale - mean) * (x / scale - mean))
                .average()
                .orElseThrow());
        if (Math.abs(mean) <= 1_000 * sigma) {
            double number = (Double) value;
            assertThat((Double) actual).isCloseTo(number, within(RELATIVE * (1 + Math.abs(number))));
        }
    }

    private static void checkEstimate(@Nullable Object actual, @Nullable Object value) {
        if (value == null) {
            assertThat(actual).isNull();
            return;
        }
        long exact = (Long) value;
        assertThat((Long) actual).isBetween(exact - 1 - exact / 5, exact + 1 + exact / 5);
    }

    /** Within a tenth of the ranks, and one: five times the sketch's own error. */
    private static void checkPercentiles(@Nullable Object actual, @Nullable Object value, @Nullable Object inputs) {
        if (value == null) {
            assertThat(actual).isNull();
            return;
        }
        List<Double> sorted = numbers(inputs);
        List<?> wanted = (List<?>) value;
        List<?> given = (List<?>) Objects.requireNonNull(actual);
        assertThat(given).hasSameSizeAs(wanted);
        int slack = sorted.size() / 10 + 1;
        for (int i = 0; i < wanted.size(); i++) {
            List<@Nullable Object> floats = new ArrayList<>();
            sorted.forEach(x -> floats.add(Float.isFinite(x.floatValue()) ? (Object) (double) x.floatValue() : null));
            int rank = floats.indexOf(wanted.get(i));
            int last = floats.lastIndexOf(wanted.get(i));
            assertThat(floats.subList(Math.max(0, rank - slack), Math.min(floats.size(), last + slack + 1)))
                    .contains(given.get(i));
        }
    }

    /** Exact up to k distinct values, then some of them with counts that are not too large by much. */
    private void checkFrequencies(@Nullable Object actual, @Nullable Object value) {
        int k = subject.args().k().orElse(8);
        if (value == null || ((Map<?, ?>) value).size() <= k) {
            checkEqual(actual, value);
            return;
        }
        Map<?, ?> exact = (Map<?, ?>) value;
        long total = exact.values().stream().mapToLong(count -> (Long) count).sum();
        ((Map<?, ?>) Objects.requireNonNull(actual)).forEach((key, count) -> {
            assertThat(exact.containsKey(key)).as("%s of %s", key, exact).isTrue();
            assertThat((Long) count).isBetween(1L, total);
        });
    }

    private static List<Double> numbers(@Nullable Object inputs) {
        List<Double> numbers = new ArrayList<>();
        if (inputs instanceof List<?> list) {
            for (Object input : list) {
                numbers.add(((Number) input).doubleValue());
            }
        }
        return numbers;
    }
}
