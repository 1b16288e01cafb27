package io.tilefold.cli;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.compiler.Compilation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.job.JobArguments;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The options of every command that runs Spark over definitions and their tables: which definitions, which tables, how many cores. */
final class BatchOptions {
    @ArgGroup(multiplicity = "1")
    private From from = new From();

    /** Where the definitions are. */
    private static final class From {
        @Option(names = "--definitions", paramLabel = "DIR", description = "Directory of YAML definitions.")
        private @Nullable Path definitions;

        @Option(names = "--catalog", paramLabel = "FILE", description = "Or what tilefold compile wrote.")
        private @Nullable Path catalog;
    }

    @Option(
            names = "--table",
            paramLabel = "NAME=PATH[?format=parquet|csv|json]",
            description = "Where a table's directories ds=yyyy-MM-dd are; repeatable. Others: Spark's catalog.")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--cores",
            paramLabel = "N",
            description = "Cores for local Spark (default: the configuration's, 2).")
    private @Nullable Integer cores;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    /**
     * What the options say.
     *
     * @param catalogFile the compiled definitions; there while the command runs
     * @param tables as given with --table
     * @param spark where jobs run; closed when the command has ended
     */
    record Batch(ToolSettings settings, Catalog catalog, Path catalogFile, List<String> tables, SparkProcess spark) {
        /**
         * Runs a job with this process's output.
         *
         * @param what it is, for people
         * @return 0, or {@link SparkJobs#NOT_YET} if its input is not there yet
         * @throws IllegalStateException if it fails: it has said why
         */
        int run(SparkJobs job, List<String> arguments, String what) throws InterruptedException {
            int code = spark.run(job, tables, arguments);
            if (code != 0 && code != SparkJobs.NOT_YET) {
                throw new IllegalStateException(what + " failed with exit code " + code + "; the lines above say why");
            }
            return code;
        }

        /**
         * A job's arguments: the catalog, and the job's own options as the command line gave them.
         *
         * @param options those that command and job share, mixed into the command
         */
        List<String> arguments(ParseResult commandLine, Object options) {
            List<String> arguments = new ArrayList<>(List.of("--catalog", catalogFile.toString()));
            arguments.addAll(JobArguments.given(commandLine, options));
            return arguments;
        }
    }

    /** What a command does with it; gives the exit code. */
    @FunctionalInterface
    interface Work {
        int run(Batch batch) throws Exception;
    }

    /**
     * Compiles if definitions were given, and works. Prints the configuration instead if that is what was asked for.
     *
     * @param overrides settings of the command's own options
     * @return the work's exit code, or {@link Tilefold#EXIT_FAILURE} if a definition was refused
     */
    int run(PrintWriter out, List<String> overrides, Work work) throws Exception {
        return run(out, overrides, SparkProcess::inForeground, work);
    }

    /**
     * As {@link #run(PrintWriter, List, Work)}.
     *
     * @param spark makes the process of the command's jobs, of an installation and a number of cores
     */
    int run(
            PrintWriter out,
            List<String> overrides,
            BiFunction<Supplier<Installation>, Integer, SparkProcess> spark,
            Work work)
            throws Exception {
        List<String> all = new ArrayList<>(overrides);
        all.addAll(ConfigOptions.override("cores", cores));
        ToolSettings settings = config.read(ToolSettings.DEFAULTS, all);
        if (config.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        try (SparkProcess process = spark.apply(Installation::ofSystemProperty, settings.cores())) {
            return run(out, settings, process, work);
        }
    }

    private int run(PrintWriter out, ToolSettings settings, SparkProcess spark, Work work) throws Exception {
        List<String> named = tables.isEmpty() ? settings.tables() : tables;
        Path definitions = from.definitions;
        if (definitions == null) {
            Path file = Path.of(String.valueOf(from.catalog));
            return work.run(new Batch(settings, read(file), file, named, spark));
        }
        Path compiled = Files.createTempFile("tilefold-catalog", ".pb");
        try {
            Optional<Compilation> compilation = CompileCommand.compile(definitions, named, spark, true, out);
            if (compilation.isEmpty()) {
                return Tilefold.EXIT_FAILURE;
            }
            Catalog catalog = compilation.get().catalog();
            CatalogFile.write(compiled, catalog);
            return work.run(new Batch(settings, catalog, compiled, named, spark));
        } finally {
            Files.deleteIfExists(compiled);
        }
    }

    private static Catalog read(Path file) throws IOException {
        try {
            return CatalogFile.read(file);
        } catch (NoSuchFileException e) {
            throw new IOException("--catalog " + file + " does not exist: give what tilefold compile wrote", e);
        }
    }
}
