package io.tilefold.core.definition;

import io.tilefold.core.value.Schema;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Every definition of a deployment, validated and typed; sorted by name. */
public record Catalog(List<CompiledGroupBy> groupBys, List<CompiledJoin> joins, List<StagingQuery> stagingQueries) {
    public Catalog {
        groupBys = groupBys.stream()
                .sorted(Comparator.comparing(compiled -> compiled.definition().name()))
                .toList();
        joins = joins.stream()
                .sorted(Comparator.comparing(compiled -> compiled.definition().name()))
                .toList();
        stagingQueries = stagingQueries.stream()
                .sorted(Comparator.comparing(StagingQuery::name))
                .toList();
    }

    /**
     * @param sourceSchemas of each source, in order: the columns of its table that its query reads, in order of use
     * @param selected what every source's query yields: keys first, then inputs and buckets in order of use
     */
    public record CompiledGroupBy(DefinitionId id, GroupBy definition, List<Schema> sourceSchemas, Schema selected) {
        public CompiledGroupBy {
            sourceSchemas = List.copyOf(sourceSchemas);
        }

        public String name() {
            return definition.name();
        }
    }

    /**
     * @param leftSource the columns of the left's table that its query reads
     * @param left the left's selected columns
     */
    public record CompiledJoin(DefinitionId id, Join definition, Schema leftSource, Schema left) {
        public String name() {
            return definition.name();
        }
    }

    public Optional<CompiledGroupBy> groupBy(String name) {
        return groupBys.stream()
                .filter(compiled -> compiled.name().equals(name))
                .findFirst();
    }

    public Optional<CompiledGroupBy> groupBy(DefinitionId id) {
        return groupBys.stream().filter(compiled -> compiled.id().equals(id)).findFirst();
    }

    public Optional<CompiledJoin> join(String name) {
        return joins.stream().filter(compiled -> compiled.name().equals(name)).findFirst();
    }
}
