package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
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
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A column of plain values, made at random, and what it is on the wire by types.proto's comments and protobuf's generated classes. A value is null, a Boolean, a Long, a Double, a String,
 * a byte[], or a List: of elements, of keys and values in turn, or of fields.
 */
record SlowColumn(Field field, List<@Nullable Object> values) {
    private static final int MAX_ELEMENTS = 4;

    static ValueType randomType(SplittableRandom random, int depth) {
        Scalar[] scalars = Scalar.values();
        return switch (depth == 0 ? 3 : random.nextInt(8)) {
            case 0 -> new ListType(randomType(random, depth - 1));
            case 1 -> new MapType(randomType(random, depth - 1));
            case 2 -> {
                List<Field> fields = new ArrayList<>();
                int count = 1 + random.nextInt(3);
                for (int i = 0; i < count; i++) {
                    fields.add(new Field("f" + i, randomType(random, depth - 1)));
                }
                yield new StructType(fields);
            }
            default -> scalars[random.nextInt(scalars.length)];
        };
    }

    /** @param nullsOf8 of eight values so many are null, in the mean */
    static @Nullable Object randomValue(SplittableRandom random, ValueType type, int nullsOf8) {
        if (random.nextInt(8) < nullsOf8) {
            return null;
        }
        if (type instanceof Scalar scalar) {
            return randomScalar(random, scalar);
        }
        List<@Nullable Object> items = new ArrayList<>();
        if (type instanceof StructType struct) {
            struct.fields().forEach(field -> items.add(randomValue(random, field.type(), nullsOf8)));
            return items;
        }
        for (int i = random.nextInt(MAX_ELEMENTS); i > 0; i--) {
            if (type instanceof MapType map) {
                items.add(randomScalar(random, Scalar.STRING));
                items.add(randomValue(random, map.value(), nullsOf8));
            } else {
                items.add(randomValue(random, ((ListType) type).element(), nullsOf8));
            }
        }
        return items;
    }

