package io.tilefold.batch.analyze;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobCommand;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JobOptions;
import io.tilefold.batch.JobSession;
import io.tilefold.core.definition.Catalog;
import io.tilefold.job.AnalyzeJobOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

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

    @Mixin
    private AnalyzeJobOptions asked = new AnalyzeJobOptions();

    AnalyzeJob() {}

    /** As {@link #main}, and leaves the JVM running: for an application with a Spark session of its own. Returns the exit code. */
    public static int run(String... args) {
        return JobCommand.run(new AnalyzeJob(), args);
    }

    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    @Override
    public Integer call() throws IOException {
        Catalog catalog = options.catalog();
        LocalDate start = Days.parse("--start-ds", asked.startDs());
        LocalDate end = Days.parse("--end-ds", asked.endDs());
        if (end.isBefore(start) || asked.sampleDays() < 1) {
            throw new JobException("--start-ds " + start + " --end-ds " + end + " --sample-days " + asked.sampleDays()
                    + ": at least one day is looked at");
        }
        PrintStream out = System.out;
        System.setOut(System.err); // libraries that greet on stdout do not do so amid JSON
        try (JobSession session = options.session("tilefold analyze")) {
            SparkSession spark = session.spark();
            Analysis analysis = new Analysis(spark, options.tables(spark), start, end, asked.sampleDays());
            Findings findings = asked.join().isPresent()
                    ? analysis.of(catalog, JobOptions.join(catalog, asked.join().get()))
                    : analysis.of(JobOptions.groupBy(catalog, asked.groupBy().orElseThrow()));
            if (asked.json()) {
                out.println(findings.json());
            } else {
                findings.print(out);
            }
            return switch (findings.verdict()) {
                case OK -> 0;
                case WARNING -> asked.strict() ? JobCommand.FAILED : 0;
                case ERROR -> JobCommand.FAILED;
            };
        } finally {
            System.setOut(out);
        }
    }
}
