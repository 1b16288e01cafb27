package io.tilefold.batch;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.plan.GroupByPlan;
import java.io.Serializable;
import java.util.List;

/** A GroupBy on its way to the executors: as catalog bytes, compiled again where it arrives. */
public final class ShippedPlan implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] catalog;

    public ShippedPlan(CompiledGroupBy groupBy) {
        catalog = CatalogCodec.encode(new Catalog(List.of(groupBy), List.of(), List.of()));
    }

    public CompiledGroupBy groupBy() {
        return CatalogCodec.decode(catalog).groupBys().get(0);
    }

    public GroupByPlan compile() {
        CompiledGroupBy groupBy = groupBy();
        return GroupByPlan.compile(groupBy.definition(), groupBy.selected());
    }
}
