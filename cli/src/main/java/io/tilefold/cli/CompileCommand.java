package io.tilefold.cli;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.config.ToolSettings;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.compiler.Compilation;
import io.tilefold.compiler.CompilerReport;
import io.tilefold.compiler.DefinitionCompiler;
import io.tilefold.compiler.DescribedTables;
import io.tilefold.compiler.WarehouseSchemas;
import io.tilefold.core.definition.Catalog;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tilefold compile DIR}: definitions to catalog. */
@Command(
        name = "compile",
        sortOptions = false,
        description = {
            "Validate definitions, print every output schema, and write the catalog.",
            "Column types come from the tables (Spark reads them), or from 'kind: Table' documents beside the definitions."
        },
        mixinStandardHelpOptions = true)
final class CompileCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "Directory of YAML definitions.")
    private Path definitions = Path.of(".");

    @Option(
            names = "--table",
            paramLabel = "NAME=PATH[?format=parquet|csv|json]",
            description = "A table that definitions name; repeatable.")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to write the catalog; without it nothing is written.")
    private @Nullable Path output;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print problems and warnings only.")
    private boolean quiet;

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        ToolSettings settings = config.read(ToolSettings.DEFAULTS, List.of());
        if (config.printed(settings, out)) {
            return Tilefold.EXIT_OK;
        }
        Optional<Compilation> compilation;
        try (SparkProcess spark = SparkProcess.inForeground(Installation::ofSystemProperty, 1)) {
            compilation = compile(definitions, tables.isEmpty() ? settings.tables() : tables, spark, quiet, out);
        }
        if (compilation.isEmpty()) {
            return Tilefold.EXIT_FAILURE;
        }
        if (output != null) {
            Catalog catalog = compilation.get().catalog();
            CatalogFile.write(output, catalog);
            out.println("wrote " + output + ": " + catalog.groupBys().size() + " GroupBys, "
                    + catalog.joins().size() + " joins");
        }
        out.flush();
        return Tilefold.EXIT_OK;
    }

    /**
     * Compiles a directory, prints its report, or if {@code quiet} only what is refused.
     *
     * @param tables that Spark describes, as given with --table
     * @param spark where it does
     * @return empty if a definition is refused
     */
    static Optional<Compilation> compile(
            Path definitions, List<String> tables, SparkProcess spark, boolean quiet, PrintWriter out)
            throws IOException, InterruptedException {
        if (!Files.isDirectory(definitions)) {
            throw new NotDirectoryException(definitions + " is no directory of definitions");
        }
        Compilation compilation = DefinitionCompiler.compile(definitions, warehouse(tables, spark));
        if (!quiet || compilation.isRefused()) {
            out.print(CompilerReport.of(compilation));
            out.flush();
        }
        return compilation.isRefused() ? Optional.empty() : Optional.of(compilation);
    }

    private static WarehouseSchemas warehouse(List<String> named, SparkProcess spark)
            throws IOException, InterruptedException {
        if (named.isEmpty()) {
            return WarehouseSchemas.none();
        }
        Path schemas = Files.createTempFile("tilefold-tables", ".pb");
        try {
            int code = spark.run(SparkJobs.DESCRIBE, named, List.of("--out", schemas.toString()));
            if (code != 0) {
                throw new IllegalStateException(
                        "describing the tables failed with exit code " + code + "; the lines above say why");
            }
            return DescribedTables.read(schemas);
        } finally {
            Files.deleteIfExists(schemas);
        }
    }
}
