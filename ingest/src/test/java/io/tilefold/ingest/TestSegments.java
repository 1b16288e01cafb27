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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Does what a batch run does for a GroupBy whose rows are a key, a string, and a number. */
final class TestSegments {
    private TestSegments() {}

    record Segment(byte[] bytes, SegmentSummary summary) {}

    /**
     * A row of the base.
     *
     * @param timeMs null: it has none
     */
    record BaseRow(@Nullable Long timeMs, long value) {
        boolean isBefore(long batchEndMs) {
            return timeMs != null && timeMs < batchEndMs;
        }

        boolean isAhead(long batchEndMs) {
            return timeMs != null && timeMs >= batchEndMs;
        }
    }

    /** By shard: {@code perAirport} flights of delay 1 for each airport, in the hours before B. */
    static List<Segment> write(
            CompiledGroupBy airport,
            long version,
            long batchEndMs,
            int shardCount,
            int perAirport,
            String... airports) {
        List<BaseRow> flights = LongStream.rangeClosed(1, perAirport)
                .mapToObj(i -> new BaseRow(batchEndMs - i * 60_000L, 1))
                .toList();
        return write(
                airport,
                version,
                batchEndMs,
                shardCount,
                Stream.of(airports).collect(Collectors.toMap(Function.identity(), name -> flights)));
    }

    /** By shard: these rows, by key. */
    static List<Segment> write(
            CompiledGroupBy groupBy, long version, long batchEndMs, int shardCount, Map<String, List<BaseRow>> rows) {
        try {
            List<Segment> segments = new ArrayList<>();
            for (int shard = 0; shard < shardCount; shard++) {
                segments.add(write(groupBy, version, batchEndMs, shard, shardCount, rows));
            }
            return segments;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Segment write(
            CompiledGroupBy groupBy,
            long version,
            long batchEndMs,
            int shard,
            int shardCount,
            Map<String, List<BaseRow>> rows)
            throws IOException {
        GroupByPlan plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SegmentWriter writer = new SegmentWriter(
                new SegmentHeader(groupBy.id(), version, shard, shardCount, batchEndMs), Channels.newChannel(bytes));
        TreeMap<byte[], String> keys = new TreeMap<>(Arrays::compareUnsigned);
        for (String name : rows.keySet()) {
            keys.put(new KeyEncoder().reset().putString(name).toBytes(), name);
        }
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, batchEndMs);
        for (var entry : keys.entrySet()) {
            UnsafeBuffer key = new UnsafeBuffer(entry.getKey());
            if (KeyHash.shard(KeyHash.hash(key, 0, key.capacity()), shardCount) == shard) {
                builder.start(key, 0, key.capacity());
                add(builder, entry.getValue(), rows.getOrDefault(entry.getValue(), List.of()), batchEndMs);
                writer.append(builder.buffer(), 0, builder.finish());
            }
        }
        SegmentSummary summary = writer.finish();
        return new Segment(bytes.toByteArray(), summary);
    }

    private static void add(BaseRecordBuilder builder, String key, List<BaseRow> rows, long batchEndMs) {
        for (BaseRow row : newestFirst(rows.stream().filter(row -> row.isAhead(batchEndMs)))) {
            builder.addAhead(flat(key, row), row.timeMs() == null ? 0 : row.timeMs());
        }
        for (BaseRow row : newestFirst(rows.stream().filter(row -> row.isBefore(batchEndMs)))) {
            builder.add(flat(key, row), row.timeMs() == null ? 0 : row.timeMs());
        }
        rows.stream().filter(row -> row.timeMs() == null).forEach(row -> builder.addToHistory(flat(key, row), 0));
    }

    private static List<BaseRow> newestFirst(Stream<BaseRow> rows) {
        return rows.sorted(Comparator.comparing(BaseRow::timeMs).reversed()).toList();
    }

    private static FlatRow flat(String key, BaseRow row) {
        FlatRowWriter writer = new FlatRowWriter(2);
        writer.putString(0, key).putLong(1, row.value());
        return new FlatRow().wrap(writer.buffer(), 0, writer.finish(), 2);
    }
}
