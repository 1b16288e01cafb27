package io.tilefold.ingest.apply;

import io.tilefold.ingest.apply.CommandResult.Reason;
import java.util.List;

/** Applies catalogs. A definition that is new to a topic of which something has been applied waits for its first commit. Confined to the applying thread. */
final class CatalogEntries {
    private final ActiveStores active;
    private final Partitions partitions;

    CatalogEntries(ActiveStores active, Partitions partitions) {
        this.active = active;
        this.partitions = partitions;
    }

    /** @param position of the log behind the entry */
    CommandResult apply(byte[] bytes, long position) {
        ActiveCatalog catalog = active.catalog();
        if (catalog.hasBytes(bytes)) {
            return CommandResult.done(catalog.position());
        }
        ActiveCatalog next;
        try {
            next = ActiveCatalog.compile(catalog.number() + 1, position, bytes);
        } catch (RuntimeException e) {
            return CommandResult.refused(position, Reason.INVALID_CATALOG, String.valueOf(e.getMessage()));
        }
        List<String> changed = next.changedSince(catalog);
        List<ActiveDefinition> added = next.definitions().stream()
                .filter(one -> catalog.find(one.id()).isEmpty())
                .toList();
        active.activate(next);
        for (ActiveDefinition definition : added) {
            definition.topic().ifPresent(topic -> partitions.await(definition.id(), topic));
            active.showCatchingUp(definition.id());
        }
        return CommandResult.changed(position, changed);
    }
}
