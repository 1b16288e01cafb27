package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract's sentences on lists, maps, element-wise and buckets, with values worked out by hand; the law suite has the random ones. */
class InputFormTest {
    private static final Schema ROW = Schema.of(
            new Field("numbers", new ListType(Scalar.DOUBLE)),
            new Field("prices", new MapType(Scalar.LONG)),
            new Field("pairs", new ListType(new ListType(Scalar.LONG))),
            new Field("city", Scalar.STRING));

    private static final ModelEvent FIRST = event(1, List.of(1.5, 2.0), Map.of("a", 1L, "b", 2L), "x");
    private static final ModelEvent SECOND =
            event(2, Arrays.asList(null, 4.0, Double.NaN, 0.5), map("b", 5L, "c", null), "y");
    private static final ModelEvent EMPTY = event(3, List.of(), Map.of(), "z");

    private static ModelEvent event(long timeMs, List<@Nullable Double> numbers, Map<String, ?> prices, String city) {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("numbers", numbers);
        columns.put("prices", prices);
        columns.put("pairs", List.of(List.of(timeMs, timeMs)));
        columns.put("city", city);
        return new ModelEvent(timeMs, columns);
    }

    private static Map<String, @Nullable Long> map(String k1, Long v1, String k2, @Nullable Long v2) {
        Map<String, @Nullable Long> map = new LinkedHashMap<>();
        map.put(k1, v1);
        map.put(k2, v2);
        return map;
    }

    @Test
    void aListIsExploded() {
        assertThat(value("count", "numbers", false, false, FIRST, SECOND)).isEqualTo(4L);
        assertThat(value("sum", "numbers", false, false, FIRST, SECOND)).isEqualTo(8.0);
        assertThat(value("count", "numbers", false, false, EMPTY)).isNull();
    }

    @Test
    void anElementIsInItsRowsBucket() {
        assertThat(value("max", "numbers", false, true, FIRST, SECOND, EMPTY)).isEqualTo(Map.of("x", 2.0, "y", 4.0));
    }

    @Test
    void aListOfListsIsOneValue() {
        assertThat(value("count", "pairs", false, false, FIRST, SECOND)).isEqualTo(2L);
    }

    @Test
    void aMapGivesAMap() {
        assertThat(value("sum", "prices", false, false, FIRST, SECOND)).isEqualTo(Map.of("a", 1L, "b", 7L));
        assertThat(value("sum", "prices", false, false, EMPTY)).isNull();
    }

    @Test
    void lastTakesAListWholeAndPassesAnEmptyOneBy() {
        assertThat(value("last", "numbers", false, false, FIRST, SECOND, EMPTY))
                .isEqualTo(Arrays.asList(null, 4.0, null, 0.5));
        assertThat(value("first", "prices", false, false, EMPTY, SECOND)).isEqualTo(map("b", 5L, "c", null));
    }

    @Test
    void elementWiseEndsAtTheLastIndexWithAnInput() {
        assertThat(value("sum", "numbers", true, false, FIRST, SECOND)).isEqualTo(Arrays.asList(1.5, 6.0, null, 0.5));
        assertThat(value("count", "numbers", true, false, FIRST)).isEqualTo(List.of(1L, 1L));
        assertThat(value("count", "numbers", true, false, EMPTY)).isNull();
    }

    @Test
    void whatIsTakenBackIsGoneFromTheStateToo() {
        int prices = ROW.indexOf("prices");
        TileBuffer tile = new TileBuffer(layout("sum", "prices", false, false, true));
        tile.update(row(FIRST), prices, 1);
        byte[] before = compact(tile);
        tile.takeBack(row(SECOND), prices, 2);
        assertThat(compact(tile)).isNotEqualTo(before);
        tile.update(row(SECOND), prices, 2);
        assertThat(compact(tile)).isEqualTo(before);
    }

    private static @Nullable Object value(
            String operation, String column, boolean elementWise, boolean bucketed, ModelEvent... events) {
        ValueType type = ROW.field(ROW.indexOf(column)).type();
        TileLayout layout = layout(operation, column, elementWise, bucketed, false);
        TileBuffer tile = new TileBuffer(layout);
        TileBuffer other = new TileBuffer(layout);
        for (int i = 0; i < events.length; i++) {
            (i % 2 == 0 ? tile : other).update(row(events[i]), ROW.indexOf(column), events[i].timeMs());
        }
        tile.merge(other);
        ObjectSink sink = new ObjectSink().next(type);
        tile.finish(sink);
        return sink.values().get(0);
    }

    private static TileLayout layout(
            String name, String column, boolean elementWise, boolean bucketed, boolean mutable) {
        Operation operation = Operations.find(name).orElseThrow();
        ValueType type = ROW.field(ROW.indexOf(column)).type();
        InputForm form = InputForm.of(operation, type, elementWise);
        Accumulator accumulator = form.accumulator(
                operation.accumulator(form.inputType(type), OperationArgs.NONE, mutable), OperationArgs.NONE);
        return new TileLayout(
                bucketed ? Operations.bucketed(accumulator, ROW.indexOf("city"), OperationArgs.NONE) : accumulator);
    }

    private static byte[] compact(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        tile.writeTo(new org.agrona.concurrent.UnsafeBuffer(bytes), 0);
        return bytes;
    }

    private static FlatRow row(ModelEvent event) {
        return new ModelRows(ROW).row(event);
    }
}
