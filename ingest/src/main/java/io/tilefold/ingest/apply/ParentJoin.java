package io.tilefold.ingest.apply;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Schema;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A join whose output feeds a GroupBy: serving nodes are asked it about each event of its left.
 *
 * @param keys left columns that a fetch of it must carry
 * @param contextual left columns that a fetch of it may carry
 */
public record ParentJoin(CompiledJoin compiled, List<String> keys, List<String> contextual) {
    public String name() {
        return compiled.name();
    }

    /**
     * The join that feeds a GroupBy's live tiles; empty if something else does.
     *
     * @throws IllegalArgumentException if the catalog does not hold it whole
     */
    static Optional<ParentJoin> of(Catalog catalog, CompiledGroupBy reader) {
        return reader.definition()
                .streamingSource()
                .filter(Source.JoinOutput.class::isInstance)
                .map(source -> of(catalog, ((Source.JoinOutput) source).join(), reader.name()));
    }

    private static ParentJoin of(Catalog catalog, String name, String reader) {
        CompiledJoin join = catalog.join(name)
                .orElseThrow(() -> new IllegalArgumentException("GroupBy " + reader + " reads the output of join "
                        + name + ", which is not in the catalog: compile all definitions together"));
        Set<String> keys = new LinkedHashSet<>();
        for (JoinPart part : join.definition().parts()) {
            catalog.groupBy(part.groupBy())
                    .orElseThrow(() -> new IllegalArgumentException("join " + name + " reads GroupBy " + part.groupBy()
                            + ", which is not in the catalog: compile all definitions together"))
                    .definition()
                    .keys()
                    .forEach(key -> keys.add(part.leftColumnOf(key)));
        }
        for (Join.ExternalPart part : join.definition().externalParts()) {
            part.keys().names().forEach(key -> keys.add(part.leftColumnOf(key)));
        }
        List<String> contextual = join.definition().contextual().map(Schema::names).orElse(List.of()).stream()
                .filter(field -> !keys.contains(field))
                .filter(field -> join.left().find(field).isPresent())
                .toList();
        return new ParentJoin(join, List.copyOf(keys), contextual);
    }
}
