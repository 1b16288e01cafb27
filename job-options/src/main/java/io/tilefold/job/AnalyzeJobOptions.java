package io.tilefold.job;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What an analysis looks at, and how it says what it found. Confined to one thread. */
public final class AnalyzeJobOptions {
    @ArgGroup(multiplicity = "1")
    private What what = new What();

    private static final class What {
        @Option(names = "--join", paramLabel = "NAME", description = "A join: its left and all its parts.")
        private @Nullable String join;

        @Option(names = "--group-by", paramLabel = "NAME", description = "Or a GroupBy: its sources.")
        private @Nullable String groupBy;
    }

    @Option(names = "--start-ds", required = true, paramLabel = "DAY", description = "First day of the run.")
    private String startDs = "";

    @Option(names = "--end-ds", required = true, paramLabel = "DAY", description = "Last day of the run.")
    private String endDs = "";

    @Option(
            names = "--sample-days",
            paramLabel = "N",
            description = "Partitions read of each table, evenly spread. Default: ${DEFAULT-VALUE}.")
    private int sampleDays = 3;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--strict", description = "A warning is an error.")
    private boolean strict;

    /** One of join and GroupBy is given. */
    public Optional<String> join() {
        return Optional.ofNullable(what.join);
    }

    public Optional<String> groupBy() {
        return Optional.ofNullable(what.groupBy);
    }

    public String startDs() {
        return startDs;
    }

    public String endDs() {
        return endDs;
    }

    public int sampleDays() {
        return sampleDays;
    }

    public boolean json() {
        return json;
    }

    public boolean strict() {
        return strict;
    }
}
