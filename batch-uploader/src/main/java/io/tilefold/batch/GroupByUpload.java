package io.tilefold.batch;

import static org.apache.spark.sql.functions.col;

import io.tilefold.client.NodeCredentials;
import io.tilefold.client.call.LogPosition;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.plan.GroupByPlan;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One GroupBy's upload for one day: its sources' rows, encoded, shuffled once so that Spark's partitions are the deployment's shards, sorted
 * within them, streamed into one segment per shard, sent from the tasks to the shard group that owns it, and committed.
 *
 * <p>Made in two steps, so that a run can check all its GroupBys before it uploads the first.
 */
final class GroupByUpload {
    private final SparkSession spark;
    private final CompiledGroupBy groupBy;
    private final GroupByPlan plan;
    private final List<SourceRows.Scan> scans;
    private final long batchEndMs;

    /** Checks everything that can be checked without reading a row. */
    GroupByUpload(SparkSession spark, Tables tables, CompiledGroupBy groupBy, LocalDate endDs) {
        this.spark = spark;
        this.groupBy = groupBy;
        this.batchEndMs = Days.batchEndMs(endDs);
        this.plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        if (plan.outputs().isEmpty()) {
            throw new JobException(
                    "GroupBy " + groupBy.name() + " has no aggregations: this version uploads aggregations only");
        }
        this.scans = new ArrayList<>();
        for (int i = 0; i < groupBy.definition().sources().size(); i++) {
            ScanRange range = ScanRange.of(plan, SourceRows.events(groupBy, i), endDs);
            scans.add(new SourceRows(spark, tables, groupBy, i, range).scan());
        }
    }

    String name() {
        return groupBy.name();
    }

    /**
     * Uploads and commits. What fails leaves nothing behind.
     *
     * @param nodes one of each shard group
     * @param addresses of them, {@code "host:port"} as the executors reach them
     * @param credentials with which driver and executors reach them
     * @param workDirectory on each executor's machine, for one segment per running task
     */
    UploadReport run(
            List<UploadClient> nodes,
            List<String> addresses,
            NodeCredentials credentials,
            String workDirectory,
            PrintStream out) {
        long startNs = System.nanoTime();
        scans.forEach(scan -> out.println(groupBy.name() + ": reading " + scan.describe()));
        try (OpenUpload upload = OpenUpload.begin(nodes, groupBy.id(), batchEndMs)) {
            List<SegmentResult> segments = uploadSegments(upload, addresses, credentials, workDirectory, out);
            List<LogPosition> positions =
                    upload.commit(segments.stream().map(SegmentResult::summary).toList());
            long durationMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
            return new UploadReport(plan, upload.version(), positions, segments, durationMs);
        }
    }

    private List<SegmentResult> uploadSegments(
            OpenUpload upload,
            List<String> addresses,
            NodeCredentials credentials,
            String workDirectory,
            PrintStream out) {
        int shards = upload.shardCount();
        String[] ingest = new String[shards];
        Arrays.setAll(ingest, shard -> addresses.get(upload.nodeOf(shard)));
        ShippedPlan shipped = new ShippedPlan(groupBy);
        Dataset<Row> rows =
                scans.stream().map(SourceRows.Scan::rows).reduce(Dataset::union).orElseThrow();
        Dataset<Row> sorted = CatalystRows.frame(
                        spark,
                        CatalystRows.of(rows).mapPartitions(new EventEncoder(shipped, batchEndMs, shards)),
                        EventEncoder.ENCODED)
                .repartitionById(shards, col(EventEncoder.SHARD))
                // Newest first, as the record builder takes them; the event's bytes last, so that equal inputs give
                // equal
                // segments whatever the order in which the shuffle delivers.
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
