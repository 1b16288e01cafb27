package io.tilefold.compiler.reader;

import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Schema;
import java.util.List;

/** Everything that is compiled together, in the order it was read. */
public record DefinitionSet(
        List<Located<GroupBy>> groupBys,
        List<Located<Join>> joins,
        List<Located<StagingQuery>> stagingQueries,
        List<Located<Table>> tables) {
    public DefinitionSet {
        groupBys = List.copyOf(groupBys);
        joins = List.copyOf(joins);
        stagingQueries = List.copyOf(stagingQueries);
        tables = List.copyOf(tables);
    }

    /** A table whose columns are declared beside the definitions: {@code kind: Table}. It wins over the warehouse. */
    public record Table(String name, Schema columns) {}

    public boolean isEmpty() {
        return groupBys.isEmpty() && joins.isEmpty() && stagingQueries.isEmpty();
    }
}
