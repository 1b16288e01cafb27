package io.tilefold.ingest.apply;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import java.util.Optional;

/**
 * An online GroupBy of the active catalog.
 *
 * @param place its index in {@link ActiveCatalog#definitions()}: how effects name it
 * @param parent the join whose output feeds its live tiles, if one does
 */
public record ActiveDefinition(int place, CompiledGroupBy compiled, GroupByPlan plan, Optional<ParentJoin> parent) {
    public DefinitionId id() {
        return compiled.id();
    }

    public String name() {
        return compiled.name();
    }

    /** The topic that feeds its live tiles; empty for SNAPSHOT and for sources without one. */
    public Optional<String> topic() {
        return compiled.definition().accuracy() == Accuracy.TEMPORAL
                ? compiled.definition().streamingSource().flatMap(Source::streamTopic)
                : Optional.empty();
    }
}
