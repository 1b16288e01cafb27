package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelAnswer;
import io.tilefold.testsupport.ModelChange;
import io.tilefold.testsupport.ModelValues;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer with the model's: equal, or as near as SEMANTICS.md §5 says for its operation. What nearness is measured by, the inputs
 * of a key, the model is asked for too: all of them sorted, as the bottom_k of a very large k.
 */
final class LawComparison {
    private static final double RELATIVE = 1e-9;
    private static final double CPC_STANDARD_ERROR = Math.log(2) / 16;
    private static final int KLL_K = 128;
    private static final double KLL_RANK_ERROR = 0.0206;

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

    /** A CPC sketch of lgK = 8 without HIP has a standard error of ln 2 / √256 = 4.33%: within four of them, and one for what cannot be told apart. */
    private static void checkEstimate(@Nullable Object actual, @Nullable Object value) {
        if (value == null) {
            assertThat(actual).isNull();
            return;
        }
        long exact = (Long) value;
        assertThat((double) (Long) Objects.requireNonNull(actual))
                .isCloseTo(exact, within(exact == 1 ? 0 : 1 + 4 * CPC_STANDARD_ERROR * exact));
    }

    /** Exact up to k inputs; beyond, within two of the sketch's rank errors, each of which holds with a confidence of 99%. */
    private static void checkPercentiles(@Nullable Object actual, @Nullable Object value, @Nullable Object inputs) {
        List<Double> sorted = numbers(inputs);
        if (value == null || sorted.size() <= KLL_K) {
            assertThat(actual).isEqualTo(value);
            return;
        }
        List<@Nullable Object> floats = new ArrayList<>();
        sorted.forEach(x -> floats.add(ModelValues.canonical((double) x.floatValue())));
        List<?> wanted = (List<?>) value;
        List<?> given = (List<?>) Objects.requireNonNull(actual);
        assertThat(given).hasSameSizeAs(wanted);
        int slack = (int) Math.ceil(2 * KLL_RANK_ERROR * sorted.size());
        for (int i = 0; i < wanted.size(); i++) {
            int from = Math.max(0, floats.indexOf(wanted.get(i)) - slack);
            int to = Math.min(floats.size(), floats.lastIndexOf(wanted.get(i)) + slack + 1);
            assertThat(floats.subList(from, to)).contains(given.get(i));
        }
    }

    /**
     * Exact up to 12 · k distinct inputs, of which the k largest counts are shown. Beyond, a count is too large by 3.5 · n / (16 · k) at most, and what is
     * not shown occurs at most as often as what is, or as the error.
     */
    private void checkFrequencies(@Nullable Object actual, @Nullable Object value) {
        if (value == null) {
            assertThat(actual).isNull();
            return;
        }
        int k = subject.args().k().orElseThrow();
        Map<String, Long> exact = counts((Map<?, ?>) value);
        Map<?, ?> shown = (Map<?, ?>) Objects.requireNonNull(actual);
        if (exact.size() <= 12 * k) {
            checkEqual(shown, largest(exact, k));
            return;
        }
        long total = exact.values().stream().mapToLong(count -> count).sum();
        double error = 3.5 * total / ApproxHistogram.mapSize(k);
        assertThat(shown).hasSize(k);
        long least = Long.MAX_VALUE;
        for (Map.Entry<?, ?> entry : shown.entrySet()) {
            long count = (Long) entry.getValue();
            long exactCount = exact.getOrDefault((String) entry.getKey(), 0L);
            assertThat(count).isBetween(exactCount, (long) (exactCount + error));
            least = Math.min(least, count);
        }
        for (Map.Entry<String, Long> entry : exact.entrySet()) {
            if (!shown.containsKey(entry.getKey())) {
                assertThat((double) entry.getValue()).isLessThanOrEqualTo(Math.max(error, least));
            }
        }
    }

    /** In the order of their keys, floats as text: the model knows them as doubles. */
    private Map<String, Long> counts(Map<?, ?> ofModel) {
        Map<String, Long> counts = new TreeMap<>(ModelValues.BY_BYTES);
        ofModel.forEach((key, count) -> counts.put(
                subject.isOf(Scalar.FLOAT) ? Float.toString(Float.parseFloat((String) key)) : (String) key,
                (Long) count));
        return counts;
    }

    private static Map<String, Long> largest(Map<String, Long> counts, int k) {
        Map<String, Long> largest = new TreeMap<>(ModelValues.BY_BYTES);
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed()) // stable: the smaller key first
                .limit(k)
                .forEach(entry -> largest.put(entry.getKey(), entry.getValue()));
        return largest;
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
