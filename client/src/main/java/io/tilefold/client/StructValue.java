package io.tilefold.client;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A contextual field's value that is a struct, with all fields of its type; a {@code Map} is sent as a map. Answers give structs as maps.
 *
 * @param fields by name; null values are nulls
 */
public record StructValue(Map<String, @Nullable Object> fields) {
    public StructValue {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
