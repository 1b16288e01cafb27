package io.tilefold.serving.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardMapFileTest {
    private static final Path FILE = Path.of("shards.yaml");
    private static final String GOOD = """
            shardCount: 4
            groups:
              - {shardGroup: 0, shards: 0-1, servingNodes: [a:1, "[::1]:2"]}
              - {shardGroup: 1, shards: "2,3", servingNodes: [b:3]}
            """;

    @TempDir
    private Path directory;

    @Test
    void readsGroupsShardsAndNodes() {
        ShardMap map = parse(GOOD);

        assertThat(map.shardCount()).isEqualTo(4);
        assertThat(map.groupOf(1)).isSameAs(map.groups().get(0));
        assertThat(map.groupOf(3)).isSameAs(map.groups().get(1));
        assertThat(map.groupOf(4)).isNull();
        assertThat(map.groups().get(0).servingNodes()).containsExactly("a:1", "[::1]:2");
        assertThat(map.id())
                .isEqualTo(parse(GOOD.replace("\"2,3\"", "2-3")).id())
                .isNotZero();
        assertThat(map.id()).isNotEqualTo(parse(GOOD.replace("b:3", "b:4")).id());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shards: 0-1       | shards: 0-2     | shard 2 is owned by shard groups 0 and 1",
                "shards: 0-1       | shards: 0       | shard 1 is no group's",
                "shards: 0-1       | shards: 0-4     | is not within 0-3",
                "shards: 0-1       | shard: 0-1      | groups[0]: shard: unknown field",
                "shardGroup: 1     | shardGroup: 0   | a shard group is there twice",
                "shardGroup: 1     | shardGroup: x   | groups[1].shardGroup: x is not a whole number",
                "shardCount: 4     | shardCount: 0   | from 1 to 65535",
                "shardCount: 4     | count: 4        | the file: count: unknown field; known are groups, shardCount",
                "a:1               | a               | \"a\" is no address",
                "a:1               | a:0             | \"a:0\" is no address",
                "[b:3]             | []              | groups[1].servingNodes: must be a list of addresses",
                "b:3               | 'b:3, b:3'      | a serving node is named twice",
                "groups:           | 'groups: ['     | not YAML"
            })
    void saysWhatIsWrong(String good, String bad, String message) {
        assertThatThrownBy(() -> parse(GOOD.replace(good, bad)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("shard map shards.yaml: ")
                .hasMessageContaining(message);
    }

    @Test
    void aFileIsFollowedAndOneThatCannotBeUsedChangesNothing() throws IOException {
        Path file = directory.resolve("shards.yaml");
        assertThatThrownBy(() -> new ShardMapWatch(file, 5, map -> {})).isInstanceOf(IOException.class);
        Files.writeString(file, "shardCount: 4\n");
        assertThatThrownBy(() -> new ShardMapWatch(file, 5, map -> {})).isInstanceOf(IllegalArgumentException.class);

        Files.writeString(file, GOOD);
        List<ShardMap> seen = new CopyOnWriteArrayList<>();
        try (ShardMapWatch watch = new ShardMapWatch(file, 5, seen::add)) {
            long first = watch.map().id();
            for (String bad : List.of(
                    "shardCount: [",
                    GOOD.replace("b:3", "b"),
                    GOOD.replace("4", "5").replace("2,3", "2-4"),
                    "")) {
                long before = watch.rejected();
                replace(file, bad);
                Awaitility.await().until(() -> watch.rejected() == before + 1);
                assertThat(watch.map().id()).isEqualTo(first);
            }
            Files.delete(file);
            Awaitility.await().until(() -> watch.rejected() == 5);
            replace(file, GOOD.replace("b:3", "c:4"));
            Awaitility.await().atMost(10, TimeUnit.SECONDS).until(() -> seen.size() == 1);
            assertThat(watch.map()).isSameAs(seen.get(0));
            assertThat(watch.map().groups().get(1).servingNodes()).containsExactly("c:4");
        }
    }

    private static void replace(Path file, String text) throws IOException {
        Path aside = Files.writeString(file.resolveSibling("aside"), text);
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static ShardMap parse(String text) {
        return ShardMapFile.parse(FILE, text.getBytes(StandardCharsets.UTF_8));
    }
}
