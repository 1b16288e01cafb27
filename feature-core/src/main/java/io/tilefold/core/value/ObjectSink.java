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
 * Collects values as plain objects: Boolean, Long, Double (float outputs too), String, byte[] (for binary outputs), List, Map. For
 * tests, tools and batch rows; the serving path writes columns instead.
 */
public final class ObjectSink implements ValueSink {
    private final List<@Nullable Object> values = new ArrayList<>();
    private final Deque<Container> open = new ArrayDeque<>();
    private ValueType type = ValueType.Scalar.STRING;

    private record Container(int size, boolean isMap, List<@Nullable Object> items) {}

    /** Says the type of the next value: tells strings from binary. */
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
        add(leaf(type) == ValueType.Scalar.BINARY ? bytes : new String(bytes, StandardCharsets.UTF_8));
    }

    @Override
    public void listValue(int size) {
        container(new Container(size, false, new ArrayList<>()));
    }

    @Override
    public void mapValue(int size) {
        container(new Container(2 * size, true, new ArrayList<>()));
    }

    private void container(Container container) {
        open.push(container);
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
            add(top.isMap ? toMap(top.items) : Collections.unmodifiableList(top.items));
        }
    }

    private static Map<String, @Nullable Object> toMap(List<@Nullable Object> items) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < items.size(); i += 2) {
            map.put(keyOf(items.get(i)), items.get(i + 1));
        }
        return Collections.unmodifiableMap(map);
    }

    private static String keyOf(@Nullable Object key) {
        return key instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(key);
    }

    private static ValueType leaf(ValueType type) {
        if (type instanceof ValueType.ListType list) {
            return leaf(list.element());
        }
        return type instanceof ValueType.MapType map ? leaf(map.value()) : type;
    }
}
