package io.tilefold.store;

import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Does what a batch run does: writes the segments of one version from events by user. */
final class TestSegments {
    private TestSegments() {}

    static void write(
            TileStore store,
            ActiveGroupBy groupBy,
            long version,
            long batchEndMs,
            int shardCount,
            Map<String, List<ModelEvent>> events)
            throws IOException {
        TestRows rows = new TestRows();
        TreeMap<byte[], String> users = new TreeMap<>(Arrays::compareUnsigned);
        events.keySet().forEach(user -> users.put(rows.key(user).toBytes(), user));
        for (int shard = 0; shard < shardCount; shard++) {
            try (SegmentFile file = store.newSegment(groupBy.id(), version, shard)) {
                file.begin(0);
                SegmentWriter writer = new SegmentWriter(
                        new SegmentHeader(groupBy.id(), version, shard, shardCount, batchEndMs), file);
                BaseRecordBuilder builder = new BaseRecordBuilder(groupBy.plan(), batchEndMs);
                for (Map.Entry<byte[], String> user : users.entrySet()) {
                    UnsafeBuffer key = new UnsafeBuffer(user.getKey());
                    if (KeyHash.shard(KeyHash.hash(key, 0, key.capacity()), shardCount) == shard) {
                        append(writer, builder, key, rows, events.getOrDefault(user.getValue(), List.of()), batchEndMs);
                    }
                }
                writer.finish();
                file.install();
            }
        }
    }

    private static void append(
            SegmentWriter writer,
            BaseRecordBuilder builder,
            UnsafeBuffer key,
            TestRows rows,
            List<ModelEvent> events,
            long batchEndMs)
            throws IOException {
        if (events.isEmpty()) {
            return;
        }
        builder.start(key, 0, key.capacity());
        events.stream()
                .sorted(Comparator.comparingLong(ModelEvent::timeMs).reversed())
                .forEach(event -> {
                    if (event.timeMs() == GroupByStore.NO_TIME) {
                        builder.addToHistory(rows.row(event), 0);
                    } else if (event.timeMs() >= batchEndMs) {
                        builder.addAhead(rows.row(event), event.timeMs());
                    } else {
                        builder.add(rows.row(event), event.timeMs());
                    }
                });
        int length = builder.finish();
        writer.append(builder.buffer(), 0, length);
    }
}
