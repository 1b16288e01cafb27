package io.tilefold.ingest.kafka;

import io.tilefold.client.StructValue;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A left column's value as the client sends it in a contextual field: it takes a value for what it is, so floats are no doubles and structs no maps, however deep. */
final class ContextualValue {
    private ContextualValue() {}

    /** @param value of this type as plain objects: numbers, text, bytes, lists, and maps for maps and structs */
    static @Nullable Object sent(ValueType type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        if (type instanceof ListType list) {
            List<@Nullable Object> elements = new ArrayList<>();
            ((List<?>) value).forEach(element -> elements.add(sent(list.element(), element)));
            return elements;
        }
        if (type instanceof MapType map) {
            Map<String, @Nullable Object> entries = new HashMap<>();
            ((Map<?, ?>) value).forEach((key, entry) -> entries.put((String) key, sent(map.value(), entry)));
            return entries;
        }
        if (type instanceof StructType struct) {
            Map<String, @Nullable Object> fields = new HashMap<>();
            for (Field field : struct.fields()) {
                fields.put(field.name(), sent(field.type(), ((Map<?, ?>) value).get(field.name())));
            }
            return new StructValue(fields);
        }
        return type == Scalar.FLOAT ? (Object) ((Number) value).floatValue() : value;
    }
}
