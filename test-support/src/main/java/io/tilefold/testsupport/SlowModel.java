package io.tilefold.testsupport;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The contract read aloud: a value is computed from the list of all events, one pass per query, with nothing shared with the code under
 * test. Windows are {@code "7d"}, {@code "12h"} or {@code ""} for all of history.
 */
public final class SlowModel {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    private SlowModel() {}

    /** SEMANTICS.md §2: floor(q − W, H) ≤ ts < q. */
    public static boolean covers(long q, String window, long timeMs) {
        return timeMs < q && (window.isEmpty() || timeMs >= tail(q, window));
    }

    /** Start of the window at q. */
    public static long tail(long q, String window) {
        long unit = window.endsWith("d") ? DAY_MS : HOUR_MS;
        long length = Long.parseLong(window.substring(0, window.length() - 1)) * unit;
        long hop = length >= 12 * DAY_MS ? DAY_MS : length >= 12 * HOUR_MS ? HOUR_MS : 5 * MINUTE_MS;
        return Math.floorDiv(q - length, hop) * hop;
    }

    /** The value at q of one output over one key's events, in any order. */
    public static @Nullable Object value(
            List<ModelEvent> events,
            long q,
            String window,
            String operation,
            int k,
            String input,
            @Nullable String bucket) {
        List<ModelEvent> covered = events.stream()
                .filter(event -> covers(q, window, event.timeMs()))
                .toList();
        return aggregate(covered, operation, k, input, bucket);
    }

    /** The value of one operation over these events: SEMANTICS.md §5. */
    public static @Nullable Object aggregate(
            List<ModelEvent> events, String operation, int k, String input, @Nullable String bucket) {
        if (bucket == null) {
            return aggregate(inputs(events, input), operation, k);
        }
        Map<String, List<ModelEvent>> buckets = new TreeMap<>(
                Comparator.comparing((String text) -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        for (ModelEvent event : events) {
            if (event.get(bucket) != null && !inputs(List.of(event), input).isEmpty()) {
                buckets.computeIfAbsent((String) event.get(bucket), ignored -> new ArrayList<>())
                        .add(event);
            }
        }
        Map<String, @Nullable Object> values = new java.util.LinkedHashMap<>();
        buckets.forEach((name, inBucket) -> values.put(name, aggregate(inputs(inBucket, input), operation, k)));
        return values.isEmpty() ? null : values;
    }

    private record Input(long timeMs, Object value) {}

    private static List<Input> inputs(List<ModelEvent> events, String column) {
        List<Input> inputs = new ArrayList<>();
        for (ModelEvent event : events) {
            Object value = event.get(column);
            if (value instanceof Double number && !Double.isFinite(number)) {
                continue;
            }
            if (value != null) {
                inputs.add(new Input(event.timeMs(), value));
            }
        }
        return inputs;
    }

    private static @Nullable Object aggregate(List<Input> inputs, String operation, int k) {
        if (inputs.isEmpty()) {
            return null;
        }
        return switch (operation) {
            case "count" -> (long) inputs.size();
            case "sum" -> sum(inputs);
            case "average" -> average(inputs);
            case "min" -> best(inputs, BY_VALUE, 1).get(0);
            case "max" -> best(inputs, BY_VALUE.reversed(), 1).get(0);
            case "first" -> best(inputs, BY_TIME, 1).get(0);
            case "last" -> best(inputs, BY_TIME.reversed(), 1).get(0);
            case "bottom_k" -> best(inputs, BY_VALUE, k);
            case "top_k" -> best(inputs, BY_VALUE.reversed(), k);
            case "first_k" -> best(inputs, BY_TIME, k);
            case "last_k" -> best(inputs, BY_TIME.reversed(), k);
            case "unique_count" ->
                (long) new HashSet<>(inputs.stream().map(Input::value).toList()).size();
            default -> throw new IllegalArgumentException("the model does not know " + operation);
        };
    }

    private static final Comparator<Input> BY_VALUE = (a, b) -> compareValues(a.value(), b.value());
    private static final Comparator<Input> BY_TIME =
            Comparator.comparingLong(Input::timeMs).thenComparing(BY_VALUE);

    private static List<Object> best(List<Input> inputs, Comparator<Input> rank, int k) {
        return inputs.stream().sorted(rank).limit(k).map(Input::value).toList();
    }

    private static int compareValues(Object a, Object b) {
        if (a instanceof String left && b instanceof String right) {
            return Arrays.compareUnsigned(
                    left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
        }
        if (a instanceof Boolean left && b instanceof Boolean right) {
            return Boolean.compare(left, right);
        }
        if (a instanceof Long left && b instanceof Long right) {
            return Long.compare(left, right);
        }
        return Double.compare((Double) a, (Double) b);
    }

    private static @Nullable Object sum(List<Input> inputs) {
        if (inputs.get(0).value() instanceof Double) {
            return finite(bigSum(inputs).doubleValue());
        }
        long sum = 0;
        for (Input input : inputs) {
            sum += asLong(input.value());
        }
        return sum;
    }

    private static @Nullable Object average(List<Input> inputs) {
        if (inputs.get(0).value() instanceof Double) {
            return finite(bigSum(inputs)
                    .divide(new java.math.BigDecimal(inputs.size()), java.math.MathContext.DECIMAL128)
                    .doubleValue());
        }
        BigInteger sum = BigInteger.ZERO;
        for (Input input : inputs) {
            sum = sum.add(BigInteger.valueOf(asLong(input.value())));
        }
        return sum.doubleValue() / inputs.size();
    }

    private static java.math.BigDecimal bigSum(List<Input> inputs) {
        java.math.BigDecimal sum = java.math.BigDecimal.ZERO;
        for (Input input : inputs) {
            sum = sum.add(new java.math.BigDecimal((Double) input.value()));
        }
        return sum;
    }

    private static @Nullable Object finite(double value) {
        return Double.isFinite(value) ? value : null;
    }

    private static long asLong(Object value) {
        return value instanceof Boolean bit ? (bit ? 1 : 0) : (Long) value;
    }
}
