package io.tilefold.compiler;

import io.tilefold.compiler.reader.Located;
import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Source;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The joins that are compiled together, as GroupBys that read their outputs see them. */
final class Joins {
    private final Map<String, Join> byName = new TreeMap<>();

    Joins(List<Located<Join>> joins) {
        joins.forEach(join -> byName.put(join.definition().name(), join.definition()));
    }

    boolean isKnown(String name) {
        return byName.containsKey(name);
    }

    String hint(String name) {
        return byName.isEmpty() ? "no join is defined" : NearestName.hint(name, byName.keySet(), "defined are");
    }

    /** The topic that feeds live: for a join's output that of the join's left. */
    Optional<String> topicOf(Source source) {
        Set<String> visited = new HashSet<>();
        Source at = source;
        while (at instanceof Source.JoinOutput output) {
            Join parent = byName.get(output.join());
            if (parent == null || !visited.add(output.join())) {
                return Optional.empty();
            }
            at = parent.left();
        }
        return at.streamTopic();
    }
}
