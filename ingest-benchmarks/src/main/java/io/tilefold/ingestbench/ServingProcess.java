package io.tilefold.ingestbench;

import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import java.nio.file.Path;

/** A serving node in a process of its own. Argument: store directory, which its ingest node has made. Prints READY and its port. */
public final class ServingProcess {
    private ServingProcess() {}

    public static void main(String[] args) throws Exception {
        try (ServingNode node = ServingNode.start(
                ServingConfig.builder(Path.of(args[0])).port(0).build())) {
            System.out.println("READY " + node.port());
            node.awaitTermination();
        }
    }
}
