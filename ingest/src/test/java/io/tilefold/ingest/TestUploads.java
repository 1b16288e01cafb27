package io.tilefold.ingest;

import io.grpc.ManagedChannel;
import io.tilefold.client.call.RetryPolicy;
import io.tilefold.client.upload.StartedUpload;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.client.upload.UploadOptions;
import io.tilefold.client.upload.UploadProgress;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.tile.SegmentSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** Uploads as a batch run does. */
final class TestUploads {
    private static final UploadOptions OPTIONS =
            new UploadOptions(256 << 10, 30_000, 60_000, 30_000, new RetryPolicy(4, 100, 500));

    private TestUploads() {}

    static long upload(ManagedChannel node, CompiledGroupBy airport, long batchEndMs, int perAirport, Path directory)
            throws IOException {
        return upload(node, airport, batchEndMs, perAirport, directory, version -> {});
    }

    /**
     * Uploads and commits a version with so many flights of delay 1 for each of four airports, in the hours before B.
     *
     * @param beforeCommit told the version
     */
    static long upload(
            ManagedChannel node,
            CompiledGroupBy airport,
            long batchEndMs,
            int perAirport,
            Path directory,
            LongConsumer beforeCommit)
            throws IOException {
        return upload(
                node,
                airport,
                batchEndMs,
                directory,
                beforeCommit,
                (version, shardCount) -> TestSegments.write(
                        airport, version, batchEndMs, shardCount, perAirport, "A0", "A1", "A2", "A3"));
    }

    /** Uploads and commits a version with these rows, by key. */
    static long upload(
            ManagedChannel node,
            CompiledGroupBy groupBy,
            long batchEndMs,
            Map<String, List<TestSegments.BaseRow>> rows,
            Path directory)
            throws IOException {
        return upload(
                node,
                groupBy,
                batchEndMs,
                directory,
                version -> {},
                (version, shardCount) -> TestSegments.write(groupBy, version, batchEndMs, shardCount, rows));
    }

    /** Writes the segments of a version. */
    @FunctionalInterface
    private interface Segments {
        List<TestSegments.Segment> write(long version, int shardCount);
    }

    private static long upload(
            ManagedChannel node,
            CompiledGroupBy groupBy,
            long batchEndMs,
            Path directory,
            LongConsumer beforeCommit,
            Segments segments)
            throws IOException {
        UploadClient client = new UploadClient(node, OPTIONS);
        StartedUpload upload = client.begin(groupBy.id(), batchEndMs);
        List<SegmentSummary> summaries = new ArrayList<>();
        for (TestSegments.Segment segment : segments.write(upload.version(), upload.shardCount())) {
            Path file = directory.resolve("segment-" + segment.summary().shard());
            Files.write(file, segment.bytes());
            client.uploadSegment(upload.version(), file, segment.summary(), UploadProgress.NONE);
            summaries.add(segment.summary());
        }
        beforeCommit.accept(upload.version());
        client.commit(upload.version(), summaries);
        return upload.version();
    }
}
