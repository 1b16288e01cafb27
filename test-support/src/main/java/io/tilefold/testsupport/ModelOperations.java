package io.tilefold.testsupport;

import static java.util.stream.Collectors.toCollection;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The table of SEMANTICS.md §5, row by row, over the inputs of one state. Approximate operations give the exact value. */
final class ModelOperations {
    private static final MathContext DIGITS = new MathContext(60);

    private ModelOperations() {}

    /** A non-null input, in its canonical form. */
    record Input(long timeMs, Object value, boolean takenBack) {}

    private static final Comparator<Input> BY_VALUE = Comparator.comparing(Input::value, ModelValues.ORDER);
    private static final Comparator<Input> BY_TIME =
            Comparator.comparingLong(Input::timeMs).thenComparing(BY_VALUE);

    /** Inputs taken less inputs taken back. */
    static long count(List<Input> inputs) {
        return inputs.stream().mapToLong(input -> input.takenBack() ? -1 : 1).sum();
    }

    static ModelAnswer answer(ModelAggregation asked, List<Input> inputs) {
        long count = count(inputs);
        if (count <= 0) {
            return new ModelAnswer(null, count < 0);
        }
        List<Input> taken = inputs.stream().filter(input -> !input.takenBack()).toList();
        boolean anyTakenBack = taken.size() < inputs.size();
        int k = asked.k();
        return switch (asked.operation()) {
            case "count" -> new ModelAnswer(count, false);
            case "sum" -> new ModelAnswer(sum(inputs), false);
            case "average" -> new ModelAnswer(finite(exactSum(inputs).divide(decimal(count), DIGITS)), false);
            case "histogram" -> histogram(inputs, k == 0 ? Integer.MAX_VALUE : k);

            case "min" -> one(inputs, BY_VALUE);
            case "max" -> one(inputs, BY_VALUE.reversed());
            case "first" -> one(inputs, BY_TIME);
            case "last" -> one(inputs, BY_TIME.reversed());
            case "bottom_k" -> best(inputs, BY_VALUE, k);
            case "top_k" -> best(inputs, BY_VALUE.reversed(), k);
            case "first_k" -> best(inputs, BY_TIME, k);
            case "last_k" -> best(inputs, BY_TIME.reversed(), k);

            case "variance" -> new ModelAnswer(Moments.of(taken).variance(), anyTakenBack);
            case "skew" -> new ModelAnswer(Moments.of(taken).skew(), anyTakenBack);
            case "kurtosis" -> new ModelAnswer(Moments.of(taken).kurtosis(), anyTakenBack);
            case "unique_count", "approx_unique_count" -> new ModelAnswer((long) distinct(taken), anyTakenBack);
            case "bounded_unique_count" ->
                new ModelAnswer((long) Math.min(distinct(taken), k == 0 ? 8 : k), anyTakenBack);
            case "approx_percentile" -> new ModelAnswer(percentiles(taken, asked.percentiles()), anyTakenBack);
            case "approx_histogram_k" ->
                new ModelAnswer(histogram(taken, Integer.MAX_VALUE).value(), anyTakenBack);
            default -> throw new IllegalArgumentException("the model does not know " + asked.operation());
        };
    }

    // ---- Sums: those taken back with the other sign.

    private static @Nullable Object sum(List<Input> inputs) {
        if (inputs.get(0).value() instanceof Double) {
            return finite(exactSum(inputs));
        }
        return exactSum(inputs).toBigInteger().longValue();
    }

