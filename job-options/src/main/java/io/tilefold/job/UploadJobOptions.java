package io.tilefold.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What an upload uploads, and what it keeps. Confined to one thread. */
public final class UploadJobOptions {
    @Option(
            names = "--ds",
            required = true,
            paramLabel = "DAY",
            description = "Last day covered, yyyy-MM-dd, UTC. The batch end is the midnight after it.")
    private String ds = "";

    @Option(
            names = "--group-by",
            paramLabel = "NAME",
            description = "A GroupBy to upload; repeatable. Default: every one that is online.")
    private List<String> groupBys = new ArrayList<>();

    @Option(
            names = "--keep-tiles",
            paramLabel = "DIR",
            description = {
                "Path or URI where tiles of day partitions are kept from one upload to the next: partitions whose files",
                "are unchanged are not read again. Default: none, every upload is from the sources."
            })
    private @Nullable String tiles;

    @Option(
            names = "--records",
            paramLabel = "DIR",
            description = "Path or URI for a file of each commit: counts, checksums, positions, what was read.")
    private @Nullable String records;

    /** As given. */
    public String ds() {
        return ds;
    }

    /** Empty: all that are online. */
    public List<String> groupBys() {
        return groupBys;
    }

    public Optional<String> tiles() {
        return Optional.ofNullable(tiles);
    }

    public Optional<String> records() {
        return Optional.ofNullable(records);
    }
}
