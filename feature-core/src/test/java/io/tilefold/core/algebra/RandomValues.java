package io.tilefold.core.algebra;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelEvent;
import io.tilefold.testsupport.ModelStruct;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Values of every type with a liking for edges: nulls, NaN, infinities, extremes, −0.0, empty, prefixes of each other, any Unicode. */
final class RandomValues {
    private static final String[] TEXTS = {
        "",
        "a",
        "a\0",
        "a\0b",
        "ab",
        "b",
        "abcdefgh",
        "abcdefghi",
        "a long text of more than eight bytes",
        "ünï",
        "\uFFFD", // before the next by UTF-8, behind it by UTF-16
        "\uD83D\uDE80",
        "half a pair \uD83D"
    };

    private RandomValues() {}

    /** 0, 1, a few or some dozen events, many at equal times. */
    static List<ModelEvent> events(ValueType column, SplittableRandom random) {
        int size = random.nextInt(5) == 0 ? random.nextInt(2) : random.nextInt(45);
        boolean alike = random.nextInt(8) == 0;
        Object sameInput = value(column, random);
        List<ModelEvent> events = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Map<String, @Nullable Object> columns = new LinkedHashMap<>();
            columns.put(LawSubject.INPUT, alike ? sameInput : value(column, random));
            columns.put(LawSubject.BUCKET, random.nextInt(10) == 0 ? null : TEXTS[random.nextInt(6)]);
            events.add(new ModelEvent(random.nextLong(-8, 8), columns));
        }
        return events;
    }

    static @Nullable Object value(ValueType type, SplittableRandom random) {
        if (random.nextInt(8) == 0) {
            return null;
        }
        if (type instanceof ListType list) {
            List<@Nullable Object> elements = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                elements.add(value(list.element(), random));
            }
            return elements;
        }
        if (type instanceof MapType map) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                entries.put(TEXTS[random.nextInt(6)], value(map.value(), random));
            }
            return entries;
        }
        if (type instanceof StructType struct) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            for (Field field : struct.fields()) {
                fields.put(field.name(), value(field.type(), random));
            }
            return new ModelStruct(fields);
        }
        return scalar((Scalar) type, random);
    }

    private static Object scalar(Scalar type, SplittableRandom random) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case BYTE -> (long) (byte) random.nextInt();
            case SHORT -> (long) (short) random.nextInt();
            case INT -> pick(random, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt(-5, 5), random.nextInt());
            case LONG -> pick(random, Long.MIN_VALUE, Long.MAX_VALUE, random.nextLong(-5, 5), random.nextLong());
            case FLOAT -> (double) (float) real(random, Float.MAX_VALUE);
            case DOUBLE -> real(random, 1e308);
            case STRING -> TEXTS[random.nextInt(TEXTS.length)];
            case BINARY -> binary(random);
        };
    }

    private static double real(SplittableRandom random, double huge) {
        return switch (random.nextInt(10)) {
            case 0 -> Double.NaN;
            case 1 -> random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
            case 2 -> random.nextBoolean() ? huge : -huge;
            case 3 -> random.nextBoolean() ? 0.0 : -0.0;
            case 4 -> random.nextInt(-3, 3);
            default -> random.nextDouble(-1000, 1000);
        };
    }

    private static long pick(SplittableRandom random, long... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static byte[] binary(SplittableRandom random) {
        byte[] bytes = TEXTS[random.nextInt(TEXTS.length)].getBytes(StandardCharsets.UTF_16LE);
        if (bytes.length > 0) {
            bytes[0] ^= (byte) random.nextInt(-1, 1);
        }
        return bytes;
    }
}
