package io.tilefold.serving.peer;

import io.tilefold.core.key.ShardSet;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where the shards of a deployment are: shard groups, the shards each owns, the serving nodes that hold them. Immutable. */
public final class ShardMap {
    private static final Pattern ADDRESS = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^:\\[\\]\\s]+):(\\d{1,5})");

    private final int shardCount;
    private final List<Group> groups;
    private final @Nullable Group[] groupOf;
    private final long id;

    /**
     * One shard group.
     *
     * @param shards those it owns, out of the deployment's
     * @param servingNodes {@code "host:port"} each; may be empty where none is known
     */
    public record Group(int shardGroup, ShardSet shards, List<String> servingNodes) {
        public Group {
            servingNodes = List.copyOf(servingNodes);
            if (shardGroup < 0) {
                throw new IllegalArgumentException("shard group " + shardGroup + ": groups are numbered from 0");
            }
            for (String node : servingNodes) {
                if (!ADDRESS.matcher(node).matches() || port(node) > 65_535 || port(node) == 0) {
                    throw new IllegalArgumentException("shard group " + shardGroup + ": \"" + node
                            + "\" is no address; write host:port, for example 10.0.0.1:7071");
                }
            }
            if (servingNodes.stream().distinct().count() != servingNodes.size()) {
                throw new IllegalArgumentException(
                        "shard group " + shardGroup + ": a serving node is named twice in " + servingNodes);
            }
        }

        private static int port(String address) {
            return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        }
    }

    /** @throws IllegalArgumentException naming the group that is there twice, or the shard that two own */
    public ShardMap(int shardCount, List<Group> groups) {
        this.shardCount = shardCount;
        this.groups = List.copyOf(groups);
        this.groupOf = new Group[shardCount];
        for (Group group : groups) {
            if (group.shards().shardCount() != shardCount) {
                throw new IllegalArgumentException("shard group " + group.shardGroup() + " is of a deployment of "
                        + group.shards().shardCount() + " shards, the map of one of " + shardCount);
            }
            for (int shard : group.shards().list()) {
                Group other = groupOf[shard];
                if (other != null) {
                    throw new IllegalArgumentException("shard " + shard + " is owned by shard groups "
                            + other.shardGroup() + " and " + group.shardGroup() + ": a shard has one owner");
                }
                groupOf[shard] = group;
            }
        }
        if (groups.stream().mapToInt(Group::shardGroup).distinct().count() != groups.size()) {
            throw new IllegalArgumentException("a shard group is there twice: "
                    + groups.stream().map(Group::shardGroup).toList());
        }
        this.id = id(shardCount, this.groups);
    }

    private static long id(int shardCount, List<Group> groups) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((shardCount + " " + groups).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong() | 1; // never 0
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    /** Shards of the deployment. */
    public int shardCount() {
        return shardCount;
    }

    public List<Group> groups() {
        return groups;
    }

    /** The group that owns a shard; null if the map names none, or has fewer shards. */
    public @Nullable Group groupOf(int shard) {
        return shard < shardCount ? groupOf[shard] : null;
    }

    /** Of the content: equal ids, equal maps. Never 0. */
    public long id() {
        return id;
    }

    @Override
    public String toString() {
        return shardCount + " shards: " + groups;
    }
}
