package io.tilefold.batch.backfill;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of each column of a group's key in a left, as long as they are few. Confined to one thread. */
final class FewValues implements Serializable {
    private static final long serialVersionUID = 1;

    /** Values of a column that are listed: a condition of more is no faster to check than to encode the row. */
    static final int VALUES_MAX = 1_000;

    /** By column; null of one that has too many, or some that cannot be listed. */
    private final List<@Nullable HashSet<Object>> columns = new ArrayList<>();

    FewValues(int keyColumns) {
        for (int i = 0; i < keyColumns; i++) {
            columns.add(new HashSet<>());
        }
    }

    /** Takes the key that the reader stands at. */
    void add(LeftKeys.Reader reader) {
        for (int i = 0; i < columns.size(); i++) {
            HashSet<Object> values = columns.get(i);
            if (values != null) {
                Object value = reader.value(i);
                if (value == null) {
                    columns.set(i, null);
                } else if (values.add(value) && values.size() > VALUES_MAX) {
                    columns.set(i, null);
                }
            }
        }
    }

    void add(FewValues other) {
        for (int i = 0; i < columns.size(); i++) {
            HashSet<Object> values = columns.get(i);
            HashSet<Object> more = other.columns.get(i);
            if (values != null && more != null) {
                values.addAll(more);
            }
            if (values == null || more == null || values.size() > VALUES_MAX) {
                columns.set(i, null);
            }
        }
    }

    /** @param names of the key's columns, in its order */
    Map<String, List<Object>> byName(List<String> names) {
        Map<String, List<Object>> byName = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            HashSet<Object> values = columns.get(i);
            if (values != null) {
                byName.put(names.get(i), List.copyOf(values));
            }
        }
        return byName;
    }
}
