package io.tilefold.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.StringValues;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rows of key values as one column per key. */
final class KeyColumns {
    private KeyColumns() {}

    static List<Column> of(List<Map<String, ?>> rows) {
        Set<String> names = new LinkedHashSet<>();
        rows.forEach(row -> names.addAll(row.keySet()));
        return names.stream().map(name -> column(name, values(rows, name))).toList();
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

    private static Column column(String name, List<@Nullable Object> values) {
        Column.Builder column = Column.newBuilder().setName(name).setNulls(nulls(values));
        Class<?> kind = kind(name, values);
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
        }
        return column.build();
    }

    /** The one kind of all values; Void if all are null. */
    private static Class<?> kind(String name, List<@Nullable Object> values) {
        Class<?> kind = Void.class;
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            if (value == null) {
                continue;
            }
            Class<?> own = kind(value);
            if (own == Void.class || kind != Void.class && own != kind) {
                throw new IllegalArgumentException("row " + i + ", key " + name + ": a "
                        + value.getClass().getSimpleName()
                        + (own == Void.class ? "" : " after a " + kind.getSimpleName())
                        + "; a key is Boolean, Byte to Long, Float, Double, String or byte[], the same in all rows");
            }
            kind = own;
        }
        return kind;
    }

    private static Class<?> kind(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return Long.class;
        }
        boolean known = value instanceof String
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