    private static Object randomScalar(SplittableRandom random, Scalar type) {
        return switch (type) {
            case BOOLEAN -> random.nextBoolean();
            case BYTE, SHORT, INT, LONG -> random.nextLong() >> random.nextInt(Long.SIZE);
            case FLOAT -> (double) Float.intBitsToFloat(random.nextInt());
            case DOUBLE -> Double.longBitsToDouble(random.nextLong());
            case STRING -> {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(random.nextInt(10) == 0 ? 300 : 12); i > 0; i--) {
                    text.appendCodePoint(random.nextInt(8) == 0 ? 0x1F680 : 'a' + random.nextInt(26));
                }
                yield text.toString();
            }
            case BINARY -> {
                byte[] bytes = new byte[random.nextInt(20)];
                random.nextBytes(bytes);
                yield bytes;
            }
        };
    }

    /** Gives a row's value to a sink. */
    void put(int row, ValueSink sink) {
        put(values.get(row), field.type(), sink);
    }

    private static void put(@Nullable Object value, ValueType type, ValueSink sink) {
        if (value == null) {
            sink.nullValue();
        } else if (value instanceof Boolean bool) {
            sink.booleanValue(bool);
        } else if (value instanceof Long number) {
            sink.longValue(number);
        } else if (value instanceof Double number) {
            sink.doubleValue(number);
        } else if (value instanceof String text) {
            putBytes(text.getBytes(StandardCharsets.UTF_8), sink);
        } else if (value instanceof byte[] bytes) {
            putBytes(bytes, sink);
        } else {
            putItems((List<?>) value, type, sink);
        }
    }

    private static void putItems(List<?> items, ValueType type, ValueSink sink) {
        if (type instanceof ListType list) {
            sink.listValue(items.size());
            items.forEach(item -> put(item, list.element(), sink));
        } else if (type instanceof MapType map) {
            sink.mapValue(items.size() / 2);
            for (int i = 0; i < items.size(); i++) {
                put(items.get(i), i % 2 == 0 ? Scalar.STRING : map.value(), sink);
            }
        } else {
            List<Field> fields = ((StructType) type).fields();
            sink.structValue(fields.size());
            for (int i = 0; i < fields.size(); i++) {
                put(items.get(i), fields.get(i).type(), sink);
            }
        }
    }

    private static void putBytes(byte[] bytes, ValueSink sink) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[bytes.length + 3]);
        buffer.putBytes(3, bytes);
        sink.bytesValue(buffer, 3, bytes.length);
    }

    /** @param named whether the message has the column's name */
    Column message(boolean named) {
        Column.Builder message = Column.newBuilder().setName(named ? field.name() : "");
        if (values.contains(null)) {
            byte[] nulls = new byte[(values.size() + 7) / 8];
            for (int row = 0; row < values.size(); row++) {
                nulls[row / 8] |= (byte) (values.get(row) == null ? 1 << row % 8 : 0);
            }
            message.setNulls(ByteString.copyFrom(nulls));
        }
        if (values.stream().allMatch(Objects::isNull)) {
            return message.build();
        }
        if (field.type() instanceof Scalar scalar) {
            setScalars(message, scalar);
        } else {
            setNested(message);
        }
        return message.build();
    }

    private void setScalars(Column.Builder message, Scalar scalar) {
        switch (scalar) {
            case BOOLEAN -> message.setBooleanValues(BooleanValues.newBuilder().addAllValues(or(false)));
            case BYTE, SHORT, INT, LONG ->
                message.setLongValues(LongValues.newBuilder().addAllValues(or(0L)));
            case FLOAT ->
                message.setFloatValues(FloatValues.newBuilder()
                        .addAllValues(or(0.0).stream().map(Double::floatValue).toList()));
            case DOUBLE -> message.setDoubleValues(DoubleValues.newBuilder().addAllValues(or(0.0)));
            case STRING -> message.setStringValues(StringValues.newBuilder().addAllValues(or("")));
            case BINARY ->
                message.setBinaryValues(BinaryValues.newBuilder()
                        .addAllValues(or(new byte[0]).stream()
                                .map(ByteString::copyFrom)
                                .toList()));
        }
    }

    /** The values, with another in the place of a null. */
    @SuppressWarnings("unchecked") // they are of the field's type
    private <T> List<T> or(T placeholder) {
        return values.stream()
                .map(value -> value == null ? placeholder : (T) value)
                .toList();
    }

    private void setNested(Column.Builder message) {
        List<List<@Nullable Object>> rows = or(List.of());
        if (field.type() instanceof ListType list) {
            ListValues.Builder lists = ListValues.newBuilder();
            rows.forEach(row -> lists.addLengths(row.size()));
            message.setListValues(lists.setElements(column("", list.element(), rows, 0, 1)));
        } else if (field.type() instanceof MapType map) {
            MapValues.Builder maps = MapValues.newBuilder();
            rows.forEach(row -> maps.addLengths(row.size() / 2));
            message.setMapValues(
                    maps.setKeys(column("", Scalar.STRING, rows, 0, 2)).setValues(column("", map.value(), rows, 1, 2)));
        } else {
            StructValues.Builder structs = StructValues.newBuilder();
            List<Field> fields = ((StructType) field.type()).fields();
            for (int i = 0; i < fields.size(); i++) {
                List<@Nullable Object> ofField = new ArrayList<>();
                for (List<@Nullable Object> row : rows) {
                    ofField.add(row.isEmpty() ? null : row.get(i));
                }
                structs.addFields(new SlowColumn(fields.get(i), ofField).message(true));
            }
            message.setStructValues(structs);
        }
    }

    private static Column column(String name, ValueType type, List<List<@Nullable Object>> rows, int first, int step) {
        List<@Nullable Object> items = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            for (int i = first; i < row.size(); i += step) {
                items.add(row.get(i));
            }
        }
        return new SlowColumn(new Field(name, type), items).message(false);
    }
}
