package io.tilefold.ingest;

import io.grpc.ManagedChannel;
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
import java.util.function.LongConsumer;

/** Uploads as a batch run does. */
final class TestUploads {
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
        UploadClient client = new UploadClient(node, UploadOptions.DEFAULT);
        StartedUpload upload = client.begin(airport.id(), batchEndMs);
        List<SegmentSummary> summaries = new ArrayList<>();
        for (TestSegments.Segment segment : TestSegments.write(
                airport, upload.version(), batchEndMs, upload.shardCount(), perAirport, "A0", "A1", "A2", "A3")) {
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
