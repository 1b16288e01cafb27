package io.tilefold.client;

import io.tilefold.core.key.ShardSet;
import java.util.List;
import java.util.Optional;

/**
 * Where the shards of a deployment are, as a serving node says.
 *
 * @param id of the content: equal ids, equal maps; never 0
 * @param shardCount shards of the deployment
 */
public record ShardMap(long id, int shardCount, List<Group> groups) {
    public ShardMap {
        groups = List.copyOf(groups);
    }

    /**
     * One shard group.
     *
     * @param shards those it owns
     * @param servingNodes {@code "host:port"} of the nodes that hold them; empty where the node that says so was given no map
     */
    public record Group(int shardGroup, ShardSet shards, List<String> servingNodes) {
        public Group {
            servingNodes = List.copyOf(servingNodes);
        }
    }

    /** The group that owns a shard. */
    public Optional<Group> groupOf(int shard) {
        return groups.stream().filter(group -> group.shards().contains(shard)).findFirst();
    }

    static ShardMap of(io.tilefold.proto.serving.v1.ShardMap proto) {
        return new ShardMap(
                proto.getId(),
                proto.getShardCount(),
                proto.getGroupsList().stream()
                        .map(group -> new Group(
                                group.getShardGroup(),
                                ShardSet.of(proto.getShardCount(), group.getShardsList()),
                                group.getServingNodesList()))
                        .toList());
    }
}
