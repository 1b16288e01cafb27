package io.tilefold.ingest.apply;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The active catalog with what belongs to each of its definitions, by place: the store's part, counters, columns of a row. Confined to the applying thread, but
 * for {@link #catalog}.
 */
final class ActiveStores {
    private final TileStore store;
    private final Partitions partitions;
    private final Versions versions;
    private final Map<DefinitionId, DefinitionCounters> counters = new HashMap<>();
    private volatile ActiveCatalog catalog = ActiveCatalog.NONE;
    private GroupByStore[] stores = new GroupByStore[0];
    private DefinitionCounters[] countersByPlace = new DefinitionCounters[0];
    private int[] columnCounts = new int[0];

    ActiveStores(TileStore store, Partitions partitions, Versions versions) {
        this.store = store;
        this.partitions = partitions;
        this.versions = versions;
    }

    /** Any thread. */
    ActiveCatalog catalog() {
        return catalog;
    }

    GroupByStore store(int place) {
        return stores[place];
    }

    DefinitionCounters counters(int place) {
        return countersByPlace[place];
    }

    /** Columns of the rows that the definition takes. */
    int columnCount(int place) {
        return columnCounts[place];
    }

    /** Makes a catalog the active one, in the store too. */
    void activate(ActiveCatalog next) {
        store.activate(next.bytes(), groupBys(next));
        adopt(next);
    }

    static List<ActiveGroupBy> groupBys(ActiveCatalog catalog) {
        return catalog.definitions().stream()
                .map(one -> new ActiveGroupBy(one.id(), one.name(), one.plan()))
                .toList();
    }

    /** The store has these definitions now; what belongs to others is forgotten. */
    void adopt(ActiveCatalog next) {
        List<ActiveDefinition> active = next.definitions();
        stores = active.stream()
                .map(one -> Objects.requireNonNull(store.groupBy(one.id()), one.name()))
                .toArray(GroupByStore[]::new);
        countersByPlace = active.stream()
                .map(one -> counters.computeIfAbsent(one.id(), id -> new DefinitionCounters()))
                .toArray(DefinitionCounters[]::new);
        columnCounts = active.stream().mapToInt(one -> one.plan().row().size()).toArray();
        Set<DefinitionId> ids = active.stream().map(ActiveDefinition::id).collect(Collectors.toSet());
        versions.retain(ids); // the store keeps nothing of what is not active
        partitions.retainLanes(ids);
        counters.keySet().retainAll(ids);
        catalog = next;
    }

    /** A definition's counters go on from these. */
    void restoreCounters(DefinitionId id, long nullTime, long nullKey) {
        DefinitionCounters counts = counters.computeIfAbsent(id, one -> new DefinitionCounters());
        counts.nullTime = nullTime;
        counts.nullKey = nullKey;
    }

    /** Tells readers whether a definition has lanes left. */
    void showCatchingUp(DefinitionId id) {
        store.catchingUp(id, !partitions.withLane(id).isEmpty());
    }

    void showCatchingUp() {
        catalog.definitions().forEach(one -> showCatchingUp(one.id()));
    }
}
