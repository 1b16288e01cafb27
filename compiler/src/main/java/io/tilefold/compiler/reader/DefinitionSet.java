package io.tilefold.compiler.reader;

import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Schema;
import java.util.List;
import java.util.Set;

/**
 * Everything that is compiled together, in the order it was read.
 *
 * @param unreadGroupBys names of GroupBys that could not be read: what refers to them is not wrong for that
 */
public record DefinitionSet(
        List<Located<GroupBy>> groupBys,
        List<Located<Join>> joins,
        List<Located<StagingQuery>> stagingQueries,
        List<Located<Table>> tables,
        Set<String> unreadGroupBys) {
    public DefinitionSet {
        groupBys = List.copyOf(groupBys);
        joins = List.copyOf(joins);
        stagingQueries = List.copyOf(stagingQueries);
        tables = List.copyOf(tables);
        unreadGroupBys = Set.copyOf(unreadGroupBys);
    }

    /** Definitions built in Java. */
    public static DefinitionSet of(List<Located<GroupBy>> groupBys, List<Located<Join>> joins) {
        return new DefinitionSet(groupBys, joins, List.of(), List.of(), Set.of());
    }

    /** A table whose columns are declared beside the definitions: {@code kind: Table}. It wins over the warehouse. */
    public record Table(String name, Schema columns) {}

    public boolean isEmpty() {
        return groupBys.isEmpty() && joins.isEmpty() && stagingQueries.isEmpty();
    }
}
