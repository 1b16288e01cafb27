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
import io.tilefold.core.definition.Names;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.schema.MessageType;

/**
 * A join's past through the online path, compared with its training set.
 *
 * <p>The training set is computed by the backfill job, behind the tables of its parents, the joins whose outputs its GroupBys read, unless they are given. Then a laptop cluster starts with nothing, and time goes by: events reach Kafka when they came, at each midnight the
 * upload job runs for the day that ended, and each row of the training set is asked for at its moment, when all events before it are applied and none after it. So the
 * answer is the one that would have been given then.
 *
 * <pre>
 *  OUT/parents/NAME/    the tables of its parents, as tilefold backfill writes them; days that are there are kept
 *  OUT/training/        its training set, likewise
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

    /** Of calls without a deadline of their own: a node that compiles derivations while Spark works answers late. */
    private static final Duration CALL_WITHIN = Duration.ofSeconds(30);

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
    private final Path definitionsFile;
    private final List<String> tables;

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
        this.definitionsFile = request.out().resolve("definitions.pb");
        this.tables = new ArrayList<>(request.tables());
    }

    @SuppressWarnings("SystemConsoleNull") // Java 17 and 21 are what it runs on
    private static boolean isTerminal() {
        return System.console() != null;
    }

    /** True if serving and training set agree in every value. */
    public boolean run() throws Exception {
        prepareDirectory();
        CatalogFile.write(catalogFile, join.catalog());
        CatalogFile.write(definitionsFile, request.catalog());
        Path clusterDirectory = request.out().resolve("cluster");
        try (LaptopCluster cluster = new LaptopCluster(installation, clusterDirectory)) {
            backfillParents(cluster);
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

    /** A value does not depend on the days that are computed with it: what is written now is what would have been written at each midnight. */
    private void backfillParents(LaptopCluster cluster) throws InterruptedException {
        for (Chain.ParentTable parent : join.chain().tables(request.start())) {
            String name = parent.join().name();
            String table = Names.clean(name);
            if (request.tables().stream().anyMatch(given -> given.startsWith(table + "="))) {
                out.println("  the output of join " + name + " is read from the table " + table + " as given");
                continue;
            }
            String path = request.out().resolve("parents").resolve(table).toString();
            progress.step("computing the output of join " + name + ", "
                    + parent.first().map(day -> day + " to ").orElse("all up to ") + request.end());
            backfill(cluster, name, parent.first(), path, "backfill-" + table);
            tables.add(table + "=" + path);
        }
    }

    private void backfill(LaptopCluster cluster) throws InterruptedException {
        if (join.join().definition().labelPart().isPresent()) {
            out.println("  the label part of " + join.name() + " is left out: labels are not served");
        }
        progress.step("computing the training set of " + join.name() + ", " + request.start() + " to " + request.end());
        backfill(cluster, join.name(), Optional.of(request.start()), training(), "backfill");
    }

    private void backfill(LaptopCluster cluster, String name, Optional<LocalDate> start, String path, String log)
            throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "--catalog",
                definitionsFile.toString(),
                "--join",
                name,
                "--end-ds",
                request.end().toString(),
                "--no-labels",
                "--out",
                path));
        start.ifPresent(day -> arguments.addAll(List.of("--start-ds", day.toString())));
        spark.run(SparkJobs.BACKFILL, tables, arguments, cluster.log(log), JOB_TIMEOUT);
        cluster.logLines(log, name + ": ").forEach(line -> out.println("  " + line));
    }

    private void prepare(LaptopCluster cluster) throws InterruptedException, IOException {
        progress.step("sorting rows and events by time");
        spark.run(
                SparkJobs.REPLAY_TABLES,
                tables,
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
        cluster.logLines("replay-tables", "WARNING: joins").forEach(line -> out.println("  " + line));
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
        try (FeatureClient client = FeatureClient.builder()
                        .address(cluster.serving())
                        .defaultDeadline(CALL_WITHIN)
                        .build();
                ParquetRows asked = new ParquetRows(request.out().resolve("asked"))) {
            TargetDescription target = served(client);
            checkColumns(asked.schema(), target);
            Map<String, String> uncompared = new LinkedHashMap<>(join.uncompared());
            uncompared.keySet().retainAll(target.outputs().names());
            Comparison comparison = comparison(target, uncompared.keySet());
            try (ServedTable served =
                    new ServedTable(request.out().resolve("served"), asked.schema(), uncompared.keySet())) {
                List<String> features = uncompared.isEmpty() ? List.of() : comparison.names();
                Asker asker = new Asker(client, join.name(), target.keys(), features, comparison, served);
                play(cluster, ingest, asked, asker, comparison);
                progress.step(
                        "compared; one line per feature in " + request.out().resolve("comparison.csv"));
                ReplayReport report = new ReplayReport(out, comparison, asker, uncompared);
                report.print();
                report.write(request.out().resolve("comparison.csv"));
                warn(ingest.status(), asker.statuses());
            }
            return comparison.agrees();
        } finally {
            channel.shutdownNow();
        }
    }

    private void play(LaptopCluster cluster, AdminClient ingest, ParquetRows asked, Asker asker, Comparison comparison)
            throws IOException, InterruptedException {
        try (EventPlayer events =
                new EventPlayer(cluster.kafka(), request.out().resolve("events"), ingest, asker::awaitServed)) {
            new Playback(ingest, events, day -> upload(cluster, day), progress)
                    .run(new AskedRows(asked, ROWS_PER_FETCH), asker, comparison);
            if (events.dividedCount() > 0) {
                out.printf(
                        "  WARNING: %,d events about which a join is asked were too many of one millisecond for one batch: it may have been"
                                + " asked about some when others were applied%n",
                        events.dividedCount());
            }
        }
    }

    private Comparison comparison(TargetDescription target, Set<String> uncompared) {
        List<String> compared = target.outputs().names().stream()
                .filter(name -> !uncompared.contains(name))
                .toList();
        if (compared.isEmpty()) {
            throw new IllegalStateException("join " + join.name() + " has no output that can be compared: "
                    + String.join("; ", Set.copyOf(join.uncompared().values())));
        }
        return new Comparison(compared, Comparison.sketches(join.catalog(), join.join()), request.tolerance());
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
                tables,
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
        join.notes().forEach(note -> out.println("  NOTE: " + note));
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
