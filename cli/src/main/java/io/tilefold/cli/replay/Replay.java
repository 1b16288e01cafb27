package io.tilefold.cli.replay;

import io.grpc.ManagedChannel;
import io.tilefold.catalog.CatalogFile;
import io.tilefold.cli.laptop.DirectoryTree;
import io.tilefold.cli.laptop.LaptopCluster;
import io.tilefold.cli.process.Installation;
import io.tilefold.cli.process.SparkJobs;
import io.tilefold.cli.process.SparkProcess;
import io.tilefold.client.Channels;
import io.tilefold.client.FeatureClient;
import io.tilefold.client.NodeCredentials;
import io.tilefold.client.TargetDescription;
import io.tilefold.client.admin.AdminClient;
import io.tilefold.client.admin.NodeStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.schema.MessageType;

/**
 * A join's past through the online path, compared with its training set.
 *
 * <p>The training set is computed by the backfill job. Then a laptop cluster starts with nothing, and time goes by: events reach Kafka when they came, at each midnight the
 * upload job runs for the day that ended, and each row of the training set is asked for at its moment, when all events before it are applied and none after it. So the
 * answer is the one that would have been given then.
 *
 * <pre>
 *  OUT/training/        what tilefold backfill writes; days that are there are kept
 *  OUT/asked, events/   what is asked and played, in the order of time
 *  OUT/served/          the answers, {@link ServedTable}
 *  OUT/comparison.csv   one line per feature
 *  OUT/cluster/         logs; the cluster's data while it runs
 * </pre>
 *
 * Confined to one thread.
 */
public final class Replay {
    private static final Duration JOB_TIMEOUT = Duration.ofHours(24);
    private static final Duration SERVED_WITHIN = Duration.ofMinutes(2);
    private static final long POLL_MS = 100;
    private static final String MARK = "_tilefold_replay";
    private static final int ROWS_PER_FETCH = 100;
    private static final Set<String> GOOD_STATUSES = Set.of("COMPLETE", "NOT_FOUND", "NULL_KEY");

    private final Installation installation;
    private final SparkProcess spark;
    private final ReplayRequest request;
    private final ReplayedJoin join;
    private final PrintStream out;
    private final ReplayProgress progress;
    private final Path catalogFile;

    /**
     * A replay.
     *
     * @param spark where its jobs run
     * @throws IllegalArgumentException if the join is not one that can be replayed
     */
    public Replay(Installation installation, SparkProcess spark, ReplayRequest request, PrintStream out) {
        this.installation = installation;
        this.spark = spark;
        this.request = request;
        this.join = ReplayedJoin.of(request.catalog(), request.join());
        this.out = out;
        this.progress = new ReplayProgress(out, isTerminal(), System::nanoTime);
        this.catalogFile = request.out().resolve("catalog.pb");
    }

    @SuppressWarnings("SystemConsoleNull") // Java 17 and 21 are what it runs on
    private static boolean isTerminal() {
        return System.console() != null;
    }

    /** True if serving and training set agree in every value. */
    public boolean run() throws Exception {
        prepareDirectory();
        CatalogFile.write(catalogFile, join.catalog());
        Path clusterDirectory = request.out().resolve("cluster");
        try (LaptopCluster cluster = new LaptopCluster(installation, clusterDirectory)) {
            backfill(cluster);
            prepare(cluster);
            start(cluster);
            boolean agrees = play(cluster);
            cluster.close();
            deleteData(clusterDirectory);
            return agrees;
        }
    }

