package io.tilefold.cli;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;

/** A store of one GroupBy with two versions and live events. */
final class SmallStore implements AutoCloseable {
    static final String ID = "a".repeat(64);
    static final int BASE_KEYS = 100;
    static final int LIVE_KEYS = 50;
    private static final int SHARDS = 2;
    private static final long DAY_MS = 86_400_000;
    private static final long BATCH_END_MS = 15_000 * DAY_MS;
    private static final Schema ROW = Schema.of(new Field("user", Scalar.LONG), new Field("amount", Scalar.LONG));

    private final ActiveGroupBy groupBy = new ActiveGroupBy(
            new DefinitionId(ID),
            "small",
            GroupByPlan.compile(
                    GroupBy.builder("small")
                            .source(Source.events(
                                    "events",
                                    "topic",
                                    Query.builder().timeColumn("ts").build()))
                            .keys("user")
                            .online(true)
                            .aggregate(Aggregation.of("sum", "amount").windows("1d", "30d"))
                            .build(),
                    ROW));
    private final FlatRowWriter rows = new FlatRowWriter(ROW.size());
    private final FlatRow row = new FlatRow();
    private final KeyEncoder key = new KeyEncoder();
    private final TileStore store;

    SmallStore(Path directory) {
        store = TileStore.open(directory, 3, SHARDS);
    }

    void fill() throws IOException {
        store.activate(new byte[] {1}, List.of(groupBy));
        for (long version = 1; version <= 2; version++) {
            long batchEndMs = BATCH_END_MS + (version - 1) * DAY_MS;
            for (int shard = 0; shard < SHARDS; shard++) {
                writeSegment(version, batchEndMs, shard);
            }
            store.commit(groupBy.id(), version, batchEndMs);
            store.publish(version, 0);
        }
        GroupByStore active = Objects.requireNonNull(store.groupBy(groupBy.id()));
        for (int user = 0; user < LIVE_KEYS; user++) {
            key.reset().putLong(user);
            active.apply(key.buffer(), 0, key.length(), row(user), BATCH_END_MS + DAY_MS + user);
        }
        store.heartbeat(BATCH_END_MS);
        store.publish(7, BATCH_END_MS);
    }

    private void writeSegment(long version, long batchEndMs, int shard) throws IOException {
        Path file = store.segmentFile(groupBy.id(), version, shard);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SegmentWriter writer =
                    new SegmentWriter(new SegmentHeader(groupBy.id(), version, shard, SHARDS, batchEndMs), channel);
            BaseRecordBuilder builder = new BaseRecordBuilder(groupBy.plan(), batchEndMs);
            for (int user = 0; user < BASE_KEYS; user++) {
                key.reset().putLong(user);
                if (KeyHash.shard(key.hash(), SHARDS) == shard) {
                    builder.start(key.buffer(), 0, key.length());
                    builder.add(row(user), batchEndMs - 1 - user);
                    writer.append(builder.buffer(), 0, builder.finish());
                }
            }
            writer.finish();
        }
    }

    private FlatRow row(long user) {
        rows.reset();
        rows.putLong(0, user);
        rows.putLong(1, 1);
        return row.wrap(rows.buffer(), 0, rows.finish(), ROW.size());
    }

    @Override
    public void close() {
        store.close();
    }
}
