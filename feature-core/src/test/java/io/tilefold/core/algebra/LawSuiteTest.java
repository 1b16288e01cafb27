package io.tilefold.core.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.Seeds;
import io.tilefold.testsupport.SlowModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of {@link Accumulator}, over every registered operation × input type × plain or bucketed, against the slow model. */
class LawSuiteTest {
    private static final int K = 3;
    private static final Set<String> MOMENTS = Set.of("variance", "skew", "kurtosis");

    record Subject(Operation operation, Scalar type, boolean bucketed) {
        @Override
        public String toString() {
            return operation.name() + "(" + type + ")" + (bucketed ? " by bucket" : "");
        }

        OperationArgs args() {
            OperationArgs withK = OperationArgs.k(K);
            if (operation.name().equals("approx_percentile")) {
                return new OperationArgs(OptionalInt.empty(), List.of(0.0, 0.5, 1.0), OptionalInt.empty());
            }
            return operation.problemWith(withK).isEmpty() ? withK : OperationArgs.NONE;
        }

        TileLayout layout() {
            Accumulator accumulator = operation.accumulator(type, args(), false);
            return new TileLayout(bucketed ? Operations.bucketed(accumulator, 1, args()) : accumulator);
        }

        ValueType outputType() {
            ValueType output = operation.outputType(type, args());
            return bucketed ? new ValueType.MapType(output) : output;
        }

        Schema row() {
            return Schema.of(new Field("input", type), new Field("bucket", Scalar.STRING));
        }
    }

    static Stream<Subject> subjects() {
        return Operations.all().stream()
                .flatMap(operation -> Arrays.stream(Scalar.values())
                        .filter(type -> type != Scalar.BINARY && operation.accepts(type))
                        .flatMap(type ->
                                Stream.of(false, true).map(bucketed -> new Subject(operation, type, bucketed))));
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void anyOrderAndGroupingGivesTheModelsValue(Subject subject) {
        Seeds.forEach(25, random -> {
            List<ModelEvent> events = events(subject.type(), random);
            List<FlatRow> rows = rows(subject, events);
            TileBuffer inOrder = new TileBuffer(subject.layout());
            for (int i = 0; i < events.size(); i++) {
                inOrder.update(rows.get(i), events.get(i).timeMs());
            }
            TileBuffer shuffled = tree(subject, events, rows, random);
            if (subject.operation().isExact(subject.type())) {
                assertThat(bytes(shuffled)).isEqualTo(bytes(inOrder));
            }
            if (subject.operation().name().startsWith("approx_")) {
                return; // their values beside their bounds: SketchesTest
            }
            Object expected = SlowModel.aggregate(
                    events, subject.operation().name(), K, "input", subject.bucketed() ? "bucket" : null);
            double magnitude = MOMENTS.contains(subject.operation().name())
                    ? 0
                    : events.stream()
                            .map(event -> event.get("input"))
                            .filter(Number.class::isInstance)
                            .mapToDouble(value -> Math.abs(((Number) value).doubleValue()))
                            .filter(Double::isFinite)
                            .sum();
            assertValue(value(inOrder, subject), expected, magnitude);

            assertValue(value(shuffled, subject), expected, magnitude);
        });
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void identityChangesNothingOnEitherSide(Subject subject) {
        Seeds.forEach(5, random -> {
            List<ModelEvent> events = events(subject.type(), random);
            TileBuffer tile = tree(subject, events, rows(subject, events), random);
            byte[] before = bytes(tile);
            UnsafeBuffer identity = new UnsafeBuffer(bytes(new TileBuffer(subject.layout())));
            tile.merge(identity, 0);
            assertThat(bytes(tile)).isEqualTo(before);
            TileBuffer left = new TileBuffer(subject.layout()).load(identity, 0);
            left.merge(new UnsafeBuffer(before), 0);
            assertThat(bytes(left)).isEqualTo(before);
        });
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void noInputIsNullAndNullInputsChangeNothing(Subject subject) {
        TileBuffer tile = new TileBuffer(subject.layout());
        byte[] before = bytes(tile);
        assertThat(value(tile, subject)).isNull();
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        columns.put("input", null);
        columns.put("bucket", "b");
        tile.update(rows(subject, List.of(new ModelEvent(5, columns))).get(0), 5);
        assertThat(bytes(tile)).isEqualTo(before);
        assertThat(value(tile, subject)).isNull();
    }

    /** Splits the events into random tiles, off the heap or on it, and merges them in a random tree. */
    private static TileBuffer tree(
            Subject subject, List<ModelEvent> events, List<FlatRow> rows, SplittableRandom random) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(random.nextLong()));
        TileLayout layout = subject.layout();
        List<UnsafeBuffer> tiles = new ArrayList<>();
        TileBuffer current = new TileBuffer(layout);
        for (int index : order) {
            current.update(rows.get(index), events.get(index).timeMs());
            if (random.nextInt(4) == 0) {
                tiles.add(stored(current, random));
                current.reset();
            }
        }
        tiles.add(stored(current, random));
        while (tiles.size() > 1) {
            TileBuffer merged = new TileBuffer(layout);
            if (random.nextBoolean()) {
                merged.load(tiles.remove(random.nextInt(tiles.size())), 0);
            }
            merge(merged, take(tiles, random.nextInt(2, 5), random), random.nextBoolean());
            tiles.add(stored(merged, random));
        }
        return new TileBuffer(layout).load(tiles.get(0), 0);
    }

    private static List<UnsafeBuffer> take(List<UnsafeBuffer> tiles, int count, SplittableRandom random) {
        List<UnsafeBuffer> taken = new ArrayList<>();
        while (taken.size() < count && !tiles.isEmpty()) {
            taken.add(tiles.remove(random.nextInt(tiles.size())));
        }
        return taken;
    }

    /** Merges tiles one by one, or all together as the store does. */
    private static void merge(TileBuffer into, List<UnsafeBuffer> tiles, boolean together) {
        if (!together) {
            tiles.forEach(tile -> into.merge(tile, 0));
            return;
        }
        UnsafeBuffer memory = new UnsafeBuffer(
                new byte[tiles.stream().mapToInt(UnsafeBuffer::capacity).sum()]);
        TileList list = new TileList().wrap(memory);
        int at = 0;
        for (UnsafeBuffer tile : tiles) {
            memory.putBytes(at, tile, 0, tile.capacity());
            list.add(at);
            at += tile.capacity();
        }
        into.merge(list);
    }

    private static UnsafeBuffer stored(TileBuffer tile, SplittableRandom random) {
        UnsafeBuffer memory = random.nextBoolean()
                ? new UnsafeBuffer(new byte[tile.compactLength()])
                : new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(tile.compactLength()));
        assertThat(tile.writeTo(memory, 0)).isEqualTo(tile.compactLength());
        return memory;
    }

