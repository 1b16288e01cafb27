package io.tilefold.ingestbench;

import io.grpc.ManagedChannel;
import io.tilefold.catalog.CatalogCodec;
import io.tilefold.catalog.DefinitionIds;
import io.tilefold.client.upload.StartedUpload;
import io.tilefold.client.upload.UploadClient;
import io.tilefold.client.upload.UploadOptions;
import io.tilefold.client.upload.UploadProgress;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What is counted: departures of an airport and the sum of their delays, from JSON values of 200 bytes. */
final class Departures {
    static final String NAME = "departures";
    static final String AIRPORT = "JFK";

    /** All events lie in the day before. */
    static final long Q = 981_072_000_000L;

    private static final long BATCH_END_MS = Q - 86_400_000;
    private static final int VALUE_LENGTH = 200;
    private static final Schema ROW = Schema.of(
            new Field("ts", Scalar.LONG), new Field("origin", Scalar.STRING), new Field("delay", Scalar.LONG));
    private static final Schema SELECTED =
            Schema.of(new Field("origin", Scalar.STRING), new Field("delay", Scalar.LONG));

    private Departures() {}

    static CompiledGroupBy groupBy(String topic) {
        GroupBy definition = GroupBy.builder(NAME)
                .source(Source.events(
                        "flights", topic, Query.builder().timeColumn("ts").build()))
                .keys("origin")
                .aggregate(Aggregation.of("count", "delay").windows())
                .aggregate(Aggregation.of("sum", "delay").windows())
                .online(true)
                .build();
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(ROW), SELECTED), definition, List.of(ROW), SELECTED);
    }

    static byte[] catalog(CompiledGroupBy groupBy) {
        return CatalogCodec.encode(new Catalog(List.of(groupBy), List.of(), List.of()));
    }

    /** The value of event number n. */
    static byte[] value(int number) {
        String json = "{\"ts\":" + (BATCH_END_MS + number % 80_000 * 1_000L) + ",\"origin\":\"" + AIRPORT
                + "\",\"delay\":" + number % 10 + ",\"padding\":\"";
        return (json + "x".repeat(VALUE_LENGTH - 2 - json.length()) + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    /** Commits a base without a key: live is all there is. */
    static void uploadNothing(ManagedChannel node, CompiledGroupBy groupBy, Path directory) throws IOException {
        UploadClient client = new UploadClient(node, UploadOptions.DEFAULT);
        StartedUpload upload = client.begin(groupBy.id(), BATCH_END_MS);
        List<SegmentSummary> summaries = new ArrayList<>();
        for (int shard = 0; shard < upload.shardCount(); shard++) {
            Path file = directory.resolve("segment-" + shard);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                summaries.add(new SegmentWriter(
                                new SegmentHeader(
                                        groupBy.id(), upload.version(), shard, upload.shardCount(), BATCH_END_MS),
                                channel)
                        .finish());
            }
            client.uploadSegment(upload.version(), file, summaries.get(shard), UploadProgress.NONE);
        }
        client.commit(upload.version(), summaries);
    }
}
