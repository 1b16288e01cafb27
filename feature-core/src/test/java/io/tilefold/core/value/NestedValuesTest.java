package io.tilefold.core.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Lists, maps and structs in flat rows: what goes in comes out, in one order, as one sequence of bytes. */
class NestedValuesTest {
    private static final MapType DOUBLES = new MapType(Scalar.DOUBLE);

    @Test
    void whatGoesInComesOut() {
        Seeds.forEach(300, random -> {
            RandomValues values = new RandomValues(random);
            List<ValueType> types = new ArrayList<>();
            List<@Nullable Object> expected = new ArrayList<>();
            FlatRowWriter writer = new FlatRowWriter(3);
            for (int i = 0; i < 3; i++) {
                types.add(values.type(3));
                expected.add(values.nullable(types.get(i)));
                ObjectRows.put(writer, i, types.get(i), expected.get(i));
            }
            FlatRow row = wrap(writer, 3);
            for (int i = 0; i < 3; i++) {
                assertThat(read(row, i, types.get(i))).isEqualTo(expected.get(i));
            }
        });
    }

    @Test
    void orderIsThatOfTheContract() {
        Seeds.forEach(300, random -> {
            RandomValues values = new RandomValues(random);
            ValueType type = values.type(2);
            Object a = values.value(type);
            Object b = random.nextInt(4) == 0 ? a : values.value(type);
            DirectBuffer left = encode(type, a);
            DirectBuffer right = encode(type, b);
            int order = NestedValues.compare(type, left, 0, left.capacity(), right, 0, right.capacity());
            assertThat(Integer.signum(order)).as("%s %s %s", type, a, b).isEqualTo(compare(type, a, b));
            assertThat(order == 0).isEqualTo(left.equals(right));
        });
    }

    @Test
    void aMapIsOneSequenceOfBytesWhateverTheOrderOfItsEntries() {
        Seeds.forEach(100, random -> {
            RandomValues values = new RandomValues(random);
            MapType type = new MapType(values.type(1));
            @SuppressWarnings("unchecked")
            Map<String, Object> map = (Map<String, Object>) values.value(type);
            assertThat(encode(type, shuffled(map, random))).isEqualTo(encode(type, map));
        });
    }

    @Test
    void ofEntriesWithOneKeyTheLastStays() {
        FlatRowWriter writer = new FlatRowWriter(2);
        writer.beginMap(1, 4);
        writer.putString(0, "b").putDouble(1, 1).putString(2, "a").putDouble(3, 2);
        writer.putString(4, "b").putDouble(5, Double.NaN).putString(6, "a").putDouble(7, -0.0);
        writer.end();
        Map<String, @Nullable Object> expected = new LinkedHashMap<>();
        expected.put("a", 0.0);
        expected.put("b", null);
        assertThat(read(wrap(writer, 2), 1, DOUBLES)).isEqualTo(expected);
    }

    @Test
    void elementsObeyTheRulesOfInputs() {
        FlatRowWriter writer = new FlatRowWriter(1);
        writer.beginList(0, 4);
        writer.putDouble(0, Double.NaN).putDouble(1, -0.0).putDouble(2, Double.NEGATIVE_INFINITY);
        writer.end();
        FlatRow row = wrap(writer, 1);
        FlatRow elements = row.wrapList(0, new FlatRow());
        assertThat(row.size(0)).isEqualTo(4);
        assertThat(elements.isNull(0)).isTrue();
        assertThat(elements.getLong(1)).isZero();
        assertThat(elements.isNull(2)).isTrue();
        assertThat(elements.isNull(3)).isTrue();
    }

    @Test
    void flyweightsReachInside() {
        FlatRowWriter writer = new FlatRowWriter(1);
        writer.beginStruct(0, 2).putLong(0, 7).beginMap(1, 1);
        writer.putString(0, "k").beginList(1, 1).putLong(0, 8).end();
        writer.end().end();
        FlatRow struct = wrap(writer, 1).wrapStruct(0, 2, new FlatRow());
        assertThat(struct.getLong(0)).isEqualTo(7);
        FlatRow entries = struct.wrapMap(1, new FlatRow());
        assertThat(entries.columns()).isEqualTo(2);
        assertThat(entries.wrapList(1, new FlatRow()).getLong(0)).isEqualTo(8);
    }

