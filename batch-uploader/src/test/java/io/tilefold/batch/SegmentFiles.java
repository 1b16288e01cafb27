package io.tilefold.batch;

import io.tilefold.client.fixture.UploadNode;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.ValueSink;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** The segments of one version as a node received them, read as serving reads them. */
final class SegmentFiles {
    private final GroupByPlan plan;
    private final long batchEndMs;
    private final List<SegmentReader> shards = new ArrayList<>();

    SegmentFiles(UploadNode node, long version, int shardCount, CompiledGroupBy groupBy, long batchEndMs)
            throws IOException {
        this.plan = GroupByPlan.compile(groupBy.definition(), groupBy.selected());
        this.batchEndMs = batchEndMs;
        for (int shard = 0; shard < shardCount; shard++) {
            byte[] bytes = Files.readAllBytes(node.segmentFile(version, shard));
            SegmentReader reader = new SegmentReader(new UnsafeBuffer(bytes), "shard " + shard);
            reader.verify();
            SegmentHeader expected = new SegmentHeader(groupBy.id(), version, shard, shardCount, batchEndMs);
            if (!reader.header().equals(expected)) {
                throw new AssertionError(reader.header() + " instead of " + expected);
            }
            shards.add(reader);
        }
    }

    long keyCount() {
        return shards.stream().mapToLong(SegmentReader::keyCount).sum();
    }

    /** Every output at {@code q} from the base alone; empty if the key is not there. */
    Optional<Map<String, @Nullable Object>> values(KeyEncoder key, long q) {
        WindowFold fold = fold(key, q);
        if (fold == null) {
            return Optional.empty();
        }
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (int i = 0; i < plan.outputs().size(); i++) {
            ObjectSink sink = new ObjectSink().next(plan.outputs().get(i).type());
            fold.emit(i, sink);
            values.put(plan.outputs().get(i).name(), sink.values().get(0));
        }
        return Optional.of(values);
    }

    /** What a key's forward tiles hold: by their start, every output of the tile's rows whatever its window. */
    SortedMap<Long, Map<String, @Nullable Object>> ahead(KeyEncoder key) {
        SortedMap<Long, Map<String, @Nullable Object>> ahead = new TreeMap<>();
        BaseRecord record = Objects.requireNonNull(record(key));
        for (int i = 0; i < record.suffixCount(Hop.FIVE_MINUTES); i++) {
            long startMs = record.suffixStart(Hop.FIVE_MINUTES, i);
            if (startMs >= batchEndMs) {
                int tile = record.suffix(Hop.FIVE_MINUTES, Hop.FIVE_MINUTES.number(startMs));
                Map<String, @Nullable Object> values = new LinkedHashMap<>();
                for (GroupByPlan.Output output : plan.outputs()) {
                    ObjectSink sink = new ObjectSink().next(output.type());
                    int state = tile + plan.tiles().offset(output.state());
                    output.accumulator().finish(record.buffer(), tile, state, sink);
                    values.put(output.name(), sink.values().get(0));
                }
                ahead.put(startMs, values);
            }
        }
        return ahead;
    }

    /** The outputs of a key that have no value because a state went beyond its bound. */
    List<String> limited(KeyEncoder key, long q) {
        WindowFold fold = Objects.requireNonNull(fold(key, q));
        List<String> limited = new ArrayList<>();
        for (int i = 0; i < plan.outputs().size(); i++) {
            String output = plan.outputs().get(i).name();
            fold.emit(i, (ValueSink) Proxy.newProxyInstance(
                    ValueSink.class.getClassLoader(), new Class<?>[] {ValueSink.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("stateLimit")) {
                            limited.add(output);
                        }
                        return null;
                    }));
        }
        return limited;
    }

    private @Nullable WindowFold fold(KeyEncoder key, long q) {
        BaseRecord record = record(key);
        if (record == null) {
            return null;
        }
        WindowFold fold = new WindowFold(plan);
        fold.fold(q, batchEndMs, record, LiveTiles.NONE);
        return fold;
    }

    private @Nullable BaseRecord record(KeyEncoder key) {
        BaseRecord record = new BaseRecord();
        SegmentReader shard = shards.get(KeyHash.shard(key.hash(), shards.size()));
        return shard.find(key.buffer(), 0, key.length(), key.hash(), record) ? record : null;
    }
}
