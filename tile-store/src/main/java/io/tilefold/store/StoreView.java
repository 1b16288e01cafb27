package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import org.jspecify.annotations.Nullable;

/** One published state of a store: catalog, versions, live generation. Shared by threads. */
public final class StoreView {
    StoreView() {}

    public int shardGroup() {
        return Skeleton.pending();
    }

    public int shardCount() {
        return Skeleton.pending();
    }

    /** Grows with every change of catalog or versions. */
    public long manifestNumber() {
        return Skeleton.pending();
    }

    /** The catalog as given to {@link TileStore#activate}; not to be changed. */
    public byte[] catalog() {
        return Skeleton.pending();
    }

    /** The active GroupBy with this id. */
    public @Nullable GroupByView groupBy(DefinitionId id) {
        return Skeleton.pending();
    }
}
