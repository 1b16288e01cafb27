package io.tilefold.ingest;

import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Does what a batch run does for GroupBy airport: {@code perAirport} flights of delay 1 for each airport, in the hours before B. */
final class TestSegments {
    private TestSegments() {}

    record Segment(byte[] bytes, SegmentSummary summary) {}

    /** By shard. */
    static List<Segment> write(
            CompiledGroupBy airport,
            long version,
            long batchEndMs,
            int shardCount,
            int perAirport,
            String... airports) {
        try {
            List<Segment> segments = new ArrayList<>();
            for (int shard = 0; shard < shardCount; shard++) {
                segments.add(write(airport, version, batchEndMs, shard, shardCount, perAirport, airports));
            }
            return segments;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Segment write(
            CompiledGroupBy airport,
            long version,
            long batchEndMs,
            int shard,
            int shardCount,
            int perAirport,
            String... airports)
            throws IOException {
        GroupByPlan plan = GroupByPlan.compile(airport.definition(), airport.selected());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SegmentWriter writer = new SegmentWriter(
                new SegmentHeader(airport.id(), version, shard, shardCount, batchEndMs), Channels.newChannel(bytes));
        TreeMap<byte[], String> keys = new TreeMap<>(Arrays::compareUnsigned);
        for (String name : airports) {
            keys.put(new KeyEncoder().reset().putString(name).toBytes(), name);
        }
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, batchEndMs);
        for (var entry : keys.entrySet()) {
            UnsafeBuffer key = new UnsafeBuffer(entry.getKey());
            if (KeyHash.shard(KeyHash.hash(key, 0, key.capacity()), shardCount) != shard) {
                continue;
            }
            builder.start(key, 0, key.capacity());
            FlatRowWriter row = new FlatRowWriter(2);
            row.putString(0, entry.getValue()).putLong(1, 1);
            FlatRow flat = new FlatRow().wrap(row.buffer(), 0, row.finish(), 2);
            for (int i = 1; i <= perAirport; i++) {
                builder.add(flat, batchEndMs - i * 60_000L);
            }
            writer.append(builder.buffer(), 0, builder.finish());
        }
        SegmentSummary summary = writer.finish();
        return new Segment(bytes.toByteArray(), summary);
    }
}
