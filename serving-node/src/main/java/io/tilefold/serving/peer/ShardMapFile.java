package io.tilefold.serving.peer;

import io.tilefold.core.key.ShardSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a shard map from a YAML file:
 *
 * <pre>{@code
 * shardCount: 8
 * groups:
 *   - shardGroup: 0
 *     shards: 0-3
 *     servingNodes: [10.0.0.1:7071, 10.0.0.2:7071]
 *   - shardGroup: 1
 *     shards: 4-7
 *     servingNodes: [10.0.0.3:7071]
 * }</pre>
 *
 * Every shard is some group's.
 */
final class ShardMapFile {
    private static final Set<String> FIELDS = Set.of("shardCount", "groups");
    private static final Set<String> GROUP_FIELDS = Set.of("shardGroup", "shards", "servingNodes");

    private final Path file;

    private ShardMapFile(Path file) {
        this.file = file;
    }

    /** @throws IllegalArgumentException naming file, field and value */
    static ShardMap parse(Path file, byte[] content) {
        try {
            return new ShardMapFile(file).map(content);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("shard map " + file + ": not YAML: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("shard map " + file + ": " + e.getMessage(), e);
        }
    }

    private ShardMap map(byte[] content) {
        Object root = new Load(LoadSettings.builder().setLabel(file.toString()).build())
                .loadFromString(new String(content, StandardCharsets.UTF_8));
        Map<?, ?> fields = fields(root, "the file", FIELDS);
        int shardCount = ShardSet.all(number(fields, "shardCount", "")).shardCount(); // says which there may be
        if (!(fields.get("groups") instanceof List<?> listed) || listed.isEmpty()) {
            throw new IllegalArgumentException("groups: must be a list of shard groups");
        }
        List<ShardMap.Group> groups = new ArrayList<>();
        for (int i = 0; i < listed.size(); i++) {
            groups.add(group(listed.get(i), "groups[" + i + "]", shardCount));
        }
        ShardMap map = new ShardMap(shardCount, groups);
        for (int shard = 0; shard < shardCount; shard++) {
            if (map.groupOf(shard) == null) {
                throw new IllegalArgumentException(
                        "shard " + shard + " is no group's: each of the " + shardCount + " shards has an owner");
            }
        }
        return map;
    }

    private static ShardMap.Group group(@Nullable Object value, String place, int shardCount) {
        Map<?, ?> fields = fields(value, place, GROUP_FIELDS);
        Object shards = fields.get("shards");
        if (shards == null) {
            throw new IllegalArgumentException(place + ".shards: is missing; write for example 0-3,7");
        }
        if (!(fields.get("servingNodes") instanceof List<?> nodes) || nodes.isEmpty()) {
            throw new IllegalArgumentException(place + ".servingNodes: must be a list of addresses, host:port");
        }
        return new ShardMap.Group(
                number(fields, "shardGroup", place + "."),
                ShardSet.parse(String.valueOf(shards), shardCount),
                nodes.stream().map(String::valueOf).toList());
    }

    private static Map<?, ?> fields(@Nullable Object value, String place, Set<String> known) {
        if (!(value instanceof Map<?, ?> fields)) {
            throw new IllegalArgumentException(place + ": must be fields, NAME: VALUE");
        }
        for (Object name : fields.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(place + ": " + name + ": unknown field; known are "
                        + String.join(", ", new java.util.TreeSet<>(known)));
            }
        }
        return fields;
    }

    private static int number(Map<?, ?> fields, String name, String place) {
        if (fields.get(name) instanceof Integer number && number >= 0) {
            return number;
        }
        throw new IllegalArgumentException(place + name + ": " + fields.get(name) + " is not a whole number from 0 on");
    }
}