    @Test
    void misuseIsAnError() {
        FlatRowWriter writer = new FlatRowWriter(1);
        assertThatThrownBy(writer::end).isInstanceOf(IllegalStateException.class);
        writer.beginList(0, 1);
        assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writer.putLong(1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        FlatRowWriter keyless = new FlatRowWriter(1).beginMap(0, 1).putLong(1, 5);
        assertThatThrownBy(keyless::end).hasMessageContaining("key 0 of a map is null");
        assertThat(keyless.reset().finish()).isEqualTo(RowLayout.variableOffset(1));
        assertThatThrownBy(() -> keyless.beginList(0, RowLayout.MAX_COLUMNS + 1))
                .hasMessageContaining("16777217");
        assertThatThrownBy(() -> new FlatRowWriter(1).beginMap(0, -1)).hasMessageContaining("-1 elements");
    }

    /** Any damage is found, or leaves something that can be read without leaving the bytes. */
    @Test
    void damagedBytesAreAClearErrorOrStayInside() {
        Seeds.forEach(300, random -> {
            RandomValues values = new RandomValues(random);
            ValueType type = new ListType(values.type(3));
            DirectBuffer sound = encode(type, values.value(type));
            byte[] bytes = new byte[sound.capacity()];
            sound.getBytes(0, bytes);
            for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
                int at = random.nextInt(bytes.length);
                bytes[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) (random.nextBoolean() ? -1 : 127);
            }
            DirectBuffer damaged = new UnsafeBuffer(bytes);
            int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
            readOrRefuse(() -> NestedValues.emit(type, damaged, 0, length, new ObjectSink().next(type)));
            readOrRefuse(() -> NestedValues.compare(type, damaged, 0, length, sound, 0, sound.capacity()));
        });
    }

    private static void readOrRefuse(Runnable read) {
        try {
            read.run();
        } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageContaining("bytes").hasMessageNotContaining("null");
        }
    }

    private static FlatRow wrap(FlatRowWriter writer, int columns) {
        byte[] bytes = new byte[writer.finish()];
        writer.buffer().getBytes(0, bytes);
        return new FlatRow().wrap(new UnsafeBuffer(bytes), 0, bytes.length, columns);
    }

    private static @Nullable Object read(FlatRow row, int column, ValueType type) {
        if (row.isNull(column)) {
            return null;
        }
        ObjectSink sink = new ObjectSink().next(type);
        if (type.isPrimitive()) {
            UnsafeBuffer slot = new UnsafeBuffer(new byte[8]);
            slot.putLong(0, row.getLong(column), java.nio.ByteOrder.LITTLE_ENDIAN);
            NestedValues.emit(type, slot, 0, 8, sink);
        } else {
            NestedValues.emit(type, row.buffer(), row.bytesOffset(column), row.bytesLength(column), sink);
        }
        assertThat(sink.values()).hasSize(1);
        return sink.values().get(0);
    }

    private static DirectBuffer encode(ValueType type, Object value) {
        FlatRowWriter writer = new FlatRowWriter(1);
        ObjectRows.put(writer, 0, type, value);
        FlatRow row = wrap(writer, 1);
        UnsafeBuffer encoded = new UnsafeBuffer(new byte[type.isPrimitive() ? 8 : row.bytesLength(0)]);
        int from = type.isPrimitive() ? RowLayout.slotOffset(1, 0) : row.bytesOffset(0);
        encoded.putBytes(0, row.buffer(), from, encoded.capacity());
        return encoded;
    }

    private static Map<String, Object> shuffled(Map<String, Object> map, SplittableRandom random) {
        List<String> keys = new ArrayList<>(map.keySet());
        Collections.shuffle(keys, new java.util.Random(random.nextLong()));
        Map<String, Object> shuffled = new LinkedHashMap<>();
        keys.forEach(key -> shuffled.put(key, map.get(key)));
        return shuffled;
    }

    // ---- the order, in plain words

    private static int compare(ValueType type, @Nullable Object a, @Nullable Object b) {
        if (a == null || b == null) {
            return Boolean.compare(a != null, b != null);
        }
        if (type instanceof ListType list) {
            return compareAll(Collections.nCopies(150, list.element()), (List<?>) a, (List<?>) b);
        }
        if (type instanceof StructType struct) {
            return compareAll(
                    struct.fields().stream().map(Field::type).toList(),
                    new ArrayList<>(((Map<?, ?>) a).values()),
                    new ArrayList<>(((Map<?, ?>) b).values()));
        }
        if (type instanceof MapType map) {
            List<ValueType> types = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                types.addAll(List.of(Scalar.STRING, map.value()));
            }
            return compareAll(types, entries((Map<?, ?>) a), entries((Map<?, ?>) b));
        }
        if (a instanceof Boolean bit) {
            return Boolean.compare(bit, (Boolean) b);
        }
        if (a instanceof Long number) {
            return Long.compare(number, (Long) b);
        }
        if (a instanceof Double number) {
            return Double.compare(number, (Double) b);
        }
        return Integer.signum(Arrays.compareUnsigned(utf8(a), utf8(b)));
    }

    private static List<@Nullable Object> entries(Map<?, ?> map) {
        List<@Nullable Object> entries = new ArrayList<>();
        map.entrySet().stream()
                .sorted(Comparator.comparing(entry -> utf8(entry.getKey()), Arrays::compareUnsigned))
                .forEach(entry -> entries.addAll(Arrays.asList(entry.getKey(), entry.getValue())));
        return entries;
    }

    private static byte[] utf8(Object text) {
        return ((String) text).getBytes(StandardCharsets.UTF_8);
    }

    private static int compareAll(List<ValueType> types, List<?> a, List<?> b) {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = compare(types.get(i), a.get(i), b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    }
}
