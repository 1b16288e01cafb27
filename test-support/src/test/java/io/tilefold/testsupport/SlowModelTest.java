package io.tilefold.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The model against values computed by hand from the contract's sentences: what judges the rest must itself be seen to be right. */
class SlowModelTest {
    private static final String X = "x";
    private static final String BUCKET = "bucket";

    @Test
    void countsAndSums() {
        assertThat(of("count", 5L, null, Double.NaN, 7L)).isEqualTo(2L);
        assertThat(of("count")).isNull();
        assertThat(of("sum", Long.MAX_VALUE, 1L)).isEqualTo(Long.MIN_VALUE);
        assertThat(of("sum", true, false, true)).isEqualTo(2L);
        assertThat(of("sum", 1e308, 1e308, -1e308)).isEqualTo(1e308);
        assertThat(of("sum", 1e308, 1e308)).isNull();
        assertThat(of("average", Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(0x1p63);
        assertThat(of("average", 1L, 2L)).isEqualTo(1.5);
    }

    @Test
    void moments() {
        Object[] sample = {2L, 4L, 4L, 4L, 5L, 5L, 7L, 9L}; // mean 5; d = -3 -1 -1 -1 0 0 2 4; m2 32, m3 42, m4 356
        assertThat(of("variance", sample)).isEqualTo(4.0);
        assertThat((Double) of("skew", sample)).isCloseTo(Math.sqrt(8) * 42 / Math.pow(32, 1.5), within(1e-15));
        assertThat((Double) of("kurtosis", sample)).isCloseTo(8 * 356 / 1024.0 - 3, within(1e-15));
        assertThat(of("variance", 0.1, 0.1, 0.1, 0.1)).isEqualTo(0.0);
        assertThat(of("skew", 0.1, 0.1, 0.1, 0.1)).isNull();
        assertThat(of("kurtosis", 0.1, 0.1, 0.1, 0.1)).isNull();
        assertThat(of("variance", 3L)).isEqualTo(0.0);
        assertThat(of("skew", 1L, 2L)).isNull();
        assertThat(of("kurtosis", 1L, 2L, 4L)).isNull();
    }

    @Test
    void rankedByValue() {
        assertThat(of("min", 3L, -2L, 3L)).isEqualTo(-2L);
        assertThat(of("max", "a", "ab", "")).isEqualTo("ab");
        assertThat(of("max", "\uFFFD", "\uD83D\uDE80")).as("bytes, not chars").isEqualTo("\uD83D\uDE80");
        assertThat(of("min", 0.0, -0.0)).isEqualTo(0.0);
        assertThat(of("max", Double.POSITIVE_INFINITY, 1.0)).isEqualTo(1.0);
        assertThat(withK("top_k", 3, 5L, 1L, 5L, 4L)).isEqualTo(List.of(5L, 5L, 4L));
        assertThat(withK("bottom_k", 3, 5L, 1L)).isEqualTo(List.of(1L, 5L));
    }

    @Test
    void rankedByTimeThenValue() {
        List<ModelEvent> events = List.of(event(10, 1L), event(10, 3L), event(20, 2L), event(20, 4L), event(30, null));
        assertThat(answer("first", 0, events)).isEqualTo(1L);
        assertThat(answer("last", 0, events)).isEqualTo(4L);
        assertThat(answer("first_k", 3, events)).isEqualTo(List.of(1L, 3L, 2L));
        assertThat(answer("last_k", 3, events)).isEqualTo(List.of(4L, 2L, 3L));
    }

    @Test
    void orderOfNestedValues() {
        List<Object> none = Arrays.asList(null, 9L);
        assertThat(answer("last", 0, List.of(event(1, none), event(1, List.of(1L)))))
                .as("null first")
                .isEqualTo(List.of(1L));
        assertThat(answer("last", 0, List.of(event(1, List.of(1L)), event(1, List.of(1L, 0L)))))
                .isEqualTo(List.of(1L, 0L));
        assertThat(answer("first", 0, List.of(event(1, Map.of("b", 1L)), event(1, Map.of("a", 9L)))))
                .isEqualTo(Map.of("a", 9L));
        ModelStruct small = struct("b", 1L, "a", 9L);
        ModelStruct large = struct("b", 2L, "a", 0L);
        assertThat(answer("last", 0, List.of(event(1, large), event(1, small))))
                .as("fields in their order, not by name")
                .isEqualTo(large);
        assertThat(answer("last", 0, List.of(event(1, Arrays.asList(Double.NaN, -0.0)))))
                .isEqualTo(Arrays.asList(null, 0.0));
        assertThat(answer("last", 0, List.of(event(1, new byte[] {1}), event(1, new byte[] {(byte) 0x80}))))
                .isEqualTo(ByteBuffer.wrap(new byte[] {(byte) 0x80}));
    }

    @Test
    void distinctValues() {
        assertThat(of("unique_count", "a", "b", "a", null)).isEqualTo(2L);
        assertThat(of("unique_count", 0.0, -0.0)).isEqualTo(1L);
        assertThat(of("approx_unique_count", new byte[] {1}, new byte[] {1})).isEqualTo(1L);
        assertThat(withK("bounded_unique_count", 2, 1L, 2L, 3L)).isEqualTo(2L);
        assertThat(of("bounded_unique_count", 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L))
                .isEqualTo(8L);
        assertThat(of("histogram", "b", "a", "b")).isEqualTo(Map.of("a", 1L, "b", 2L));
        assertThat(withK("histogram", 2, "c", "b", "a", "c")).isEqualTo(Map.of("a", 1L, "c", 2L));
        assertThat(withK("approx_histogram_k", 2, 7L, true, 7L)).isEqualTo(Map.of("7", 2L, "true", 1L));
    }

    @Test
    void percentiles() {
        ModelAggregation asked =
                ModelAggregation.of("approx_percentile", X).withPercentiles(List.of(1.0, 0.0, 0.5, 0.25));
        List<ModelEvent> events = List.of(event(1, 40L), event(2, 10L), event(3, 30L), event(4, 20L));
        assertThat(SlowModel.answer(ModelChange.taking(events), asked).value())
                .isEqualTo(List.of(40.0, 10.0, 30.0, 20.0));
    }

    @Test
    void bucketsListsMapsAndElements() {
        List<ModelEvent> events = List.of(
                bucketed("b", List.of(1L, 2L)),
                bucketed("a", Arrays.asList(null, 4L)),
                bucketed(null, List.of(8L)),
                bucketed("c", List.of()),
                bucketed("b", null));
        assertThat(answer("sum", 0, events)).isEqualTo(15L);
        assertThat(SlowModel.aggregate(events, "sum", 0, X, BUCKET)).isEqualTo(Map.of("a", 4L, "b", 3L));
        ModelAggregation byElement = ModelAggregation.of("sum", X).byElement();
        assertThat(SlowModel.answer(ModelChange.taking(events), byElement).value())
                .isEqualTo(List.of(9L, 6L));
        assertThat(SlowModel.answer(ModelChange.taking(List.of(event(1, Arrays.asList(null, 3L, null)))), byElement)
                        .value())
                .isEqualTo(Arrays.asList(null, 3L));
        assertThat(of("sum", Map.of("z", 1L, "a", 2L), Map.of("z", 4L), Map.of()))
                .isEqualTo(Map.of("a", 2L, "z", 5L));
        List<ModelEvent> pairs = List.of(event(1, List.of(List.of(1L), List.of(2L))));
        assertThat(SlowModel.answer(
                                ModelChange.taking(pairs),
                                ModelAggregation.of("count", X).overNested())
                        .value())
                .as("no list of scalars")
                .isEqualTo(1L);
        assertThat(of("last", List.of())).as("empty is null").isNull();
    }

    @Test
    void exactInverses() {
        assertThat(changed("count", 0, List.of(1L, 2L), List.of(1L))).isEqualTo(new ModelAnswer(1L, false));
        assertThat(changed("sum", 0, List.of(1L, 2L), List.of(1L))).isEqualTo(new ModelAnswer(2L, false));
        assertThat(changed("average", 0, List.of(1.0, 2.0), List.of(1.0))).isEqualTo(new ModelAnswer(2.0, false));
        assertThat(changed("histogram", 0, List.of("a", "b"), List.of("a")))
                .isEqualTo(new ModelAnswer(Map.of("b", 1L), false));
        assertThat(changed("sum", 0, List.of(1L), List.of(1L))).isEqualTo(new ModelAnswer(null, false));
        assertThat(changed("sum", 0, List.of(), List.of(1L))).isEqualTo(new ModelAnswer(null, true));
    }

    @Test
    void rankedTakeBacks() {
        assertThat(changed("max", 0, List.of(5L, 3L), List.of(3L))).isEqualTo(new ModelAnswer(5L, false));
        assertThat(changed("max", 0, List.of(5L, 3L), List.of(5L))).isEqualTo(new ModelAnswer(5L, true));
        assertThat(changed("top_k", 2, List.of(5L, 4L, 3L), List.of(3L)))
                .isEqualTo(new ModelAnswer(List.of(5L, 4L), false));
        assertThat(changed("top_k", 2, List.of(5L, 4L, 4L), List.of(4L)))
                .as("not below all that is shown")
                .isEqualTo(new ModelAnswer(List.of(5L, 4L), true));
        assertThat(changed("top_k", 4, List.of(5L, 4L, 3L), List.of(3L)))
                .as("not a full answer")
                .isEqualTo(new ModelAnswer(List.of(5L, 4L, 3L), true));
    }

    @Test
    void otherTakeBacksAreStaleAndIgnored() {
        assertThat(changed("unique_count", 0, List.of("a", "b"), List.of("a"))).isEqualTo(new ModelAnswer(2L, true));
        assertThat(changed("variance", 0, List.of(1L, 3L), List.of(3L))).isEqualTo(new ModelAnswer(1.0, true));
        assertThat(changed("unique_count", 0, List.of("a"), List.of("a"))).isEqualTo(new ModelAnswer(null, false));
    }

    @Test
    void bucketsDisappearWhenTakenBack() {
        ModelEvent a = bucketed("a", 1L);
        ModelEvent b = bucketed("b", 2L);
        List<ModelChange> changes = List.of(ModelChange.take(a), ModelChange.take(b), ModelChange.takeBack(a));
        ModelAggregation asked = ModelAggregation.of("min", X).by(BUCKET);
        assertThat(SlowModel.answer(changes, asked)).isEqualTo(new ModelAnswer(Map.of("b", 2L), false));
    }

    private static @Nullable Object of(String operation, @Nullable Object... values) {
        return withK(operation, 0, values);
    }

    private static @Nullable Object withK(String operation, int k, @Nullable Object... values) {
        return answer(operation, k, events(Arrays.asList(values)));
    }

    private static @Nullable Object answer(String operation, int k, List<ModelEvent> events) {
        return SlowModel.aggregate(events, operation, k, X, null);
    }

    private static ModelAnswer changed(String operation, int k, List<?> taken, List<?> takenBack) {
        List<ModelChange> changes = new ArrayList<>(ModelChange.taking(events(taken)));
        events(takenBack).forEach(event -> changes.add(ModelChange.takeBack(event)));
        return SlowModel.answer(changes, ModelAggregation.of(operation, X).withK(k));
    }

    private static List<ModelEvent> events(List<? extends @Nullable Object> values) {
        List<ModelEvent> events = new ArrayList<>();
        values.forEach(value -> events.add(event(1, value)));
        return events;
    }

    private static ModelEvent event(long timeMs, @Nullable Object value) {
        return new ModelEvent(timeMs, Collections.singletonMap(X, value));
    }

    private static ModelEvent bucketed(@Nullable String bucket, @Nullable Object value) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put(X, value);
        columns.put(BUCKET, bucket);
        return new ModelEvent(1, columns);
    }

    private static ModelStruct struct(String first, Object firstValue, String second, Object secondValue) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put(first, firstValue);
        fields.put(second, secondValue);
        return new ModelStruct(fields);
    }
}
