package io.tilefold.testsupport;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A struct: values by field, in the order of its fields. */
public record ModelStruct(Map<String, @Nullable Object> fields) {
    public ModelStruct {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
