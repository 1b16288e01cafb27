package io.tilefold.systemtests;

import io.grpc.ManagedChannel;
import io.tilefold.cli.process.ChildProcess;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.JvmCommand;
import io.tilefold.cli.process.ReadyLine;
import io.tilefold.client.Channels;
import io.tilefold.client.Fetch;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.TopicOffset;
import io.tilefold.client.call.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two shard groups of one member each, with a serving node beside, as processes; group 0 owns the even shards of four, group 1 the odd ones. */
final class ShardGroupProcesses implements AutoCloseable {
    static final int SHARD_COUNT = 4;
    static final List<String> SHARDS = List.of("0,2", "1,3");

    private static final Duration READY_TIMEOUT = Duration.ofSeconds(90);
    private static final long APPLIED_TIMEOUT_MS = 60_000;

    private final Installation installation;
    private final Path directory;
    private final String kafka;
    private final @Nullable Node[] ingest = new Node[SHARDS.size()];
    private final @Nullable Node[] serving = new Node[SHARDS.size()];

    private @Nullable Node host;

    private record Node(ChildProcess process, ReadyLine ready) {}

    ShardGroupProcesses(Installation installation, Path directory, String kafka) {
        this.installation = installation;
        this.directory = directory;
        this.kafka = kafka;
    }

    void start() throws IOException, InterruptedException {
        map("127.0.0.1:1", "127.0.0.1:2");
        for (int group = 0; group < SHARDS.size(); group++) {
            start(group);
        }
        map(serving(0), serving(1));
    }

    /** Starts a group's nodes, or starts them again on their data and at their former ports. */
    void start(int group) throws IOException, InterruptedException {
        Path data = Files.createDirectories(directory.resolve("group-" + group));
        Path ingestConfig = Files.writeString(data.resolve("ingest.yaml"), """
                dataDir: %s
                storeDir: %s
                shardCount: %d
                shardGroup: %d
                shards: "%s"
                kafkaBootstrap: %s
                grpcPort: %d
                clusterPortBase: 0
                """.formatted(
                        data.resolve("log"),
                        data.resolve("store"),
                        SHARD_COUNT,
                        group,
                        SHARDS.get(group),
                        kafka,
                        port(ingest[group])));
        ingest[group] = start("ingest-" + group, installation.ingest(List.of("--config", ingestConfig.toString())));
        Path servingConfig = Files.writeString(data.resolve("serving.yaml"), """
                port: %d
                storeDirs: [%s]
                shardMap: %s
                """.formatted(
                        port(serving[group]), data.resolve("store"), directory.resolve("shards.yaml")));
        serving[group] = start("serve-" + group, installation.serve(List.of("--config", servingConfig.toString())));
    }

    /** The stores of both groups, as a serving node takes them. */
    String stores() {
        return directory.resolve("group-0/store") + "," + directory.resolve("group-1/store");
    }

    /** Starts one more serving node, which has both groups' stores and knows of no other node; returns its address. */
    String startHost() throws InterruptedException {
        host = start("serve-host", installation.serve(List.of("--set", "port=0", "--set", "storeDirs=" + stores())));
        return host.ready().address();
    }

    /** SIGKILL for both of a group's nodes. */
    void kill(int group) throws InterruptedException {
        running(serving[group]).process().kill();
        running(ingest[group]).process().kill();
    }

    private void map(String even, String odd) throws IOException {
        Path aside = Files.writeString(directory.resolve("shards.yaml.new"), """
                shardCount: %d
                groups:
                  - {shardGroup: 0, shards: "%s", servingNodes: ["%s"]}
                  - {shardGroup: 1, shards: "%s", servingNodes: ["%s"]}
                """.formatted(
                        SHARD_COUNT, SHARDS.get(0), even, SHARDS.get(1), odd));
        Files.move(
                aside,
                directory.resolve("shards.yaml"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    /** Has a fetch see all that these offsets stand for, in both groups. */
    Fetch after(List<TopicOffset> offsets, Fetch fetch) {
        for (int group = 0; group < SHARDS.size(); group++) {
            ManagedChannel channel =
                    Channels.open(running(ingest[group]).ready().address());
            try {
                LogPosition applied = new AdminClient(channel).awaitOffsets(offsets, APPLIED_TIMEOUT_MS);
                fetch.minPosition(applied.shardGroup(), applied.position());
            } finally {
                channel.shutdownNow();
            }
        }
        return fetch;
    }

    /** Addresses of the ingest nodes as the commands take them. */
    String ingest() {
        return running(ingest[0]).ready().address() + ","
                + running(ingest[1]).ready().address();
    }

    String serving(int group) {
        return running(serving[group]).ready().address();
    }

    private static int port(@Nullable Node before) {
        return before == null ? 0 : before.ready().port();
    }

    private static Node running(@Nullable Node node) {
        if (node == null) {
            throw new IllegalStateException("it was not started");
        }
        return node;
    }

    private Node start(String name, JvmCommand command) throws InterruptedException {
        ChildProcess process =
                ChildProcess.start(command, directory.resolve("logs").resolve(name + ".log"));
        return new Node(process, process.awaitReady(READY_TIMEOUT));
    }

    @Override
    public void close() {
        if (host != null) {
            host.process().close();
        }
        for (Node[] nodes : List.of(serving, ingest)) {
            for (Node node : nodes) {
                if (node != null) {
                    node.process().close();
                }
            }
        }
    }
}
