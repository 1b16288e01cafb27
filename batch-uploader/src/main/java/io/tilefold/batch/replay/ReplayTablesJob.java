package io.tilefold.batch.replay;

import io.tilefold.batch.Days;
import io.tilefold.batch.JobCommand;
import io.tilefold.batch.JobException;
import io.tilefold.batch.JobOptions;
import io.tilefold.batch.JobSession;
import io.tilefold.batch.StartedTasks;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import java.io.IOException;
import java.time.LocalDate;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The Spark job that prepares a replay: what is asked and what is played, each in the order of time.
 *
 * <pre>
 *  out/asked/part-*.parquet    training rows, tilefold_q before them; part after part in the order of tilefold_q
 *  out/events/part-*.parquet   at_ms, topic, value, asks; in the order of at_ms, then of asks, nulls last
 * </pre>
 *
 * <p>Events are those from the first moment's midnight to the last moment: what came before is the first upload's.
 */
@Command(
        name = "tilefold-replay-tables",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Sorts events and training rows by time for tilefold replay.")
public final class ReplayTablesJob implements Callable<Integer> {
    /** The reader holds one in a small heap. */
    private static final int ROW_GROUP_BYTES = 8 << 20;

    @Mixin
    private JobOptions options = new JobOptions();

    @Option(names = "--join", required = true, paramLabel = "NAME", description = "The join.")
    private String join = "";

    @Option(
            names = "--training",
            required = true,
            paramLabel = "PATH",
            description = "Its training set, as tilefold backfill wrote it.")
    private String training = "";

    @Option(names = "--start-ds", required = true, paramLabel = "DAY", description = "First day asked for.")
    private String startDs = "";

    @Option(names = "--end-ds", required = true, paramLabel = "DAY", description = "Last day asked for.")
    private String endDs = "";

    @Option(names = "--moments", required = true, paramLabel = "N", description = "Moments asked at, at most.")
    private int moments;

    @Option(names = "--out", required = true, paramLabel = "PATH", description = "Where to write.")
    private String out = "";

    ReplayTablesJob() {}

    /** As {@link #main}, and leaves the JVM running: for an application with a Spark session of its own. Returns the exit code. */
    public static int run(String... args) {
        return JobCommand.run(new ReplayTablesJob(), args);
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
        CompiledJoin compiled = JobOptions.join(catalog, join);
        PlayedTopics topics = PlayedTopics.of(catalog, compiled);
        LocalDate start = Days.parse("--start-ds", startDs);
        LocalDate end = Days.parse("--end-ds", endDs);
        if (moments < 1) {
            throw new JobException("--moments " + moments + ": at least 1");
        }
        try (JobSession session = options.session("tilefold replay")) {
            SparkSession spark = session.spark();
            spark.conf()
                    .set(
                            "spark.sql.shuffle.partitions",
                            2 * spark.sparkContext().defaultParallelism());
            AskedRows asked = AskedRows.of(spark, training, compiled, start, end, moments);
            long rows = write(asked.rows(), "asked");
            long firstMidnightMs = Days.startMs(Days.of(asked.firstMs()));
            long events = 0;
            Dataset<Row> played = new PlayedEvents(spark, options.tables(spark))
                    .of(topics, firstMidnightMs, asked.lastMs())
                    .orElse(null);
            if (played != null) {
                events = write(played, "events");
            }
            if (!topics.circular().isEmpty()) {
                System.out.println(
                        "WARNING: joins that are asked about events of the topics "
                                + String.join(", ", topics.circular())
                                + " change with each other's events: of several at one millisecond some are asked about when others are applied already");
            }
            System.out.printf(
                    Locale.ROOT, "prepared %,d rows at %,d moments, %,d events%n", rows, asked.momentCount(), events);
            return 0;
        }
    }

    private long write(Dataset<Row> rows, String name) {
        String path = out + "/" + name;
        return StartedTasks.awaitedOnFailure(rows.sparkSession(), "the writing of " + path, () -> {
            rows.write()
                    .mode(SaveMode.Overwrite)
                    .option("parquet.block.size", ROW_GROUP_BYTES)
                    .parquet(path);
            return rows.sparkSession().read().parquet(path).count();
        });
    }
}
