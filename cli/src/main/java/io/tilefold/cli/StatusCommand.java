package io.tilefold.cli;

import io.tilefold.client.admin.NodeStatus;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold status}: what ingest nodes have applied. */
@Command(
        name = "status",
        description =
                "Show what an ingest node has applied: positions, topics and how far behind, versions, events by kind.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private IngestNodeOptions node = new IngestNodeOptions();

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        return node.ask(out, client -> print(client.status(), out));
    }

    private static void print(NodeStatus status, PrintWriter out) {
        out.printf(
                "shard group %d, shards %s of %d, member %d%s: log position %d%n",
                status.position().shardGroup(),
                status.shards(),
                status.shards().shardCount(),
                status.memberId(),
                status.leader() ? " (leader)" : "",
                status.position().position());
        out.printf("caught up with all topics at: %s%n", time(status.caughtUpAtMs()));
        out.printf("last sign of life: %s%n", time(status.heartbeatMs()));
        status.lastSnapshot()
                .ifPresent(snapshot -> out.printf(
                        "last snapshot: log position %d, digest %08x, %d bytes in %d ms%n",
                        snapshot.position(), snapshot.digest(), snapshot.length(), snapshot.durationMs()));
        for (NodeStatus.Topic topic : status.topics()) {
            out.printf(
                    "topic %s/%d: applied up to %d, %d behind, %d dead-lettered%n",
                    topic.topic(),
                    topic.partition(),
                    topic.nextOffset(),
                    topic.endOffset() - topic.nextOffset(),
                    topic.deadLettered());
        }
        for (NodeStatus.GroupBy groupBy : status.groupBys()) {
            out.printf(
                    "GroupBy %s (%s)%s: version %s, batch end %s, newest event %s, %s records behind%n",
                    groupBy.name(),
                    groupBy.definitionId().abbreviated(),
                    groupBy.catchingUp() ? ", catching up" : "",
                    groupBy.version().isPresent()
                            ? Long.toString(groupBy.version().getAsLong())
                            : "none",
                    time(groupBy.batchEndMs()),
                    time(groupBy.newestEventMs()),
                    groupBy.consumerLag().isPresent()
                            ? Long.toString(groupBy.consumerLag().getAsLong())
                            : "unknown");
            out.printf(
                    "  events: %d applied, %d late, %d without a time, %d without a key, %d refused%n",
                    groupBy.eventsApplied(),
                    groupBy.eventsLate(),
                    groupBy.eventsNullTime(),
                    groupBy.eventsNullKey(),
                    groupBy.eventsRefused());
        }
    }

    private static String time(OptionalLong epochMs) {
        return epochMs.isPresent() ? Instant.ofEpochMilli(epochMs.getAsLong()).toString() : "none";
    }
}
