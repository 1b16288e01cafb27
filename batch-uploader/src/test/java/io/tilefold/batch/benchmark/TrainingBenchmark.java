package io.tilefold.batch.benchmark;

import io.tilefold.batch.JobSession;
import io.tilefold.batch.UploadJob;
import io.tilefold.batch.backfill.BackfillJob;
import io.tilefold.client.fixture.UploadNode;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the backfill and the upload as jobs, and what one would write by hand instead, over the same files, one after the other, and prints a line for each:
 *
 * <pre>{@code
 * batch-uploader/bench --data /data/b3 --events 3000000 --questions 300000 --key route backfill backfill range-join spark-windows duckdb-join duckdb-windows
 * }</pre>
 *
 * The tables are generated when the directory has none. The first run of a kind is the JVM's first; name it again for a warm one. A job's time is that of its whole
 * {@code main}: session, plan, shuffle, files written and counted. All runs share one Spark application, as the jobs of {@code tilefold daily} do or those of a notebook, unless
 * {@code --application-per-run} is given.
 */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false)
public final class TrainingBenchmark implements Callable<Integer> {
    private static final String LAST_DAY = "2001-02-11";

    @Option(names = "--data", required = true, description = "Where the tables and results are.")
    private Path data = Path.of("");

    @Option(names = "--events", description = "Default: ${DEFAULT-VALUE}.")
    private long events = 3_000_000;

    @Option(names = "--questions", description = "Rows of the left. Default: ${DEFAULT-VALUE}.")
    private long questions = 300_000;

    @Option(names = "--key", description = "airport or route. Default: ${DEFAULT-VALUE}.")
    private String key = "route";

    @Option(
            names = "--spread",
            description = "Keys in the place of each, its rows dealt out among them. Default: ${DEFAULT-VALUE}.")
    private long spread = 1;

    @Option(names = "--hot", description = "Percent of all rows that have one key. Default: ${DEFAULT-VALUE}.")
    private int hot;

    @Option(names = "--every", description = "range-join, duckdb-join: one of so many questions. Default: all.")
    private long every = 1;

    @Option(names = "--every-key", description = "spark-windows: one of so many keys. Default: all.")
    private long everyKey = 1;

    @Option(names = "--features", description = "At most ${DEFAULT-VALUE}, the default.")
    private int count = Features.ALL;

    @Option(names = "--cores", description = "Default: ${DEFAULT-VALUE}.")
    private int cores = 2;

    @Option(names = "--ds", description = "Day of an upload. Default: ${DEFAULT-VALUE}.")
    private String ds = LAST_DAY;

    @Option(names = "--shards", description = "Of the node that takes uploads. Default: ${DEFAULT-VALUE}.")
    private int shards = 16;

    @Option(
            names = "--application-per-run",
            description =
                    "Each run starts and stops Spark. Default: one application for all, which the first run starts.")
    private boolean applicationPerRun;

    @CommandLine.Parameters(
            arity = "0..*",
            description =
                    "In this order: backfill, upload, upload-kept (with --keep-tiles), range-join, spark-windows, duckdb-join, duckdb-windows.")
    private List<String> kinds = new ArrayList<>();

    private GeneratedTables tables = new GeneratedTables(data);
    private @Nullable JobSession application;

    TrainingBenchmark() {}

