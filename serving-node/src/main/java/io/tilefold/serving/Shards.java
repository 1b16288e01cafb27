package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.ShardGroup;
import io.tilefold.serving.peer.PeerClient;
import io.tilefold.serving.peer.ShardMap;
import io.tilefold.serving.peer.ShardMapWatch;
import io.tilefold.store.StoreView;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the deployment's shards are: what the shard map file says; without one, what the stores' own directories say of their groups, and nothing of others. What
 * this host holds itself its stores always know best. Shared by threads.
 */
final class Shards implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

    private final @Nullable ShardMapWatch watch;

    /**
     * @param peers have the file's nodes, and those of each version that replaces it
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException naming file, field and value, if it is no shard map
     */
    Shards(ServingConfig config, PeerClient peers) throws IOException {
        if (config.shardMap().isEmpty()) {
            watch = null;
        } else {
            watch = new ShardMapWatch(config.shardMap().get(), config.shardMapPollMs(), peers::follow);
            peers.follow(watch.map());
        }
    }

    /** What fetches of this snapshot go by. */
    ShardMap map(Snapshot snapshot) {
        return watch == null ? snapshot.stores().ownShards() : watch.map();
    }

    /** Says so if the store is not what the file says of its group: the store is believed. */
    void compare(StoreView view) {
        if (watch == null) {
            return;
        }
        ShardMap map = watch.map();
        boolean same = map.shardCount() == view.shardCount()
                && map.groups().stream()
                        .filter(group -> group.shardGroup() == view.shardGroup())
                        .anyMatch(group -> group.shards().equals(view.shards()));
        if (!same) {
            LOG.error(
                    "the shard map says other things than the store, of shard group {} with shards {} of {}: {}",
                    view.shardGroup(),
                    view.shards(),
                    view.shardCount(),
                    map);
        }
    }

    /** Appends the id of the map to an answer, if the caller goes by another one. */
    void writeChange(WireBuffer out, long known, Snapshot snapshot) {
        if (known != 0) {
            long id = map(snapshot).id();
            if (id != known) {
                out.putVarintField(FetchResponse.SHARD_MAP_FIELD_NUMBER, id);
            }
        }
    }

    /** As it goes over the wire. */
    io.tilefold.proto.serving.v1.ShardMap toProto(Snapshot snapshot) {
        ShardMap map = map(snapshot);
        io.tilefold.proto.serving.v1.ShardMap.Builder proto = io.tilefold.proto.serving.v1.ShardMap.newBuilder()
                .setId(map.id())
                .setShardCount(map.shardCount());
        for (ShardMap.Group group : map.groups()) {
            proto.addGroups(ShardGroup.newBuilder()
                    .setShardGroup(group.shardGroup())
                    .addAllShards(group.shards().list())
                    .addAllServingNodes(group.servingNodes()));
        }
        return proto.build();
    }

    /** Contents of the file that could not be used, since the start. */
    long rejectedMaps() {
        return watch == null ? 0 : watch.rejected();
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }
}