    private static BigDecimal exactSum(List<Input> inputs) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Input input : inputs) {
            BigDecimal term = decimal(input.value());
            sum = input.takenBack() ? sum.subtract(term) : sum.add(term);
        }
        return sum;
    }

    static BigDecimal decimal(Object number) {
        if (number instanceof Boolean bit) {
            return bit ? BigDecimal.ONE : BigDecimal.ZERO;
        }
        return number instanceof Double real ? new BigDecimal(real) : BigDecimal.valueOf((Long) number);
    }

    private static @Nullable Double finite(BigDecimal value) {
        return (Double) ModelValues.canonical(value.doubleValue());
    }

    // ---- Ranked: all that was ever taken stays, and what was taken back decides whether the answer is stale.

    private static ModelAnswer one(List<Input> inputs, Comparator<Input> rank) {
        List<Input> shown = shown(inputs, rank, 1);
        return new ModelAnswer(shown.get(0).value(), isStale(inputs, rank, 1));
    }

    private static ModelAnswer best(List<Input> inputs, Comparator<Input> rank, int k) {
        List<Object> shown = shown(inputs, rank, k).stream().map(Input::value).toList();
        return new ModelAnswer(shown, isStale(inputs, rank, k));
    }

    private static List<Input> shown(List<Input> inputs, Comparator<Input> rank, int k) {
        return inputs.stream()
                .filter(input -> !input.takenBack())
                .sorted(rank)
                .limit(k)
                .toList();
    }

    /** Unless the best-ranked of those taken back ranks below everything shown in a full answer. */
    private static boolean isStale(List<Input> inputs, Comparator<Input> rank, int k) {
        List<Input> takenBack =
                inputs.stream().filter(Input::takenBack).sorted(rank).toList();
        List<Input> shown = shown(inputs, rank, k);
        return !takenBack.isEmpty() && (shown.size() < k || rank.compare(takenBack.get(0), shown.get(k - 1)) <= 0);
    }

    // ---- Distinct values.

    private static int distinct(List<Input> taken) {
        return taken.stream()
                .map(Input::value)
                .collect(toCollection(LinkedHashSet::new))
                .size();
    }

    /** The k largest counts, the smaller key where counts are equal; in the order of the keys. */
    private static ModelAnswer histogram(List<Input> inputs, int k) {
        Map<String, Long> counts = new TreeMap<>(ModelValues.BY_BYTES);
        for (Input input : inputs) {
            counts.merge(String.valueOf(input.value()), input.takenBack() ? -1L : 1L, Long::sum);
        }
        boolean stale = counts.values().stream().anyMatch(count -> count < 0);
        Map<String, Long> shown = new TreeMap<>(ModelValues.BY_BYTES);
        counts.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed()) // stable: the smaller key first
                .limit(k)
                .forEach(entry -> shown.put(entry.getKey(), entry.getValue()));
        return new ModelAnswer(new java.util.LinkedHashMap<>(shown), stale);
    }

    /** Entry p is the sorted input number min(⌊p·n⌋, n − 1), as a float. */
    private static List<@Nullable Object> percentiles(List<Input> taken, List<Double> percentiles) {
        List<Input> sorted = taken.stream().sorted(BY_VALUE).toList();
        List<@Nullable Object> entries = new ArrayList<>();
        for (double p : percentiles) {
            int index = (int) Math.min(Math.floor(p * sorted.size()), sorted.size() - 1);
            float entry = ((Number) sorted.get(index).value()).floatValue();
            entries.add(ModelValues.canonical((double) entry));
        }
        return entries;
    }

    /** Sums of powers of n·(x − mean), without a rounding: m_j = d_j / n^j. */
    private record Moments(BigDecimal n, BigDecimal d2, BigDecimal d3, BigDecimal d4) {

        static Moments of(List<Input> taken) {
            BigDecimal n = decimal((long) taken.size());
            BigDecimal sum = exactSum(taken);
            BigDecimal d2 = BigDecimal.ZERO;
            BigDecimal d3 = BigDecimal.ZERO;
            BigDecimal d4 = BigDecimal.ZERO;
            for (Input input : taken) {
                BigDecimal d = n.multiply(decimal(input.value())).subtract(sum);
                d2 = d2.add(d.pow(2));
                d3 = d3.add(d.pow(3));
                d4 = d4.add(d.pow(4));
            }
            return new Moments(n, d2, d3, d4);
        }

        /** m2 / n. */
        @Nullable Double variance() {
            return finite(d2.divide(n.pow(3), DIGITS));
        }

        /** √n · m3 / m2^1.5. */
        @Nullable Double skew() {
            if (n.intValue() < 3 || d2.signum() == 0) {
                return null;
            }
            BigDecimal root = d2.sqrt(DIGITS);
            return finite(n.sqrt(DIGITS).multiply(d3).divide(d2.multiply(root), DIGITS));
        }

        /** n · m4 / m2² − 3. */
        @Nullable Double kurtosis() {
            if (n.intValue() < 4 || d2.signum() == 0) {
                return null;
            }
            return finite(n.multiply(d4).divide(d2.pow(2), DIGITS).subtract(decimal(3L)));
        }
    }
}
