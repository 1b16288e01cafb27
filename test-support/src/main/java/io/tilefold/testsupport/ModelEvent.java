package io.tilefold.testsupport;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An event as plain objects: Boolean, Long, Double, String or null by column. */
public record ModelEvent(long timeMs, Map<String, @Nullable Object> columns) {
    public ModelEvent {
        columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    public @Nullable Object get(String column) {
        return columns.get(column);
    }
}
