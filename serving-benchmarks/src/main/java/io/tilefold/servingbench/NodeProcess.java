package io.tilefold.servingbench;

import io.tilefold.serving.ServingConfig;
import io.tilefold.serving.ServingNode;
import java.nio.file.Path;

/** A serving node in a process of its own. Arguments: store directory, event loops, milliseconds of its rehearsal. Prints READY and its port when it listens. */
public final class NodeProcess {
    private NodeProcess() {}

    public static void main(String[] args) throws Exception {
        try (ServingNode node = ServingNode.start(ServingConfig.builder(Path.of(args[0]))
                .port(0)
                .eventLoopThreads(Integer.parseInt(args[1]))
                .rehearsalMs(Long.parseLong(args[2]))
                .build())) {
            Allocations.answer();
            System.out.println("READY " + node.port());
            node.awaitTermination();
        }
    }
}
