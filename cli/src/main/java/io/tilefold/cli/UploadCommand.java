package io.tilefold.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tilefold upload}: tiles of history, computed by Spark in a child process and sent to the ingest nodes. */
@Command(
        name = "upload",
        description = "Compute the tiles of all history before a batch end with Spark, upload and commit them.",
        mixinStandardHelpOptions = true)
final class UploadCommand implements Callable<Integer> {
    @Option(names = "--catalog", required = true, paramLabel = "FILE", description = "What tilefold compile wrote.")
    private @Nullable Path catalog;

    @Option(
            names = "--group-by",
            paramLabel = "NAME",
            description = "A GroupBy to upload; repeatable. Without it: every one that is online.")
    private List<String> groupBys = new ArrayList<>();

    @Option(
            names = "--batch-end",
            required = true,
            paramLabel = "DATE",
            description = "Events before this UTC date are in the tiles, such as 2001-06-01.")
    private @Nullable String batchEnd;

    @Option(
            names = "--ingest",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:7070",
            description = "An ingest node's upload service (default: ${DEFAULT-VALUE}).")
    private String ingest = "";

    @Option(
            names = "--cores",
            defaultValue = "2",
            paramLabel = "N",
            description = "Cores for local Spark (default: ${DEFAULT-VALUE}).")
    private int cores;

    @Override
    public Integer call() {
        throw new NotWiredException("batch uploader (" + catalog + groupBys + " until " + batchEnd + " to " + ingest
                + ", " + cores + " cores)");
    }
}
