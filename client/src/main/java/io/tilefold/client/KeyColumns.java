package io.tilefold.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.ListValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.MapValues;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.proto.types.v1.StructValues;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rows of keys and contextual fields as one column for each. */
final class KeyColumns {
    private KeyColumns() {}

    static List<Column> of(List<Map<String, ?>> rows) {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        return names.stream()
                .map(name -> column(name, "row", name, values(rows, name)))
                .toList();
    }

    private static List<@Nullable Object> values(List<Map<String, ?>> rows, String name) {
        List<@Nullable Object> values = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Map<String, ?> row = rows.get(i);
            if (!row.containsKey(name)) {
                throw new IllegalArgumentException(
                        "row " + i + " has no key " + name + ", others have: a key without a value is given as null");
            }
            values.add(row.get(name));
        }
        return values;
    }

    /**
     * A column of rows, or one inside such a column.
     *
     * @param key the name of the whole, and {@code unit} what a value is in it, for messages: a row, an element
     */
    private static Column column(String name, String unit, String key, List<@Nullable Object> values) {
        Column.Builder column = Column.newBuilder().setName(name).setNulls(nulls(values));
        Class<?> kind = kind(unit, key, values);
        if (kind == Long.class) {
            LongValues.Builder longs = LongValues.newBuilder();
            values.forEach(value -> longs.addValues(value == null ? 0 : ((Number) value).longValue()));
            column.setLongValues(longs);
        } else if (kind == String.class) {
            StringValues.Builder strings = StringValues.newBuilder();
            values.forEach(value -> strings.addValues(value == null ? "" : (String) value));
            column.setStringValues(strings);
        } else if (kind == Boolean.class) {
            BooleanValues.Builder booleans = BooleanValues.newBuilder();
            values.forEach(value -> booleans.addValues(value != null && (Boolean) value));
            column.setBooleanValues(booleans);
        } else if (kind == Double.class) {
            DoubleValues.Builder doubles = DoubleValues.newBuilder();
            values.forEach(value -> doubles.addValues(value == null ? 0 : (Double) value));
            column.setDoubleValues(doubles);
        } else if (kind == Float.class) {
            FloatValues.Builder floats = FloatValues.newBuilder();
            values.forEach(value -> floats.addValues(value == null ? 0 : (Float) value));
            column.setFloatValues(floats);
        } else if (kind == byte[].class) {
            BinaryValues.Builder binaries = BinaryValues.newBuilder();
            values.forEach(value ->
                    binaries.addValues(value == null ? ByteString.EMPTY : ByteString.copyFrom((byte[]) value)));
            column.setBinaryValues(binaries);
        } else if (kind == List.class) {
            column.setListValues(lists(key, values));
        } else if (kind == Map.class) {
            column.setMapValues(maps(key, values));
        } else if (kind == StructValue.class) {
            column.setStructValues(structs(key, values));
        }
        return column.build();
    }

    private static ListValues lists(String key, List<@Nullable Object> values) {
        ListValues.Builder lists = ListValues.newBuilder();
        List<@Nullable Object> elements = new ArrayList<>();
        for (Object value : values) {
            List<?> list = value == null ? List.of() : (List<?>) value;
            lists.addLengths(list.size());
            elements.addAll(list);
        }
        return lists.setElements(column("", "element", key, elements)).build();
    }

    /** Entries are sorted by the bytes of their keys. */
    private static MapValues maps(String key, List<@Nullable Object> values) {
        MapValues.Builder maps = MapValues.newBuilder();
        List<@Nullable Object> keys = new ArrayList<>();
        List<@Nullable Object> entries = new ArrayList<>();
        for (Object value : values) {
            Map<?, ?> map = value == null ? Map.of() : (Map<?, ?>) value;
            maps.addLengths(map.size());
            List<String> names = new ArrayList<>();
            for (Object name : map.keySet()) {
                if (!(name instanceof String text)) {
                    throw new IllegalArgumentException(
                            "key " + key + ": a map has the key " + name + "; keys are Strings");
                }
                names.add(text);
            }
            names.sort((one, other) -> Arrays.compareUnsigned(
                    one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8)));
            for (String name : names) {
                keys.add(name);
                entries.add(map.get(name));
            }
        }
        return maps.setKeys(column("", "entry", key, keys))
                .setValues(column("", "entry", key, entries))
                .build();
    }

    private static StructValues structs(String key, List<@Nullable Object> values) {
        Set<String> names = new LinkedHashSet<>();
        for (Object value : values) {
            if (value != null) {
                names.addAll(((StructValue) value).fields().keySet());
            }
        }
        StructValues.Builder structs = StructValues.newBuilder();
        for (String name : names) {
            List<@Nullable Object> fields = new ArrayList<>();
            for (Object value : values) {
                fields.add(value == null ? null : ((StructValue) value).fields().get(name));
            }
            structs.addFields(column(name, "struct", key, fields));
        }
        return structs.build();
    }

    /** The one kind of all values; Void if all are null. */
    private static Class<?> kind(String unit, String key, List<@Nullable Object> values) {
        Class<?> kind = Void.class;
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            if (value == null) {
                continue;
            }
            Class<?> own = kind(value);
            if (own == Void.class || kind != Void.class && own != kind) {
                throw new IllegalArgumentException(unit + " " + i + ", key " + key + ": a "
                        + value.getClass().getSimpleName()
                        + (own == Void.class ? "" : " after a " + kind.getSimpleName())
                        + "; a key is Boolean, Byte to Long, Float, Double, String or byte[], the same in all rows; a"
                        + " contextual field may be a List, a Map or a StructValue of these too");
            }
            kind = own;
        }
        return kind;
    }

    private static Class<?> kind(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return Long.class;
        }
        if (value instanceof List) {
            return List.class;
        }
        if (value instanceof Map) {
            return Map.class;
        }
        boolean known = value instanceof String
                || value instanceof StructValue
                || value instanceof Boolean
                || value instanceof Double
                || value instanceof Float
                || value instanceof byte[];
        return known ? value.getClass() : Void.class;
    }

    private static ByteString nulls(List<@Nullable Object> values) {
        byte[] mask = new byte[(values.size() + 7) / 8];
        boolean any = false;
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) == null) {
                mask[i >>> 3] |= (byte) (1 << (i & 7));
                any = true;
            }
        }
        return any ? UnsafeByteOperations.unsafeWrap(mask) : ByteString.EMPTY;
    }
}
