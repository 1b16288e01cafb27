package io.tilefold.testsupport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values and their order: SEMANTICS.md §5, "Order of values". */
public final class ModelValues {
    /** Strings, by their UTF-8 bytes. */
    public static final Comparator<String> BY_BYTES = (a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b));

    /** Values of one type, none of them null. */
    public static final Comparator<Object> ORDER = ModelValues::compare;

    private ModelValues() {}

    /**
     * The one form of a value: NaN and infinities are null and −0.0 is 0.0, inside lists, maps and structs too; binary is a ByteBuffer; a map
     * is in the order of its keys; half a surrogate pair is the question mark that UTF-8 makes of it.
     */
    public static @Nullable Object canonical(@Nullable Object value) {
        if (value instanceof Double number) {
            return Double.isFinite(number) ? number + 0.0 : null;
        }
        if (value instanceof String text) {
            return new String(utf8(text), StandardCharsets.UTF_8);
        }
        if (value instanceof byte[] bytes) {
            return ByteBuffer.wrap(bytes.clone());
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> elements = new ArrayList<>();
            list.forEach(element -> elements.add(canonical(element)));
            return elements;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> entries = new TreeMap<>(BY_BYTES);
            map.forEach((key, entry) -> entries.put((String) canonical(key), canonical(entry)));
            return new LinkedHashMap<>(entries);
        }
        if (value instanceof ModelStruct struct) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            struct.fields().forEach((name, field) -> fields.put(name, canonical(field)));
            return new ModelStruct(fields);
        }
        return value;
    }

    private static int compare(Object a, Object b) {
        if (a instanceof String left) {
            return BY_BYTES.compare(left, (String) b);
        }
        if (a instanceof Boolean left) {
            return Boolean.compare(left, (Boolean) b);
        }
        if (a instanceof Long left) {
            return Long.compare(left, (Long) b);
        }
        if (a instanceof Double left) {
            return Double.compare(left, (Double) b);
        }
        if (a instanceof ByteBuffer left) {
            return Arrays.compareUnsigned(bytes(left), bytes((ByteBuffer) b));
        }
        if (a instanceof List<?> left) {
            return compareEach(left, (List<?>) b);
        }
        if (a instanceof ModelStruct left) {
            return compareEach(
                    left.fields().values(), ((ModelStruct) b).fields().values());
        }
        return compareEach(entries((Map<?, ?>) a), entries((Map<?, ?>) b));
    }

    /** Element by element, null first; where one starts the other, the shorter first. */
    private static int compareEach(Collection<?> a, Collection<?> b) {
        Iterator<?> right = b.iterator();
        for (Object left : a) {
            if (!right.hasNext()) {
                return 1;
            }
            Object other = right.next();
            int order =
                    left == null || other == null ? Boolean.compare(left != null, other != null) : compare(left, other);
            if (order != 0) {
                return order;
            }
        }
        return right.hasNext() ? -1 : 0;
    }

    /** Key, value, key, value: in the order of the keys. */
    private static List<@Nullable Object> entries(Map<?, ?> map) {
        List<@Nullable Object> entries = new ArrayList<>();
        map.forEach((key, value) -> {
            entries.add(key);
            entries.add(value);
        });
        return entries;
    }

    private static byte[] bytes(ByteBuffer binary) {
        byte[] bytes = new byte[binary.remaining()];
        binary.duplicate().get(bytes);
        return bytes;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
