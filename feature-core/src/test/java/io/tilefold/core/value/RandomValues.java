package io.tilefold.core.value;

import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Random types, and random values of them as {@link ObjectSink} gives values. */
final class RandomValues {
    private static final String[] TEXTS = {"", "a", "ab", "b", "é", "￿", "𝄞", "eight by", "eight bytes and more"};
    private static final long[] LONGS = {0, 1, -1, 42, Long.MIN_VALUE, Long.MAX_VALUE};
    private static final double[] DOUBLES = {0.0, 1.5, -1.5, 1e308, -1e308, Double.MIN_VALUE};

    private final SplittableRandom random;

    RandomValues(SplittableRandom random) {
        this.random = random;
    }

    ValueType type(int depth) {
        int choice = random.nextInt(depth == 0 ? 5 : 8);
        return switch (choice) {
            case 0 -> Scalar.BOOLEAN;
            case 1 -> Scalar.LONG;
            case 2 -> Scalar.DOUBLE;
            case 3 -> Scalar.STRING;
            case 4 -> Scalar.INT;
            case 5 -> new ListType(type(depth - 1));
            case 6 -> new MapType(type(depth - 1));
            default -> new StructType(fields(depth - 1));
        };
    }

    private List<Field> fields(int depth) {
        List<Field> fields = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            fields.add(new Field("f" + i, type(depth)));
        }
        return fields;
    }

    @Nullable Object nullable(ValueType type) {
        return random.nextInt(5) == 0 ? null : value(type);
    }

    Object value(ValueType type) {
        if (type instanceof ListType list) {
            List<@Nullable Object> elements = new ArrayList<>();
            for (int i = size(); i > 0; i--) {
                elements.add(nullable(list.element()));
            }
            return elements;
        }
        if (type instanceof MapType map) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (int i = size(); i > 0; i--) {
                entries.put((String) value(Scalar.STRING), nullable(map.value()));
            }
            return entries;
        }
        if (type instanceof StructType struct) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            struct.fields().forEach(field -> fields.put(field.name(), nullable(field.type())));
            return fields;
        }
        return switch ((Scalar) type) {
            case BOOLEAN -> random.nextBoolean();
            case INT -> (long) random.nextInt(3);
            case LONG -> LONGS[random.nextInt(LONGS.length)];
            case DOUBLE -> DOUBLES[random.nextInt(DOUBLES.length)];
            default -> TEXTS[random.nextInt(TEXTS.length)];
        };
    }

    private int size() {
        return random.nextInt(20) == 0 ? 70 + random.nextInt(80) : random.nextInt(5);
    }
}
