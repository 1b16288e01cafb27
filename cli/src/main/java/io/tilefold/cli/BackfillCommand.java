package io.tilefold.cli;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.compiler.Compilation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code tilefold backfill}: a join's training set, or a GroupBy's values day by day, computed by Spark in a child process. */
@Command(
        name = "backfill",
        sortOptions = false,
        description = {
            "Compute a join's training set with Spark: for every row of its left the values that would have been served at its time.",
            "Writes Parquet, one directory ds=yyyy-MM-dd per day. Days that are there are kept; what was interrupted is continued."
        },
        mixinStandardHelpOptions = true)
final class BackfillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(multiplicity = "1")
    private From from = new From();

    /** Where the join is defined. */
    private static final class From {
        @Option(names = "--definitions", paramLabel = "DIR", description = "Directory of YAML definitions.")
        private @Nullable Path definitions;

        @Option(names = "--catalog", paramLabel = "FILE", description = "Or what tilefold compile wrote.")
        private @Nullable Path catalog;
    }

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    /** What is computed. */
    private static final class What {
        @Option(names = "--join", paramLabel = "NAME", description = "A join: its training set.")
        private @Nullable String join;

        @Option(
                names = "--group-by",
                paramLabel = "NAME",
                description = "Or a GroupBy: its values at the midnight after each day.")
        private @Nullable String groupBy;

        @Option(
                names = "--staging-query",
                paramLabel = "NAME",
                description = "Or a staging query: its table, up to --end-ds.")
        private @Nullable String stagingQuery;
    }

    @Option(
            names = "--table",
            paramLabel = "NAME=PATH[?format=parquet|csv|json]",
            description = "Where a table's directories ds=yyyy-MM-dd are; repeatable. Others: Spark's catalog.")
    private List<String> tables = new ArrayList<>();

    @Option(names = "--out", required = true, paramLabel = "PATH", description = "Where to write.")
    private String out = "";

    @Option(
            names = "--start-ds",
            paramLabel = "DAY",
            description = "First day to compute (default: the first that the output has, else that the tables have).")
    private @Nullable String startDs;

    @Option(
            names = "--end-ds",
            paramLabel = "DAY",
            description = "Last day to compute (default: the last that the tables have).")
    private @Nullable String endDs;

    @Option(names = "--step-days", paramLabel = "N", description = "Days computed and written at a time (default: 30).")
    private @Nullable Integer stepDays;

    @Option(names = "--dry-run", description = "Print which days would be computed, and why, and end.")
    private boolean dryRun;

    @Option(
            names = "--cores",
            paramLabel = "N",
            description = "Cores for local Spark (default: the configuration's, 2).")
    private @Nullable Integer cores;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter print = spec.commandLine().getOut();
        ToolSettings settings = config.read(ToolSettings.DEFAULTS, ConfigOptions.override("cores", cores));
        if (config.printed(settings, print)) {
            return Tilefold.EXIT_OK;
        }
        List<String> named = tables.isEmpty() ? settings.tables() : tables;
        Path definitions = from.definitions;
        if (definitions == null) {
            run(settings, String.valueOf(from.catalog), named);
            return Tilefold.EXIT_OK;
        }
        Path compiled = Files.createTempFile("tilefold-catalog", ".pb");
        try {
            Optional<Compilation> compilation = CompileCommand.compile(definitions, named, true, print);
            if (compilation.isEmpty()) {
                return Tilefold.EXIT_FAILURE;
            }
            CatalogFile.write(compiled, compilation.get().catalog());
            run(settings, compiled.toString(), named);
            return Tilefold.EXIT_OK;
        } finally {
            Files.deleteIfExists(compiled);
        }
    }

    private void run(ToolSettings settings, String catalog, List<String> named) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("--catalog", catalog, "--out", out));
        option(arguments, "--join", what.join);
        option(arguments, "--group-by", what.groupBy);
        option(arguments, "--staging-query", what.stagingQuery);
        option(arguments, "--start-ds", startDs);
        option(arguments, "--end-ds", endDs);
        option(arguments, "--step-days", stepDays);
        if (dryRun) {
            arguments.add("--dry-run");
        }
        SparkJobs.run(
                SparkJobs.backfill(Installation.ofSystemProperty(), settings.cores(), named, arguments),
                "the backfill job");
    }

    private static void option(List<String> arguments, String name, @Nullable Object value) {
        if (value != null) {
            arguments.add(name);
            arguments.add(value.toString());
        }
    }
}
