package io.tilefold.cli.laptop;

import io.grpc.ManagedChannel;
import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.NodeCredentials;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.compiler.Compilation;
import io.tilefold.compiler.CompilerReport;
import io.tilefold.compiler.DefinitionCompiler;
import io.tilefold.compiler.DescribedTables;
import io.tilefold.examples.flights.FlightsDemo;
import io.tilefold.examples.flights.FlightsStream;
import io.tilefold.loadtest.LoadTest;
import io.tilefold.loadtest.LoadTestConfig;
import io.tilefold.loadtest.LoadTestReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The flights example on a laptop cluster, step by step: start, compile, upload, stream and compare, load. Prints what it does; each step can be
 * called on its own by tests. Confined to one thread.
 */
public final class FlightsOnLaptop {
    /** The last day of history; the stream begins with the next. */
    public static final String END_DS = "2001-02-09";

    private static final Set<String> GOOD_STATUSES = Set.of("COMPLETE", "NOT_FOUND");

    private static final int CORES = 2;

    private final Installation installation;
    private final LaptopCluster cluster;
    private final PrintStream out;
    private final SparkProcess spark;
    private final Path example;
    private final Path catalog;
    private final long startedNs = System.nanoTime();

    public FlightsOnLaptop(Installation installation, LaptopCluster cluster, PrintStream out) {
        this.installation = installation;
        this.cluster = cluster;
        this.out = out;
        this.spark = SparkProcess.logged(() -> installation, CORES);
        this.example = installation.home().resolve("examples/flights");
        this.catalog = cluster.directory().resolve("catalog.pb");
    }

    /** Everything; true if every answer was right and the load test clean. */
    public boolean run(int loadRate) throws Exception {
        start();
        compile();
        upload();
        boolean equal = streamAndCompare(moment -> {}).isGood();
        boolean clean = load(loadRate, Duration.ofSeconds(10));
        step("done");
        return equal && clean;
    }

    /** Broker, topic, ingest node, serving node. */
    public void start() throws InterruptedException, IOException {
        step("starting Kafka, the ingest node and the serving node; logs in "
                + cluster.directory().resolve("logs"));
        cluster.startBroker();
        FlightsStream.createTopic(cluster.kafka());
        cluster.startIngest();
        cluster.startServing();
        out.printf("  kafka %s, ingest %s, serving %s%n", cluster.kafka(), cluster.ingest(), cluster.serving());
    }

    /** Definitions to catalog, with the tables' columns as Spark sees them; applies it. */
    public void compile() throws InterruptedException, IOException {
        step("compiling " + installation.home().relativize(example.resolve("definitions")));
        Path schemas = cluster.directory().resolve("tables.pb");
        cluster.run("describe", spark, SparkJobs.DESCRIBE, tables(), List.of("--out", schemas.toString()));
        Compilation compilation =
                DefinitionCompiler.compile(example.resolve("definitions"), DescribedTables.read(schemas));
        if (compilation.isRefused()) {
            throw new IllegalStateException(CompilerReport.of(compilation));
        }
        CatalogFile.write(catalog, compilation.catalog());
        ManagedChannel channel = Channels.open(cluster.ingest());
        try {
            new AdminClient(channel).applyCatalog(Files.readAllBytes(catalog));
        } finally {
            channel.shutdownNow();
        }
        compilation
                .catalog()
                .groupBys()
                .forEach(groupBy -> out.printf(
                        Locale.ROOT,
                        "  GroupBy %-20s %s  keys %s, %d aggregations, %s%n",
                        groupBy.name(),
                        groupBy.id().abbreviated(),
                        String.join(", ", groupBy.definition().keys()),
                        groupBy.definition().aggregations().size(),
                        groupBy.definition().accuracy()));
        compilation
                .catalog()
                .joins()
                .forEach(join -> out.printf(
                        Locale.ROOT,
                        "  Join    %-20s %s  %d parts%n",
                        join.name(),
                        join.id().abbreviated(),
                        join.definition().parts().size()));
    }

    /** Spark over the history, tiles to the ingest node, one commit per GroupBy. */
    public void upload() throws InterruptedException {
        step("uploading the tiles of all flights up to " + END_DS);
        cluster.run(
                "upload",
                spark,
                SparkJobs.UPLOAD,
                tables(),
                SparkJobs.uploadArguments(catalog.toString(), END_DS, List.of(cluster.ingest()), NodeCredentials.NONE));
        spark.close(); // what follows needs none, and is measured
        cluster.logLines("upload", "committed").forEach(line -> out.println("  " + line));
    }

    /** The days after the batch end through Kafka, with questions on the way, compared with SQL. */
    public FlightsDemo.Outcome streamAndCompare(FlightsDemo.Interruption interruption) throws Exception {
        step("streaming the flights after the batch end, asking on the way");
        ManagedChannel channel = Channels.open(cluster.ingest());
        try (FeatureClient client = FeatureClient.connect(cluster.serving())) {
            FlightsDemo demo = new FlightsDemo(
                    example.resolve("data/flights"), cluster.kafka(), new AdminClient(channel), client, out);
            return demo.run(interruption);
        } finally {
            channel.shutdownNow();
        }
    }

    /** Open-loop load over all routes at the end of the stream; true if every part of every row was COMPLETE or NOT_FOUND and no request failed. */
    public boolean load(double ratePerSecond, Duration duration) throws Exception {
        step("load: " + Math.round(ratePerSecond) + " requests/s over all routes, open loop");
        List<Map<String, String>> routes = FlightsDemo.routes(example.resolve("data/flights"));
        Path keys = cluster.directory().resolve("keys.jsonl");
        Files.write(keys, routes.stream().map(FlightsOnLaptop::json).toList());
        LoadTestReport report = LoadTest.run(LoadTestConfig.join(FlightsDemo.JOIN)
                .address(cluster.serving())
                .rows(routes)
                .asOfMs(FlightsDemo.STREAM_END.toEpochMilli())
                .ratePerSecond(ratePerSecond)
                .durationMs(duration.toMillis())
                .histogramFile(cluster.directory().resolve("latency.hgrm"))
                .progress(line -> out.println("  " + line))
                .build());
        out.println("  " + routes.size() + " keys");
        report.print(out);
        return report.failed() == 0 && report.unsent() == 0 && report.rowsOtherThan(GOOD_STATUSES) == 0;
    }

    private static String json(Map<String, String> row) {
        return row.entrySet().stream()
                .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
                .collect(Collectors.joining(",", "{", "}"));
    }

    private List<String> tables() {
        return List.of("flights=" + example.resolve("data/flights"));
    }

    private void step(String what) {
        double seconds = (System.nanoTime() - startedNs) / 1e9;
        out.printf(Locale.ROOT, "%n[%5.1f s] %s%n", seconds, what);
    }
}