    private void prepareDirectory() throws IOException {
        Path directory = request.out();
        Path mark = directory.resolve(MARK);
        if (Files.exists(directory) && !Files.exists(mark)) {
            try (var entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    throw new IllegalArgumentException("--out " + directory
                            + " holds something else than a replay: give a directory that is empty or not there");
                }
            }
        }
        Files.createDirectories(directory);
        Files.writeString(mark, "");
        for (String name : List.of("asked", "events", "served", "cluster")) {
            DirectoryTree.delete(directory.resolve(name));
        }
        Files.deleteIfExists(directory.resolve("comparison.csv"));
    }

    private void backfill(LaptopCluster cluster) throws InterruptedException {
        if (join.join().definition().labelPart().isPresent()) {
            out.println("  the label part of " + join.name() + " is left out: labels are not served");
        }
        progress.step("computing the training set of " + join.name() + ", " + request.start() + " to " + request.end());
        spark.run(
                SparkJobs.BACKFILL,
                request.tables(),
                List.of(
                        "--catalog",
                        catalogFile.toString(),
                        "--join",
                        join.name(),
                        "--start-ds",
                        request.start().toString(),
                        "--end-ds",
                        request.end().toString(),
                        "--no-labels",
                        "--out",
                        training()),
                cluster.log("backfill"),
                JOB_TIMEOUT);
        cluster.logLines("backfill", join.name() + ": ").forEach(line -> out.println("  " + line));
    }

    private void prepare(LaptopCluster cluster) throws InterruptedException, IOException {
        progress.step("sorting rows and events by time");
        spark.run(
                SparkJobs.REPLAY_TABLES,
                request.tables(),
                List.of(
                        "--catalog", catalogFile.toString(),
                        "--join", join.name(),
                        "--training", training(),
                        "--start-ds", request.start().toString(),
                        "--end-ds", request.end().toString(),
                        "--moments", Integer.toString(request.momentsMax()),
                        "--out", request.out().toString()),
                cluster.log("replay-tables"),
                JOB_TIMEOUT);
        cluster.logLines("replay-tables", "prepared").forEach(line -> out.println("  " + line));
        Files.createDirectories(request.out().resolve("events"));
    }

    private void start(LaptopCluster cluster) throws InterruptedException, IOException {
        progress.step("starting Kafka, an ingest node and a serving node; logs in "
                + cluster.directory().resolve("logs"));
        cluster.startBroker();
        if (!join.topics().isEmpty()) {
            EventPlayer.createTopics(cluster.kafka(), join.topics());
        }
        cluster.startIngest();
        cluster.startServing();
        ManagedChannel channel = Channels.open(cluster.ingest());
        try {
            new AdminClient(channel).applyCatalog(Files.readAllBytes(catalogFile));
        } finally {
            channel.shutdownNow();
        }
    }

    private boolean play(LaptopCluster cluster) throws Exception {
        progress.step("playing");
        ManagedChannel channel = Channels.open(cluster.ingest());
        AdminClient ingest = new AdminClient(channel);
        try (FeatureClient client = FeatureClient.connect(cluster.serving());
                EventPlayer events =
                        new EventPlayer(cluster.kafka(), request.out().resolve("events"), ingest);
                ParquetRows asked = new ParquetRows(request.out().resolve("asked"));
                ServedTable served = new ServedTable(request.out().resolve("served"), asked.schema())) {
            TargetDescription target = served(client);
            checkColumns(asked.schema(), target);
            Comparison comparison = new Comparison(
                    target.outputs().names(), Comparison.sketches(join.catalog(), join.join()), request.tolerance());
            Asker asker = new Asker(client, join.name(), target.keys(), comparison, served);
            new Playback(ingest, events, day -> upload(cluster, day), progress)
                    .run(new AskedRows(asked, ROWS_PER_FETCH), asker, comparison);
            progress.step("compared; one line per feature in " + request.out().resolve("comparison.csv"));
            ReplayReport report = new ReplayReport(out, comparison, asker);
            report.print();
            report.write(request.out().resolve("comparison.csv"));
            warn(ingest.status(), asker.statuses());
            return comparison.agrees();
        } finally {
            channel.shutdownNow();
        }
    }

    /** The join as the serving node has it; that needs a moment from the log to there, longer where it compiles derivations. */
    private TargetDescription served(FeatureClient client) throws InterruptedException {
        long untilNs = System.nanoTime() + SERVED_WITHIN.toNanos();
        while (!client.joins().contains(join.name())) {
            if (System.nanoTime() - untilNs > 0) {
                throw new IllegalStateException("the serving node has no join " + join.name() + ", "
                        + SERVED_WITHIN.toSeconds() + " s after its definition was applied: its log is in "
                        + request.out().resolve("cluster/logs"));
            }
            Thread.sleep(POLL_MS);
        }
        return client.describeJoin(join.name());
    }

    private void checkColumns(MessageType training, TargetDescription target) {
        List<String> names = new ArrayList<>(target.outputs().names());
        names.addAll(target.keys().names());
        names.removeIf(training::containsField);
        if (!names.isEmpty()) {
            throw new IllegalStateException("the training set of join " + join.name() + " has no column "
                    + String.join(", ", names) + ", which is served");
        }
    }

    private void upload(LaptopCluster cluster, LocalDate day) throws InterruptedException {
        spark.run(
                SparkJobs.UPLOAD,
                request.tables(),
                SparkJobs.uploadArguments(
                        catalogFile.toString(), day.toString(), List.of(cluster.ingest()), NodeCredentials.NONE),
                cluster.log("upload-" + day),
                JOB_TIMEOUT);
    }

    /** What explains differences that are none of Tilefold's. */
    private void warn(NodeStatus status, Map<String, Long> statuses) {
        long deadLettered = status.topics().stream()
                .mapToLong(NodeStatus.Topic::deadLettered)
                .sum();
        if (deadLettered > 0) {
            out.printf(
                    "  WARNING: %,d events could not be decoded and are in no value that was served%n", deadLettered);
        }
        for (NodeStatus.GroupBy groupBy : status.groupBys()) {
            if (groupBy.eventsLate() > 0) {
                out.printf(
                        "  WARNING: %,d events of %s came after the midnight that ends their day: serving has them with the next batch,"
                                + " the training set from the day of their partition on%n",
                        groupBy.eventsLate(), groupBy.name());
            }
        }
        Set<String> other = new TreeSet<>(statuses.keySet());
        other.removeAll(GOOD_STATUSES);
        if (!other.isEmpty()) {
            out.println("  WARNING: some parts of some answers were " + String.join(", ", other)
                    + ": see tilefold_status in " + request.out().resolve("served"));
        }
    }

    private String training() {
        return request.out().resolve("training").toString();
    }

    private static void deleteData(Path clusterDirectory) throws IOException {
        for (String name : List.of("kafka", "ingest", "store")) {
            DirectoryTree.delete(clusterDirectory.resolve(name));
        }
        DirectoryTree.delete(clusterDirectory.resolveSibling("events"));
        DirectoryTree.delete(clusterDirectory.resolveSibling("asked"));
    }
}
