package io.tilefold.compiler;

import io.tilefold.compiler.reader.DefinitionSet;
import io.tilefold.compiler.yaml.NearestName;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The GroupBys that are compiled together, as joins see them: all by name, and those that compiled so far. */
final class GroupBys {
    private final Map<String, GroupBy> defined = new TreeMap<>();
    private final Map<String, CompiledGroupBy> compiled = new TreeMap<>();

    private final Set<String> unread;

    GroupBys(DefinitionSet definitions) {
        unread = definitions.unreadGroupBys();
        definitions
                .groupBys()
                .forEach(groupBy -> this.defined.put(groupBy.definition().name(), groupBy.definition()));
    }

    /** A GroupBy has compiled. */
    void add(CompiledGroupBy groupBy) {
        compiled.put(groupBy.name(), groupBy);
    }

    Optional<GroupBy> find(String name) {
        return Optional.ofNullable(defined.get(name));
    }

    /** Empty for one that is refused too: its own problems say why. */
    Optional<CompiledGroupBy> findCompiled(String name) {
        return Optional.ofNullable(compiled.get(name));
    }

    /** It is written, but could not be read: its own problems say why. */
    boolean isUnread(String name) {
        return unread.contains(name);
    }

    String hint(String name) {
        return defined.isEmpty() ? "no GroupBy is defined" : NearestName.hint(name, defined.keySet(), "defined are");
    }
}
