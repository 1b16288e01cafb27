package io.tilefold.core.value;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Collects values as plain objects: Boolean, Long, Double (float outputs too), String, byte[] (for binary outputs), List, Map (structs too: field name to value). For
 * tests, tools and batch rows; the serving path writes columns instead.
 */
public final class ObjectSink implements ValueSink {
    private final List<@Nullable Object> values = new ArrayList<>();
    private final Deque<Container> open = new ArrayDeque<>();
    private ValueType type = ValueType.Scalar.STRING;

    /**
     * @param size values it consists of, keys too
     * @param type of the list, map or struct
     */
    private record Container(int size, ValueType type, List<@Nullable Object> items) {
        /** Type of the value to come. */
        ValueType nextType() {
            if (type instanceof ValueType.ListType list) {
                return list.element();
            }
            if (type instanceof ValueType.MapType map) {
                return items.size() % 2 == 0 ? ValueType.Scalar.STRING : map.value();
            }
            return ((ValueType.StructType) type).fields().get(items.size()).type();
        }

        Object value() {
            if (type instanceof ValueType.ListType) {
                return Collections.unmodifiableList(items);
            }
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            if (type instanceof ValueType.StructType struct) {
                for (int i = 0; i < items.size(); i++) {
                    map.put(struct.fields().get(i).name(), items.get(i));
                }
            } else {
                for (int i = 0; i < items.size(); i += 2) {
                    map.put(String.valueOf(items.get(i)), items.get(i + 1));
                }
            }
            return Collections.unmodifiableMap(map);
        }
    }

    /** Says the type of the values to come: tells strings from binary, and names the fields of structs. */
    public ObjectSink next(ValueType nextType) {
        type = nextType;
        return this;
    }

    /** All values so far, in order. */
    public List<@Nullable Object> values() {
        return Collections.unmodifiableList(values);
    }

    @Override
    public void nullValue() {
        add(null);
    }

    @Override
    public void booleanValue(boolean value) {
        add(value);
    }

    @Override
    public void longValue(long value) {
        add(value);
    }

    @Override
    public void doubleValue(double value) {
        add(value);
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        add(nextType() == ValueType.Scalar.BINARY ? bytes : new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public void listValue(int size) {
        container(size, nextType() instanceof ValueType.ListType list ? list : new ValueType.ListType(nextType()));
    }

    @Override
    public void mapValue(int size) {
        container(2 * size, nextType() instanceof ValueType.MapType map ? map : new ValueType.MapType(nextType()));
    }

    @Override
    public void structValue(int fieldCount) {
        if (!(nextType() instanceof ValueType.StructType struct)) {
            throw new IllegalStateException("a struct came where " + nextType() + " was due");
        }
        container(fieldCount, struct);
    }

    private ValueType nextType() {
        Container top = open.peek();
        return top == null ? type : top.nextType();
    }

    private void container(int size, ValueType containerType) {
        open.push(new Container(size, containerType, new ArrayList<>()));
        closeFull();
    }

    private void add(@Nullable Object value) {
        Container top = open.peek();
        if (top == null) {
            values.add(value);
            return;
        }
        top.items.add(value);
        closeFull();
    }

    private void closeFull() {
        Container top = open.peek();
        if (top != null && top.items.size() == top.size) {
            open.pop();
            add(top.value());
        }
    }
}