    public static void main(String[] args) {
        int code = new CommandLine(new TrainingBenchmark()).execute(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    /** Measured work. */
    @FunctionalInterface
    private interface Work {
        /** Returns how many rows it gave. */
        long run() throws Exception;
    }

    @Override
    public Integer call() throws Exception {
        tables = new GeneratedTables(data);
        System.setProperty("spark.master", "local[" + cores + "]");
        System.setProperty("spark.ui.enabled", "false");
        System.setProperty("spark.driver.host", "127.0.0.1");
        System.setProperty("spark.driver.bindAddress", "127.0.0.1");
        System.setProperty("spark.extraListeners", RunMetrics.class.getName());
        if (!tables.exist()) {
            try (JobSession session = JobSession.open("generate", null)) {
                tables.write(session.spark(), key, spread, hot, events, questions);
            }
        }
        Features features = new Features(count);
        BenchmarkCatalog.write(catalog(), features);
        long started = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        System.out.printf(Locale.ROOT, "this JVM is %.1f s old%n", started / 1000.0);
        try {
            measureAll(features);
        } finally {
            if (application != null) {
                application.close();
            }
        }
        return 0;
    }

    private void measureAll(Features features) throws Exception {
        for (String kind : kinds) {
            measure(kind, () -> switch (kind) {
                case "backfill" -> backfill();
                case "upload" -> upload(List.of());
                case "upload-kept" ->
                    upload(List.of("--keep-tiles", data.resolve("tiles").toString()));
                case "range-join" -> spark(features.rangeJoin(), "id % " + every + " = 0", "true");
                case "spark-windows" -> spark(features.sparkWindows(), ofKeys(), ofKeys());
                case "duckdb-join" -> duckdb(features.rangeJoin(), every);
                case "duckdb-windows" -> duckdb(features.duckWindows(), 1);
                default -> throw new CommandLine.ParameterException(new CommandLine(this), "no such kind: " + kind);
            });
        }
    }

    private void measure(String kind, Work work) throws Exception {
        RunMetrics.reset();
        long startNs = System.nanoTime();
        if (application == null && !applicationPerRun) {
            application = JobSession.open("bench", null);
        }
        long rows = work.run();
        System.out.printf(
                Locale.ROOT,
                "%-16s %,9d rows %8.2f s  shuffled %,7.1f MB  spilled %,7.1f MB  gc %5.1f s  peak %,6d MB%n",
                kind,
                rows,
                (System.nanoTime() - startNs) / 1e9,
                RunMetrics.shuffledBytes() / 1e6,
                RunMetrics.spilledBytes() / 1e6,
                RunMetrics.gcMs() / 1e3,
                RunMetrics.peakResidentBytes() / 1_000_000);
    }

    private Path catalog() {
        return data.resolve("catalog.bin");
    }

    /** Where the results of a kind are. */
    static Path result(Path data, String kind) {
        return data.resolve("result-" + kind);
    }

    private Path emptied(String kind) throws java.io.IOException {
        Path result = result(data, kind);
        org.apache.commons.io.FileUtils.deleteDirectory(result.toFile());
        return result;
    }

    private long backfill() throws java.io.IOException {
        Path out = emptied("backfill");
        BackfillJob.main(new String[] {
            "--catalog",
            catalog().toString(),
            "--join",
            BenchmarkCatalog.JOIN,
            "--table",
            "events=" + tables.events(),
            "--table",
            "asks=" + tables.asks(),
            "--step-days",
            "100",
            "--out",
            out.toString()
        });
        return questions;
    }

    private long upload(List<String> more) throws Exception {
        Path out = Files.createDirectories(emptied("upload"));
        try (UploadNode node = new UploadNode(out, shards)) {
            List<String> arguments = new ArrayList<>(List.of(
                    "--catalog", catalog().toString(),
                    "--ds", ds,
                    "--ingest", node.address(),
                    "--work-dir", data.resolve("work").toString(),
                    "--table", "events=" + tables.events()));
            arguments.addAll(more);
            UploadJob.main(arguments.toArray(String[]::new));
        }
        return events;
    }

    private String ofKeys() {
        return "pmod(hash(k), " + everyKey + ") = 0";
    }

    private long spark(String sql, String whichAsks, String whichEvents) throws Exception {
        Path out = emptied("spark");
        try (JobSession session = JobSession.open("by hand", null)) {
            SparkSession spark = session.spark();
            spark.conf().set("spark.sql.adaptive.enabled", "true"); // Spark's default
            spark.conf().set("spark.sql.shuffle.partitions", 3L * cores);
            view(spark, "events", tables.events(), whichEvents);
            view(spark, "asks", tables.asks(), whichAsks);
            spark.sql(sql).write().parquet(out.toString());
            return spark.read().parquet(out.toString()).count();
        }
    }

    private static void view(SparkSession spark, String name, Path path, String where) {
        Dataset<Row> rows = spark.read().parquet(path.toString()).where(where);
        rows.createOrReplaceTempView(name);
    }

    private long duckdb(String sql, long oneOf) throws Exception {
        Path out = Files.createDirectories(emptied("duckdb"));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET threads = " + cores);
            statement.execute(
                    "CREATE VIEW events AS SELECT * FROM read_parquet('" + tables.events() + "/*/*.parquet')");
            statement.execute("CREATE VIEW asks AS SELECT * FROM read_parquet('" + tables.asks()
                    + "/*/*.parquet') WHERE id % " + oneOf + " = 0");
            return statement.executeUpdate(
                    "COPY (" + sql + ") TO '" + out.resolve("rows.parquet") + "' (FORMAT parquet)");
        }
    }
}
