package io.tilefold.serving;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.key.ShardSet;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Shard groups 0 and 1, which own two of four shards each, and a serving node of each; both know the other from a shard map file. */
final class TwoGroups implements AutoCloseable {
    static final ShardSet EVEN = ShardSet.parse("0,2", FlightStore.SHARDS);
    static final ShardSet ODD = ShardSet.parse("1,3", FlightStore.SHARDS);

    final FlightStore[] stores;
    final TestNode[] nodes = new TestNode[2];
    final Path mapFile;

    TwoGroups(Path directory, Catalog catalog) throws IOException {
        this(directory, catalog, config -> config);
    }

    TwoGroups(Path directory, Catalog catalog, UnaryOperator<ServingConfig.Builder> settings) throws IOException {
        Files.createDirectories(directory);
        stores = new FlightStore[] {
            new FlightStore(directory.resolve("even"), 0, EVEN).activate(catalog),
            new FlightStore(directory.resolve("odd"), 1, ODD).activate(catalog)
        };
        mapFile = directory.resolve("shards.yaml");
        map("127.0.0.1:1", "127.0.0.1:1");
        for (int group = 0; group < 2; group++) {
            nodes[group] = new TestNode(settings.apply(TestNode.config(directory.resolve(group == 0 ? "even" : "odd"))
                            .port(0)
                            .storeRetryMs(20)
                            .shardMap(mapFile)
                            .shardMapPollMs(10))
                    .build());
        }
        map(nodes[0].address(), nodes[1].address());
    }

    /** Writes the map as it should be written: aside, and then in place of the other. */
    void map(String even, String odd) throws IOException {
        replaceMap("""
                shardCount: 4
                groups:
                  - {shardGroup: 0, shards: "0,2", servingNodes: ["%s"]}
                  - {shardGroup: 1, shards: "1,3", servingNodes: ["%s"]}
                """.formatted(even, odd));
    }

    void replaceMap(String text) throws IOException {
        Path aside = mapFile.resolveSibling("shards.yaml.new");
        Files.writeString(aside, text);
        Files.move(aside, mapFile, StandardCopyOption.ATOMIC_MOVE);
    }

    TwoGroups batch(List<ModelEvent> events, long version, long batchEndMs) throws IOException {
        stores[0].batch(events, version, batchEndMs);
        stores[1].batch(events, version, batchEndMs);
        return this;
    }

    TwoGroups apply(List<ModelEvent> events) {
        stores[0].apply(events);
        stores[1].apply(events);
        return this;
    }

    /** Publishes both; returns the position of both. */
    long publish() {
        long position = stores[0].publish(nodes[0].nowMs.get());
        long other = stores[1].publish(nodes[1].nowMs.get());
        if (other != position) {
            throw new IllegalStateException("shard group 1 stands at " + other + ", shard group 0 at " + position);
        }
        return position;
    }

    /** Waits until both nodes have mapped their stores and know each other. */
    TwoGroups ready() {
        for (TestNode node : nodes) {
            node.mapped();
        }
        Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> {
            for (TestNode node : nodes) {
                if (!node.client.shardMap().toString().contains(nodes[1].address())) {
                    return false;
                }
            }
            return true;
        });
        return this;
    }

    @Override
    public void close() {
        for (TestNode node : nodes) {
            if (node != null) {
                node.close();
            }
        }
        stores[0].close();
        stores[1].close();
    }
}
