package io.tilefold.core.value;

import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import io.tilefold.testsupport.ModelStruct;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts values as {@link ObjectSink} gives them, or the model, into flat rows. */
public final class ObjectRows {
    private ObjectRows() {}

    public static void put(FlatRowWriter writer, int column, ValueType type, @Nullable Object value) {
        if (value == null) {
            return;
        }
        if (type instanceof ListType list) {
            List<?> elements = (List<?>) value;
            writer.beginList(column, elements.size());
            for (int i = 0; i < elements.size(); i++) {
                put(writer, i, list.element(), elements.get(i));
            }
            writer.end();
        } else if (type instanceof MapType map) {
            Map<?, ?> entries = (Map<?, ?>) value;
            writer.beginMap(column, entries.size());
            int at = 0;
            for (Map.Entry<?, ?> entry : entries.entrySet()) {
                put(writer, at++, Scalar.STRING, entry.getKey());
                put(writer, at++, map.value(), entry.getValue());
            }
            writer.end();
        } else if (type instanceof StructType struct) {
            Map<?, ?> fields = value instanceof ModelStruct model ? model.fields() : (Map<?, ?>) value;
            writer.beginStruct(column, struct.fields().size());
            for (int i = 0; i < struct.fields().size(); i++) {
                Field field = struct.fields().get(i);
                put(writer, i, field.type(), fields.get(field.name()));
            }
            writer.end();
        } else {
            putScalar(writer, column, value);
        }
    }

    private static void putScalar(FlatRowWriter writer, int column, Object value) {
        if (value instanceof String text) {
            writer.putString(column, text);
        } else if (value instanceof byte[] bytes) {
            writer.putBytes(column, bytes, 0, bytes.length);
        } else if (value instanceof Double number) {
            writer.putDouble(column, number);
        } else if (value instanceof Boolean bit) {
            writer.putLong(column, bit ? 1 : 0);
        } else {
            writer.putLong(column, (Long) value);
        }
    }
}
