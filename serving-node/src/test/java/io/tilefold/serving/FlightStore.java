package io.tilefold.serving;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.tile.BaseRecordDescriptor;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentWriter;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ValueType;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import io.tilefold.testsupport.ModelEvent;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A store as ingest and the batch job would write it, written by a test from model events. */
final class FlightStore implements AutoCloseable {
    static final int SHARDS = 4;

    private final TileStore store;
    private final ShardSet shards;
    private Catalog catalog = new Catalog(List.of(), List.of(), List.of());
    private long position;

    /** The store of shard group 7, which owns all shards. */
    FlightStore(Path directory) {
        this(directory, 7, ShardSet.all(SHARDS));
    }

    FlightStore(Path directory, int shardGroup, ShardSet shards) {
        this.shards = shards;
        store = TileStore.open(directory, shardGroup, shards);
    }

    /** Makes a catalog active; visible at the next publish. */
    FlightStore activate(Catalog newCatalog) {
        catalog = newCatalog;
        store.activate(
                Flights.bytes(newCatalog),
                newCatalog.groupBys().stream()
                        .map(groupBy -> new ActiveGroupBy(groupBy.id(), groupBy.name(), plan(groupBy)))
                        .toList());
        return this;
    }

    private static GroupByPlan plan(CompiledGroupBy groupBy) {
        return GroupByPlan.compile(groupBy.definition(), groupBy.selected());
    }

    /** Uploads and commits one version of every active GroupBy. */
    FlightStore batch(List<ModelEvent> events, long version, long batchEndMs) throws IOException {
        for (CompiledGroupBy groupBy : catalog.groupBys()) {
            batch(groupBy, events, version, batchEndMs);
        }
        return this;
    }

    /** Uploads and commits one version of one GroupBy from the events before B, or from all rows of a table that mutations change. */
    FlightStore batch(CompiledGroupBy groupBy, List<ModelEvent> events, long version, long batchEndMs)
            throws IOException {
        GroupByPlan plan = plan(groupBy);
        Rows rows = new Rows(plan);
        Map<byte[], List<ModelEvent>> byKey = new TreeMap<>(Arrays::compareUnsigned);
        for (ModelEvent event : events) {
            byte[] key = rows.key(event);
            if ((event.timeMs() < batchEndMs || plan.isMutable()) && key != null) {
                byKey.computeIfAbsent(key, ignored -> new ArrayList<>()).add(event);
            }
        }
        BaseRecordBuilder builder = new BaseRecordBuilder(plan, batchEndMs);
        for (int shard : shards.list()) {
            Path file = store.segmentFile(groupBy.id(), version, shard);
            SegmentHeader header = new SegmentHeader(groupBy.id(), version, shard, SHARDS, batchEndMs);
            try (FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                SegmentWriter writer = new SegmentWriter(header, channel);
                for (Map.Entry<byte[], List<ModelEvent>> entry : byKey.entrySet()) {
                    UnsafeBuffer key = new UnsafeBuffer(entry.getKey());
                    if (KeyHash.shard(KeyHash.hash(key, 0, key.capacity()), SHARDS) == shard) {
                        builder.start(key, 0, key.capacity());
                        entry.getValue().stream()
                                .sorted(Comparator.comparingLong(ModelEvent::timeMs)
                                        .reversed())
                                .forEach(event -> {
                                    if (event.timeMs() < batchEndMs) {
                                        builder.add(rows.row(event), event.timeMs());
                                    } else {
                                        builder.addAhead(rows.row(event), event.timeMs());
                                    }
                                });
                        int length = builder.finish();
                        writer.append(builder.buffer(), 0, length);
                    }
                }
                writer.finish();
            }
            store.verifySegment(groupBy.id(), version, shard, batchEndMs);
        }
        store.commit(groupBy.id(), version, batchEndMs);
        return this;
    }

