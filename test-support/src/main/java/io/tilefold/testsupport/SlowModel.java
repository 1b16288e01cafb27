package io.tilefold.testsupport;

import io.tilefold.testsupport.ModelOperations.Input;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The contract read aloud: a value is computed from the list of all events, one pass per query, with nothing shared with the code under
 * test. Windows are {@code "7d"}, {@code "12h"} or {@code ""} for all of history. Values are as {@link ModelEvent} and {@link ModelAnswer} say.
 */
public final class SlowModel {
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    /** The operations that take lists and maps whole. */
    private static final Set<String> WHOLE = Set.of("first", "last", "first_k", "last_k");

    private SlowModel() {}

    // ---- Windows: SEMANTICS.md §2.

    /** floor(q − W, H) ≤ ts < q. */
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

    // ---- Values: SEMANTICS.md §5.

    /** The value at q of one output over one key's events, in any order. */
    public static @Nullable Object value(
            List<ModelEvent> events,
            long q,
            String window,
            String operation,
            int k,
            String input,
            @Nullable String bucket) {
        ModelAggregation asked = ModelAggregation.of(operation, input).withK(k).by(bucket);
        return answer(ModelChange.taking(events), q, window, asked).value();
    }

    /** The value of one operation over these events. */
    public static @Nullable Object aggregate(
            List<ModelEvent> events, String operation, int k, String input, @Nullable String bucket) {
        ModelAggregation asked = ModelAggregation.of(operation, input).withK(k).by(bucket);
        return answer(ModelChange.taking(events), asked).value();
    }

    /** The answer at q of one output over one key's changes, in any order; a window takes and takes back by the event's time. */
    public static ModelAnswer answer(List<ModelChange> changes, long q, String window, ModelAggregation asked) {
        return answer(
                changes.stream()
                        .filter(change -> covers(q, window, change.event().timeMs()))
                        .toList(),
                asked);
    }

    /** The answer over all of these changes, in any order. */
    public static ModelAnswer answer(List<ModelChange> changes, ModelAggregation asked) {
        if (asked.elementWise()) {
            return byElement(changes, asked);
        }
        List<Input> plain = new ArrayList<>();
        Map<String, List<Input>> keyed = new TreeMap<>(ModelValues.BY_BYTES);
        for (ModelChange change : changes) {
            Object value = input(change, asked.input());
            if (value instanceof Map<?, ?> map && !WHOLE.contains(asked.operation())) {
                map.forEach((key, entry) -> add(keyed, (String) key, change, entry));
            } else if (asked.bucket() != null) {
                Object bucket = ModelValues.canonical(change.event().get(asked.bucket()));
                elements(value, asked).forEach(element -> add(keyed, (String) bucket, change, element));
            } else {
                elements(value, asked).forEach(element -> add(plain, change, element));
            }
        }
        return keyed.isEmpty() ? ModelOperations.answer(asked, plain) : byKey(keyed, asked);
    }

    /** A non-null input, or null: an empty list or map is one too. */
    private static @Nullable Object input(ModelChange change, String column) {
        Object value = ModelValues.canonical(change.event().get(column));
        boolean isEmpty =
                (value instanceof List<?> list && list.isEmpty()) || (value instanceof Map<?, ?> map && map.isEmpty());
        return isEmpty ? null : value;
    }

    /** The elements of a list of scalars if the operation explodes it, else the value itself. */
    private static List<? extends @Nullable Object> elements(@Nullable Object value, ModelAggregation asked) {
        if (value instanceof List<?> list && !WHOLE.contains(asked.operation()) && !asked.ofNested()) {
            return list;
        }
        return value == null ? List.of() : List.of(value);
    }

    private static void add(List<Input> inputs, ModelChange change, @Nullable Object value) {
        if (value != null) {
            inputs.add(new Input(change.event().timeMs(), value, change.takenBack()));
        }
    }

    private static <K> void add(
            Map<K, List<Input>> inputs, @Nullable K key, ModelChange change, @Nullable Object value) {
        if (key != null && value != null) {
            add(inputs.computeIfAbsent(key, ignored -> new ArrayList<>()), change, value);
        }
    }

    private static ModelAnswer byKey(Map<String, List<Input>> keyed, ModelAggregation asked) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        boolean stale = false;
        for (Map.Entry<String, List<Input>> entry : keyed.entrySet()) {
            ModelAnswer answer = ModelOperations.answer(asked, entry.getValue());
            if (ModelOperations.count(entry.getValue()) > 0) {
                values.put(entry.getKey(), answer.value());
            }
            stale |= answer.stale();
        }
        return new ModelAnswer(values.isEmpty() ? null : values, stale);
    }

    private static ModelAnswer byElement(List<ModelChange> changes, ModelAggregation asked) {
        Map<Integer, List<Input>> indexed = new TreeMap<>();
        for (ModelChange change : changes) {
            List<?> elements = input(change, asked.input()) instanceof List<?> list ? list : List.of();
            for (int i = 0; i < elements.size(); i++) {
                add(indexed, i, change, elements.get(i));
            }
        }
        List<@Nullable Object> values = new ArrayList<>();
        boolean stale = false;
        for (Map.Entry<Integer, List<Input>> entry : indexed.entrySet()) {
            ModelAnswer answer = ModelOperations.answer(asked, entry.getValue());
            if (ModelOperations.count(entry.getValue()) > 0) {
                while (values.size() < entry.getKey()) {
                    values.add(null);
                }
                values.add(answer.value());
            }
            stale |= answer.stale();
        }
        return new ModelAnswer(values.isEmpty() ? null : values, stale);
    }
}
