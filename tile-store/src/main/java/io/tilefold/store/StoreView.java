package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One published state of a store: catalog, versions, live generation. Shared by threads. Stays readable, and on disk what it has mapped, when newer
 * ones are published, until it is closed.
 */
public final class StoreView implements AutoCloseable {
    private final TileStoreReader reader;
    private final long publicationNumber;
    private final Manifest manifest;
    private final ShardSet shards;
    private final Map<DefinitionId, GroupByView> groupBys;

    StoreView(
            TileStoreReader reader,
            long publicationNumber,
            Manifest manifest,
            ShardSet shards,
            Map<DefinitionId, GroupByView> groupBys) {
        this.reader = reader;
        this.publicationNumber = publicationNumber;
        this.manifest = manifest;
        this.shards = shards;
        this.groupBys = groupBys;
    }

    long publicationNumber() {
        return publicationNumber;
    }

    /** Takes in and holds a GroupBy's view while this one is being opened; false if there is none. */
    boolean add(@Nullable GroupByView groupBy) {
        if (groupBy == null) {
            return false;
        }
        groupBy.hold();
        groupBys.put(groupBy.id(), groupBy);
        return true;
    }

    void release() {
        for (GroupByView groupBy : groupBys.values()) {
            groupBy.release();
        }
    }

    /** Unmaps what no other open view of its reader has mapped. Nobody reads from this view any more. A second time it does nothing. */
    @Override
    public void close() {
        reader.close(this);
    }

    public int shardGroup() {
        return manifest.shardGroup();
    }

    public int shardCount() {
        return manifest.shardCount();
    }

    /** The shards that the store's shard group owns. */
    public ShardSet shards() {
        return shards;
    }

    /** Grows with every change of catalog or versions. */
    public long manifestNumber() {
        return manifest.number();
    }

    /** The catalog as given to {@link TileStore#activate}; not to be changed. */
    public byte[] catalog() {
        return manifest.catalog();
    }

    /** The active GroupBy with this id; null if there is none. */
    public @Nullable GroupByView groupBy(DefinitionId id) {
        return groupBys.get(id);
    }

    public Collection<GroupByView> groupBys() {
        return Collections.unmodifiableCollection(groupBys.values());
    }

    /** What keeps parts of this view from being read, one message for each segment that is missing or damaged. Empty if all is well. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (GroupByView groupBy : groupBys.values()) {
            BaseView base = groupBy.base();
            if (base != null) {
                problems.addAll(base.problems());
            }
        }
        return problems;
    }
}