    /** Uploads and commits one version of a GroupBy without bounded windows: these tiles, each of all history of its key, a string. */
    FlightStore batch(CompiledGroupBy groupBy, Map<String, TileBuffer> tiles, long version, long batchEndMs)
            throws IOException {
        for (int shard = 0; shard < SHARDS; shard++) {
            Path file = store.segmentFile(groupBy.id(), version, shard);
            SegmentHeader header = new SegmentHeader(groupBy.id(), version, shard, SHARDS, batchEndMs);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                SegmentWriter writer = new SegmentWriter(header, channel);
                for (Map.Entry<String, TileBuffer> entry : tiles.entrySet()) {
                    KeyEncoder key = new KeyEncoder().putString(entry.getKey());
                    if (KeyHash.shard(key.hash(), SHARDS) == shard) {
                        UnsafeBuffer record = allHistory(key, entry.getValue());
                        writer.append(record, 0, record.capacity());
                    }
                }
                writer.finish();
            }
            store.verifySegment(groupBy.id(), version, shard, batchEndMs);
        }
        store.commit(groupBy.id(), version, batchEndMs);
        return this;
    }

    private static UnsafeBuffer allHistory(KeyEncoder key, TileBuffer tile) {
        int tileAt = BaseRecordDescriptor.suffixesOffset(key.length());
        UnsafeBuffer record = new UnsafeBuffer(new byte[tileAt + tile.compactLength()]);
        record.putInt(BaseRecordDescriptor.RECORD_LENGTH_OFFSET, record.capacity(), LITTLE_ENDIAN);
        record.putInt(BaseRecordDescriptor.KEY_LENGTH_OFFSET, key.length(), LITTLE_ENDIAN);
        record.putInt(BaseRecordDescriptor.ALL_TILE_OFFSET, tileAt, LITTLE_ENDIAN);
        record.putBytes(BaseRecordDescriptor.KEY_OFFSET, key.buffer(), 0, key.length());
        tile.writeTo(record, tileAt);
        return record;
    }

    /** Applies events to the live tiles of every active GroupBy that streams. */
    FlightStore apply(List<ModelEvent> events) {
        for (CompiledGroupBy groupBy : catalog.groupBys()) {
            if (groupBy.definition().streamingSource().isEmpty()) {
                continue;
            }
            GroupByStore target = store.groupBy(groupBy.id());
            if (target == null) {
                throw new IllegalStateException(groupBy.name() + " is not active");
            }
            Rows rows = new Rows(plan(groupBy));
            for (ModelEvent event : events) {
                byte[] key = rows.key(event);
                if (key != null && owns(key)) {
                    target.apply(new UnsafeBuffer(key), 0, key.length, rows.row(event), event.timeMs());
                }
            }
        }
        return this;
    }

    /** Applies a mutation to a GroupBy of mutations. */
    FlightStore mutate(
            CompiledGroupBy groupBy, @Nullable ModelEvent before, @Nullable ModelEvent after, long mutationMs) {
        Rows beforeRows = new Rows(plan(groupBy));
        Rows afterRows = new Rows(plan(groupBy));
        byte[] key = Objects.requireNonNull(beforeRows.key(Objects.requireNonNull(after == null ? before : after)));
        UnsafeBuffer keyBytes = new UnsafeBuffer(key);
        Objects.requireNonNull(store.groupBy(groupBy.id()))
                .mutate(
                        keyBytes,
                        0,
                        key.length,
                        KeyHash.hash(keyBytes, 0, key.length),
                        before == null ? null : beforeRows.row(before),
                        before == null ? GroupByStore.NO_TIME : before.timeMs(),
                        after == null ? null : afterRows.row(after),
                        after == null ? GroupByStore.NO_TIME : after.timeMs(),
                        mutationMs);
        return this;
    }

    /** Notes that a mutation of a key, a string, came without the row before it. */
    FlightStore missBefore(CompiledGroupBy groupBy, String key, long mutationMs) {
        KeyEncoder encoded = new KeyEncoder().putString(key);
        Objects.requireNonNull(store.groupBy(groupBy.id()))
                .missBefore(encoded.buffer(), 0, encoded.length(), encoded.hash(), mutationMs);
        return this;
    }

    private boolean owns(byte[] key) {
        return shards.contains(KeyHash.shard(KeyHash.hash(new UnsafeBuffer(key), 0, key.length), SHARDS));
    }

    FlightStore apply(ModelEvent... events) {
        return apply(List.of(events));
    }

    /** Publishes what was done since, 64 positions on, as caught up at this wall-clock time. Returns the position. */
    long publish(long nowMs) {
        position += 64;
        store.heartbeat(nowMs);
        store.publish(position, nowMs);
        return position;
    }

    /** Says how far behind its topic a GroupBy is; visible at once. */
    void lag(String groupBy, long records) {
        CompiledGroupBy known = catalog.groupBys().stream()
                .filter(one -> one.name().equals(groupBy))
                .findFirst()
                .orElseThrow();
        Objects.requireNonNull(store.groupBy(known.id())).consumerLag(records);
    }

    TileStore store() {
        return store;
    }

    @Override
    public void close() {
        store.close();
    }

    /** Model events as rows and keys of one GroupBy. */
    private static final class Rows {
        private final GroupByPlan plan;
        private final FlatRowWriter writer;
        private final KeyEncoder encoder = new KeyEncoder();

        Rows(GroupByPlan plan) {
            this.plan = plan;
            this.writer = new FlatRowWriter(plan.row().size());
        }

        byte @Nullable [] key(ModelEvent event) {
            return encoder.encode(row(event), plan.keyColumns(), plan.keyTypes()) ? encoder.toBytes() : null;
        }

        FlatRow row(ModelEvent event) {
            writer.reset();
            for (int i = 0; i < plan.row().size(); i++) {
                Object value = event.get(plan.row().field(i).name());
                if (value instanceof String text) {
                    writer.putString(i, text);
                } else if (value instanceof Double number) {
                    writer.putDouble(i, number);
                } else if (value instanceof Long number) {
                    assert plan.row().field(i).type() != ValueType.Scalar.STRING;
                    writer.putLong(i, number);
                }
            }
            byte[] bytes = new byte[writer.finish()];
            writer.buffer().getBytes(0, bytes);
            return new FlatRow()
                    .wrap(new UnsafeBuffer(bytes), 0, bytes.length, plan.row().size());
        }
    }
}
