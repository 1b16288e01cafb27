package io.tilefold.cli;

import io.tilefold.client.call.LogPosition;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tilefold snapshot}: has a shard group take a snapshot now. */
@Command(
        name = "snapshot",
        description = {
            "Have all members of a shard group take a snapshot of what they have applied.",
            "A start needs the last snapshot and the log behind it; the log before the last but one is cut off."
        },
        mixinStandardHelpOptions = true)
final class SnapshotCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private IngestNodeOptions node = new IngestNodeOptions();

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        return node.ask(out, client -> {
            LogPosition position = client.takeSnapshot();
            out.println("snapshot of shard group " + position.shardGroup() + " at log position " + position.position());
        });
    }
}
