package io.tilefold.batch;

import static org.apache.spark.sql.functions.col;

import io.tilefold.client.NodeCredentials;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import java.io.PrintStream;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * One GroupBy's upload for one day: its sources' rows, encoded, folded to tiles where that makes them fewer, shuffled once so that Spark's partitions are the deployment's shards, sorted
 * within them, streamed into one segment per shard, sent from the tasks to the shard group that owns it, and committed. In place of rows it takes tiles of
 * day partitions that were kept, where it is given a directory for them ({@link KeptTiles}).
 *
 * <p>Made in two steps, so that a run can check all its GroupBys before it uploads the first.
 */
final class GroupByUpload {
    private final SparkSession spark;
    private final CompiledGroupBy groupBy;
    private final GroupByPlan plan;
    private final List<SourceRows.Scan> scans;
    private final LocalDate endDs;
    private final long batchEndMs;
    private final long listedMs;
    private final boolean folds;

    /** Checks everything that can be checked without reading a row. */
    GroupByUpload(SparkSession spark, Tables tables, CompiledGroupBy groupBy, LocalDate endDs) {
        this(spark, tables, groupBy, endDs, true);
    }

    /** @param folds false: no row is folded before the shuffle */
    GroupByUpload(SparkSession spark, Tables tables, CompiledGroupBy groupBy, LocalDate endDs, boolean folds) {
        this.folds = folds;
        this.spark = spark;
        this.groupBy = groupBy;
        this.endDs = endDs;
        this.batchEndMs = Days.batchEndMs(endDs);
        this.listedMs = System.currentTimeMillis();
        this.plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        this.scans = new ArrayList<>();
        for (int i = 0; i < groupBy.definition().sources().size(); i++) {
            ScanRange range = ofEntities()
                    ? ScanRange.ofSnapshot(SourceRows.events(groupBy, i), endDs)
                    : ScanRange.of(plan, SourceRows.events(groupBy, i), endDs);
            scans.add(new SourceRows(spark, tables, groupBy, i, range).scan());
        }
    }

    String name() {
        return groupBy.name();
    }

    private boolean ofEntities() {
        return groupBy.definition().sources().get(0) instanceof Source.Entities;
    }

    /** Why this GroupBy's tiles cannot be kept; empty if they can. */
    Optional<String> problemWithTiles() {
        return KeptTiles.problem(groupBy, files());
    }

    /**
     * Uploads and commits. What fails leaves nothing behind: the tasks that it started have ended ({@link StartedTasks}), and with them their files are gone.
     *
     * @param nodes one of each shard group
     * @param addresses of them, {@code "host:port"} as the executors reach them
     * @param credentials with which driver and executors reach them
     * @param directories where things go
     */
    UploadReport run(
            List<UploadClient> nodes,
            List<String> addresses,
            NodeCredentials credentials,
            Directories directories,
            PrintStream out) {
        return StartedTasks.awaitedOnFailure(
                spark,
                "the upload of " + groupBy.name(),
                () -> runNow(nodes, addresses, credentials, directories, out));
    }

