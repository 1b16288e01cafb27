package io.tilefold.compiler;

import io.tilefold.compiler.reader.Located;
import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The joins that are compiled together, as GroupBys that read their outputs see them: all by name, and those that compiled so far. */
final class Joins {
    private final Map<String, Join> byName = new TreeMap<>();
    private final Map<String, Parent> compiled = new HashMap<>();

    /**
     * A join whose output is read.
     *
     * @param table columns of its output
     */
    record Parent(CompiledJoin join, Schema table) {}

    Joins(List<Located<Join>> joins) {
        joins.forEach(join -> byName.put(join.definition().name(), join.definition()));
    }

    /** A join has compiled. */
    void add(Parent parent) {
        compiled.put(parent.join().name(), parent);
    }

    Optional<Join> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Empty for one that is refused too: its own problems say why. */
    Optional<Parent> findCompiled(String name) {
        return Optional.ofNullable(compiled.get(name));
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

    /** The GroupBy with the topics of its join sources; SNAPSHOT values follow none, and live takes events alone. */
    GroupBy withTopics(GroupBy groupBy) {
        return groupBy.withSources(groupBy.sources().stream()
                .map(source -> source instanceof Source.JoinOutput output && groupBy.accuracy() == Accuracy.TEMPORAL
                        ? new Source.JoinOutput(output.join(), output.query(), topicOfEvents(output))
                        : source)
                .toList());
    }

    private Optional<String> topicOfEvents(Source.JoinOutput output) {
        return find(output.join())
                .filter(parent -> parent.left() instanceof Source.Events)
                .flatMap(parent -> topicOf(output));
    }
}
