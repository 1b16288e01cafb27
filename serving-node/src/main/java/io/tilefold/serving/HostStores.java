package io.tilefold.serving;

import io.tilefold.core.key.KeyHash;
import io.tilefold.proto.serving.v1.LogPosition;
import io.tilefold.serving.peer.ShardMap;
import io.tilefold.store.StoreView;
import io.tilefold.store.TileStoreReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stores of this host as one snapshot sees them: a view of each that is mapped, and which of them holds a shard. A store is known by its <em>place</em> among
 * the directories that the node was given, a set of stores is a long with a bit for each place. Immutable, shared by threads.
 */
final class HostStores {
    /** Stores of one node: the bits of a set. */
    static final int STORES_MAX = Long.SIZE;

    /** The place of what no store of the host holds. */
    static final int ELSEWHERE = -1;

    private final @Nullable Mapped[] stores;
    private final long all;
    private final int first;
    private final int shardCount;
    private final byte[] storeOfShard;
    private final boolean holdsAll;
    private final ShardMap ownShards;

    /** A store that is mapped, and its view. */
    record Mapped(Path directory, TileStoreReader reader, StoreView view) {
        StoreClaim claim() {
            return new StoreClaim(directory, view.shardGroup(), view.shards());
        }
    }

    /** @param stores by place, null where one is not mapped; one is at least, and none conflicts with another */
    HostStores(@Nullable Mapped[] stores) {
        this.stores = stores.clone();
        long mapped = 0;
        List<ShardMap.Group> groups = new ArrayList<>();
        for (int place = 0; place < stores.length; place++) {
            Mapped store = stores[place];
            if (store != null) {
                mapped |= bit(place);
                groups.add(new ShardMap.Group(store.view.shardGroup(), store.view.shards(), List.of()));
            }
        }
        this.all = mapped;
        this.first = Long.numberOfTrailingZeros(mapped);
        this.shardCount = view(first).shardCount();
        this.storeOfShard = new byte[shardCount];
        Arrays.fill(storeOfShard, (byte) ELSEWHERE);
        int held = 0;
        for (long rest = all; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            for (int shard : view(place).shards().list()) {
                storeOfShard[shard] = (byte) place;
                held++;
            }
        }
        this.holdsAll = held == shardCount;
        this.ownShards = new ShardMap(shardCount, groups);
    }

    static long bit(int place) {
        return 1L << place;
    }

    /** Shards of the deployment. */
    int shardCount() {
        return shardCount;
    }

    /** Those that are mapped. */
    long all() {
        return all;
    }

    /** The place of the first that is mapped: its catalog says what is served, and what belongs to no shard is taken for its. */
    int first() {
        return first;
    }

    /** True if one store holds every shard of the deployment. */
    boolean isOne() {
        return holdsAll && all == bit(first);
    }

    /** True if every shard of the deployment is in one of the stores. */
    boolean holdsAll() {
        return holdsAll;
    }

    /** The place of the store that holds a key's shard, by the key's hash, or {@link #ELSEWHERE}. */
    int placeOf(long hash) {
        return storeOfShard[KeyHash.shard(hash, shardCount)];
    }

    /** The place of a shard group's store, or {@link #ELSEWHERE}. */
    int placeOfGroup(int shardGroup) {
        for (long rest = all; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            if (view(place).shardGroup() == shardGroup) {
                return place;
            }
        }
        return ELSEWHERE;
    }

    /** The store of a place; null if it is not mapped. */
    @Nullable Mapped at(int place) {
        return place < stores.length ? stores[place] : null;
    }

    /** The view of a store that is mapped. */
    StoreView view(int place) {
        return mapped(place).view;
    }

    private TileStoreReader reader(int place) {
        return mapped(place).reader;
    }

    private Mapped mapped(int place) {
        Mapped store = stores[place];
        if (store == null) {
            throw new IllegalStateException("store " + place + " is not mapped");
        }
        return store;
    }

    /** Those that are mapped, by place. */
    List<Mapped> list() {
        return Arrays.stream(stores).filter(store -> store != null).toList();
    }

    /** True if these are the stores, and these their views. */
    boolean isOf(@Nullable Mapped[] others) {
        return Arrays.equals(stores, others);
    }

    /** True if the view is one of a store's. */
    boolean isOf(StoreView view) {
        return Arrays.stream(stores).anyMatch(store -> store != null && store.view == view);
    }

    /** Places there are, mapped or not. */
    int places() {
        return stores.length;
    }

    /** The shards of the stores' groups, and nothing of others. */
    ShardMap ownShards() {
        return ownShards;
    }

    /** True if no store has published anything since its view. */
    boolean isCurrent() {
        for (Mapped store : stores) {
            if (store != null && !store.reader.isCurrent(store.view)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reads up to which position of its log everything is visible in each store.
     *
     * @param into by place
     */
    void positions(long[] into) {
        for (long rest = all; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            into[place] = reader(place).position();
        }
    }

    /**
     * Stores that lack something.
     *
     * @param wanted positions of shard groups, those of others ignored
     * @param among stores that matter
     * @param positions of each store, by place
     */
    long behind(List<LogPosition> wanted, long among, long[] positions) {
        long behind = 0;
        for (int i = 0; i < wanted.size(); i++) {
            int place = placeOfGroup(wanted.get(i).getShardGroup());
            if (place != ELSEWHERE
                    && (among & bit(place)) != 0
                    && positions[place] < wanted.get(i).getPosition()) {
                behind |= bit(place);
            }
        }
        return behind;
    }

    /** Stores whose live stood at its topics' end, or whose writer gave a sign of life, too long ago. */
    long stale(long nowMs, long staleAfterMs) {
        long stale = 0;
        for (long rest = all; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            long aliveMs = Math.min(reader(place).caughtUpAtMs(), reader(place).heartbeatMs());
            stale |= nowMs - aliveMs > staleAfterMs ? bit(place) : 0;
        }
        return stale;
    }

    /**
     * Appends between which positions an answer was read, now that it has been.
     *
     * @param field that takes them, one for each store
     * @param read those that were
     * @param from each store's position before, by place
     */
    void writePositions(WireBuffer out, int field, long read, long[] from) {
        for (long rest = read; rest != 0; rest &= rest - 1) {
            int place = Long.numberOfTrailingZeros(rest);
            TileStoreReader reader = reader(place);
            TargetReader.writePositions(
                    out,
                    field,
                    view(place).shardGroup(),
                    from[place],
                    Math.max(from[place], reader.applyingPosition()),
                    reader.caughtUpAtMs(),
                    reader.heartbeatMs());
        }
    }
}
