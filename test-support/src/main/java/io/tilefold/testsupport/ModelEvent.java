package io.tilefold.testsupport;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as plain objects by column: Boolean, Long (for all integers), Double (for floats too), String, byte[], List, Map with String keys,
 * {@link ModelStruct}, or null.
 */
public record ModelEvent(long timeMs, Map<String, @Nullable Object> columns) {
    public ModelEvent {
        columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    public @Nullable Object get(String column) {
        return columns.get(column);
    }
}