    private UploadReport runNow(
            List<UploadClient> nodes,
            List<String> addresses,
            NodeCredentials credentials,
            Directories directories,
            PrintStream out) {
        long startNs = System.nanoTime();
        Configuration conf = spark.sparkContext().hadoopConfiguration();
        UploadRecord.makeDirectory(directories.records(), conf);
        scans.forEach(scan -> out.println(groupBy.name() + ": reading " + scan.describe()));
        List<SourceFiles> files =
                directories.tiles().isPresent() || directories.records().isPresent() ? files() : List.of();
        Optional<String> problem = directories.tiles().flatMap(asked -> KeptTiles.problem(groupBy, files));
        problem.ifPresent(why -> out.println(groupBy.name() + ": " + fromSources(problem)));
        Optional<KeptTiles> tiles = directories
                .tiles()
                .filter(asked -> problem.isEmpty())
                .map(directory -> {
                    KeptTiles kept = new KeptTiles(spark, groupBy, plan, scans, files, batchEndMs, directory);
                    kept.prepare(listedMs, out);
                    return kept;
                });
        UploadReport report;
        try (OpenUpload upload = OpenUpload.begin(nodes, groupBy.id(), batchEndMs)) {
            List<SegmentResult> segments =
                    uploadSegments(upload, tiles, addresses, credentials, directories.work(), out);
            List<LogPosition> positions =
                    upload.commit(segments.stream().map(SegmentResult::summary).toList());
            long durationMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            report = new UploadReport(plan, upload.version(), positions, segments, durationMs);
        }
        tiles.ifPresent(KeptTiles::tidy);
        directories
                .records()
                .ifPresent(directory -> UploadRecord.of(
                                report,
                                groupBy.id().hex(),
                                endDs,
                                Instant.now(),
                                tiles.map(KeptTiles::describe).orElseGet(() -> fromSources(problem)),
                                scans,
                                files)
                        .write(directory, conf));
        return report;
    }

    /**
     * Where an upload puts things.
     *
     * @param work on each executor's machine, for one segment per running task
     * @param tiles of day partitions, kept for the next upload; none: every upload is from the sources
     * @param records of commits
     */
    record Directories(String work, Optional<String> tiles, Optional<String> records) {}

    private static String fromSources(Optional<String> problem) {
        return "from the sources"
                + problem.map(why -> ", no tiles are kept: " + why).orElse("");
    }

    private List<SourceFiles> files() {
        List<SourceFiles> files = new ArrayList<>();
        for (int i = 0; i < scans.size(); i++) {
            List<String> declared = groupBy.sourceSchemas().get(i).fields().stream()
                    .map(Field::name)
                    .toList();
            String partitionColumn = SourceRows.events(groupBy, i).query().partitionColumn();
            files.add(SourceFiles.of(scans.get(i).rows(), partitionColumn, declared));
        }
        return files;
    }

    private JavaRDD<InternalRow> encoded(ShippedPlan shipped, int shards) {
        Dataset<Row> rows = scans.stream()
                .map(SourceRows.Scan::rows)
                .reduce(Dataset::union)
                .orElseThrow()
                .drop(SourceRows.DAY);
        return CatalystRows.of(rows).mapPartitions(new EventEncoder(shipped, ofEntities(), batchEndMs, shards, folds));
    }

    private List<SegmentResult> uploadSegments(
            OpenUpload upload,
            Optional<KeptTiles> tiles,
            List<String> addresses,
            NodeCredentials credentials,
            String workDirectory,
            PrintStream out) {
        int shards = upload.shardCount();
        String[] ingest = new String[shards];
        Arrays.setAll(ingest, shard -> addresses.get(upload.nodeOf(shard)));
        ShippedPlan shipped = new ShippedPlan(groupBy);
        JavaRDD<InternalRow> encoded = tiles.isPresent() ? tiles.get().encoded(shards) : encoded(shipped, shards);
        Dataset<Row> sorted = CatalystRows.frame(spark, encoded, EventEncoder.ENCODED)
                .repartitionById(shards, col(EventEncoder.PLACE))
                // Newest first, as the record builder takes them; the bytes last, so that equal rows and tiles give
                // equal segments whatever the order in which the shuffle delivers.
                .sortWithinPartitions(
                        col(EventEncoder.KEY), col(EventEncoder.TIME).desc(), col(EventEncoder.EVENT));
        JavaRDD<Row> uploaded = CatalystRows.of(sorted)
                .mapPartitions(new SegmentTask(
                        shipped, upload.version(), shards, batchEndMs, ingest, credentials, workDirectory));
        ShardProgress progress = new ShardProgress(groupBy.name(), shards, out);
        spark.sparkContext().addSparkListener(progress);
        try {
            return uploaded.collect().stream().map(SegmentResult::fromRow).toList();
        } finally {
            spark.sparkContext().removeSparkListener(progress);
        }
    }
}
