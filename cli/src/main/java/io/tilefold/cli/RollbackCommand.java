package io.tilefold.cli;

import io.tilefold.client.call.LogPosition;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold rollback GROUP_BY}: takes the last uploaded version back. */
@Command(
        name = "rollback",
        description = {
            "Take a GroupBy's current version back: the one before is current again, on all members at one log position.",
            "Of several shard groups each does so by itself; answers hold the one before as soon as the first has.",
            "Answers are then as if the newer one had never been committed. tilefold status tells the versions."
        },
        mixinStandardHelpOptions = true)
final class RollbackCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "GROUP_BY", description = "The GroupBy's name.")
    private String groupBy = "";

    @Option(
            names = "--version-number",
            required = true,
            paramLabel = "N",
            description = "The version to be taken back; refused if another is current.")
    private long version;

    @Mixin
    private IngestNodeOptions node = new IngestNodeOptions();

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        return node.ask(out, client -> {
            LogPosition position = client.rollback(groupBy, version);
            out.println("version " + version + " of " + groupBy + " is taken back in shard group "
                    + position.shardGroup() + " at log position " + position.position());
        });
    }
}
