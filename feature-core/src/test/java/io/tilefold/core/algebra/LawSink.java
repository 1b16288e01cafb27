package io.tilefold.core.algebra;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueSink;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelAnswer;
import io.tilefold.testsupport.ModelStruct;
import io.tilefold.testsupport.ModelValues;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** Takes one answer in the model's terms. */
final class LawSink implements ValueSink {
    private final ValueType type;
    private final ObjectSink values;
    private boolean stale;

    private LawSink(ValueType type) {
        this.type = type;
        this.values = new ObjectSink().next(type);
    }

    /** The one value that the tile's one state gives. */
    static ModelAnswer answer(TileBuffer tile, ValueType type) {
        LawSink sink = new LawSink(type);
        tile.finish(sink);
        if (sink.values.values().size() != 1) {
            throw new AssertionError(sink.values.values() + " is not one value");
        }
        return new ModelAnswer(model(type, sink.values.values().get(0)), sink.stale);
    }

    /** Structs as the model has them, keys in the order given; nothing is made better: NaN would stay NaN. */
    private static @Nullable Object model(ValueType type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (type instanceof ListType list) {
            List<@Nullable Object> elements = new ArrayList<>();
            ((List<?>) value).forEach(element -> elements.add(model(list.element(), element)));
            return elements;
        }
        if (type instanceof MapType map) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, entry) -> entries.put((String) key, model(map.value(), entry)));
            return entries;
        }
        if (type instanceof StructType struct) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            for (Field field : struct.fields()) {
                fields.put(field.name(), model(field.type(), ((Map<?, ?>) value).get(field.name())));
            }
            return new ModelStruct(fields);
        }
        return value instanceof byte[] ? ModelValues.canonical(value) : value;
    }

    @Override
    public void nullValue() {
        values.nullValue();
    }

    @Override
    public void booleanValue(boolean value) {
        values.booleanValue(value);
    }

    @Override
    public void longValue(long value) {
        values.longValue(value);
    }

    @Override
    public void doubleValue(double value) {
        values.doubleValue(value);
    }

    @Override
    public void bytesValue(DirectBuffer buffer, int offset, int length) {
        values.bytesValue(buffer, offset, length);
    }

    @Override
    public void listValue(int size) {
        values.listValue(size);
    }

    @Override
    public void mapValue(int size) {
        values.mapValue(size);
    }

    @Override
    public void structValue(int fieldCount) {
        values.structValue(fieldCount);
    }

    @Override
    public void stale() {
        stale = true;
    }

    @Override
    public void stateLimit() {
        throw new AssertionError("a small state of type " + type + " is over its bound");
    }
}
