package io.tilefold.ingest;

import io.tilefold.ingest.config.IdleProfile;
import java.nio.file.Path;

/** The main class of a node in a process of its own: {@code NodeProcess DIRECTORY BOOTSTRAP GRPC_PORT}. */
final class NodeProcess {
    private NodeProcess() {}

    public static void main(String[] args) throws Exception {
        IngestConfig config = IngestConfig.builder(Path.of(args[0], "log"), Path.of(args[0], "store"), args[1])
                .topicCheckIntervalMs(200)
                .idleProfile(IdleProfile.valueOf(System.getProperty("tilefold.idle", "DEFAULT")))
                .grpcPort(Integer.parseInt(args[2]))
                .build();
        IngestNode.runUntilShutdown(config);
    }
}
