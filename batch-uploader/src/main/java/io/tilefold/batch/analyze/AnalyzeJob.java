package io.tilefold.batch.analyze;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobCommand;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JobOptions;
import io.tilefold.core.definition.Catalog;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The Spark job that looks at a join's or GroupBy's tables before a long run: columns and types, missing partitions, times that are no milliseconds or of another day, keys with very
 * many rows, and which columns will come out. It reads a few partitions of each table, once.
 */
@Command(
        name = "tilefold-analyze",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Checks tables before a long run.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:no error (with --strict: no warning either)",
            "1:an error was found, or the job failed",
            "2:wrong usage"
        })
public final class AnalyzeJob implements Callable<Integer> {
    @Mixin
    private JobOptions options = new JobOptions();

    @ArgGroup(multiplicity = "1")
    private What what = new What();

    /** What is analyzed. */
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

    AnalyzeJob() {}

    public static void main(String[] args) {
        int code = JobCommand.run(new AnalyzeJob(), args);
        if (code != 0) {
            System.exit(code);
        }
    }

    @Override
    public Integer call() throws IOException {
        Catalog catalog = options.catalog();
        LocalDate start = Days.parse("--start-ds", startDs);
        LocalDate end = Days.parse("--end-ds", endDs);
        if (end.isBefore(start) || sampleDays < 1) {
            throw new JobException("--start-ds " + start + " --end-ds " + end + " --sample-days " + sampleDays
                    + ": at least one day is looked at");
        }
        PrintStream out = System.out;
        System.setOut(System.err); // libraries that greet on stdout do not do so amid JSON
        try (SparkSession spark = options.session("tilefold analyze")) {
            Analysis analysis = new Analysis(spark, options.tables(spark), start, end, sampleDays);
            Findings findings = what.join != null
                    ? analysis.of(catalog, JobOptions.join(catalog, what.join))
                    : analysis.of(JobOptions.groupBy(catalog, String.valueOf(what.groupBy)));
            if (json) {
                out.println(findings.json());
            } else {
                findings.print(out);
            }
            return switch (findings.verdict()) {
                case OK -> 0;
                case WARNING -> strict ? JobCommand.FAILED : 0;
                case ERROR -> JobCommand.FAILED;
            };
        }
    }
}
