package io.tilefold.core.definition;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A GroupBy inside a join.
 *
 * @param keyMapping left column to right key; unmapped keys keep their names
 */
public record JoinPart(String groupBy, Map<String, String> keyMapping, Optional<String> prefix) {
    public JoinPart {
        keyMapping = Collections.unmodifiableMap(new LinkedHashMap<>(keyMapping));
    }

    public static JoinPart of(String groupBy) {
        return new JoinPart(groupBy, Map.of(), Optional.empty());
    }

    /** {@code {prefix_}{groupBy name cleaned}}. */
    public String name() {
        return Names.part(prefix.orElse(null), groupBy);
    }

    /** The left column that a right key is read from. */
    public String leftColumnOf(String rightKey) {
        return leftColumnOf(rightKey, keyMapping);
    }

    static String leftColumnOf(String rightKey, Map<String, String> keyMapping) {
        for (Map.Entry<String, String> entry : keyMapping.entrySet()) {
            if (entry.getValue().equals(rightKey)) {
                return entry.getKey();
            }
        }
        return rightKey;
    }
}