    private static byte[] bytes(TileBuffer tile) {
        byte[] bytes = new byte[tile.compactLength()];
        Arrays.fill(bytes, (byte) 0x5A);
        tile.writeTo(new UnsafeBuffer(bytes), 0);
        return bytes;
    }

    private static @Nullable Object value(TileBuffer tile, Subject subject) {
        ObjectSink sink = new ObjectSink().next(subject.outputType());
        tile.finish(sink);
        assertThat(sink.values()).hasSize(1);
        return sink.values().get(0);
    }

    private static List<FlatRow> rows(Subject subject, List<ModelEvent> events) {
        ModelRows rows = new ModelRows(subject.row());
        return events.stream().map(rows::row).toList();
    }

    private static List<ModelEvent> events(Scalar type, SplittableRandom random) {
        int size = random.nextInt(5) == 0 ? random.nextInt(2) : random.nextInt(60);
        List<ModelEvent> events = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put("input", input(type, random));
            columns.put("bucket", random.nextInt(10) == 0 ? null : text(random));
            events.add(new ModelEvent(random.nextLong(-20, 20), columns));
        }
        return events;
    }

    private static @Nullable Object input(Scalar type, SplittableRandom random) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case BYTE -> (long) (byte) random.nextInt();
            case SHORT -> (long) (short) random.nextInt();
            case INT -> pick(random, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt(-5, 5), random.nextInt());
            case LONG -> pick(random, Long.MIN_VALUE, Long.MAX_VALUE, random.nextLong(-5, 5), random.nextLong());
            case FLOAT -> (double) (float) real(random, 1e37);
            case DOUBLE -> real(random, 1e307);
            case STRING -> text(random);
            case BINARY -> throw new AssertionError();
        };
    }

    private static double real(SplittableRandom random, double huge) {
        return switch (random.nextInt(8)) {
            case 0 -> Double.NaN;
            case 1 -> random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            case 2 -> random.nextBoolean() ? huge / 100 : -huge / 100;
            case 3 -> 0.0;
            default -> random.nextDouble(-1000, 1000);
        };
    }

    private static long pick(SplittableRandom random, long... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String text(SplittableRandom random) {
        String[] texts = {
            "a\0",
            "a\0b",
            "abcdefgh",
            "abcdefghi",
            "",
            "a",
            "ab",
            "b",
            "\uD83D\uDE80",
            "\uFFFD",
            "ünï",
            "a long text of more than eight bytes",
            "zz"
        };
        return texts[random.nextInt(texts.length)];
    }

    private static void assertValue(@Nullable Object actual, @Nullable Object expected, double magnitude) {
        if (expected instanceof Double number) {
            assertThat(actual).isInstanceOf(Double.class);
            assertThat((Double) actual)
                    .isCloseTo(
                            number,
                            org.assertj.core.data.Offset.offset(
                                    1e-9 * (magnitude == 0 ? 1 + Math.abs(number) : magnitude) + 1e-300));
        } else if (expected instanceof Map<?, ?> map) {
            assertThat(actual).isInstanceOf(Map.class);
            Map<?, ?> actualMap = (Map<?, ?>) actual;
            assertThat(new ArrayList<Object>(actualMap.keySet())).isEqualTo(new ArrayList<Object>(map.keySet()));
            map.forEach((key, value) -> assertValue(actualMap.get(key), value, magnitude));
        } else {
            assertThat(actual).isEqualTo(expected);
        }
    }
}
