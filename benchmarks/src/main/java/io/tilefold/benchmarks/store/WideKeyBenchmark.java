package io.tilefold.benchmarks.store;

import io.tilefold.core.algebra.OperationArgs;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.store.ActiveGroupBy;
import io.tilefold.store.ApplyResult;
import io.tilefold.store.GroupByStore;
import io.tilefold.store.TileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Applying events to one key whose count is kept by bucket, so that its tile has no fixed length and is copied out and back at each event: what that costs over the
 * number of buckets the key has already.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WideKeyBenchmark {
    private static final int STATE_BYTES_MAX = 16 << 20;
    private static final Schema ROW =
            Schema.of(new Field("user", Scalar.LONG), new Field("x", Scalar.LONG), new Field("bucket", Scalar.STRING));

    /** Buckets of the key. */
    @Param({"1", "10", "1000", "100000"})
    public int buckets;

    private final byte[] key = new KeyEncoder().putLong(1).toBytes();
    private final UnsafeBuffer keyBytes = new UnsafeBuffer(key);
    private final FlatRowWriter writer = new FlatRowWriter(ROW.size());
    private final FlatRow row = new FlatRow();
    private @Nullable TileStore store;
    private @Nullable GroupByStore groupBy;
    private int next;

    @Setup
    public void fill() throws IOException {
        Path directory = directory();
        IoUtil.delete(directory.toFile(), true);
        ActiveGroupBy active = new ActiveGroupBy(
                new DefinitionId("2".repeat(64)), "by_bucket", GroupByPlan.compile(definition(), ROW));
        TileStore opened = TileStore.open(directory, 0, 1);
        opened.activate(new byte[0], List.of(active));
        opened.commit(active.id(), StoreData.VERSION, Population.BATCH_END_MS);
        store = opened;
        groupBy = Objects.requireNonNull(opened.groupBy(active.id()));
        for (int i = 0; i < buckets; i++) {
            apply();
        }
    }

    private static GroupBy definition() {
        return GroupBy.builder("by_bucket")
                .source(Source.events(
                        "events", "events", Query.builder().timeColumn("ts").build()))
                .keys("user")
                .online(true)
                .aggregate(Aggregation.of("count", "x")
                        .buckets("bucket")
                        .args(new OperationArgs(OptionalInt.empty(), List.of(), OptionalInt.of(STATE_BYTES_MAX)))
                        .windows("1h"))
                .build();
    }

    private Path directory() {
        return StoreData.directory("wide", buckets);
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(store).close();
        IoUtil.delete(directory().toFile(), true);
    }

    @Benchmark
    public Object apply() {
        int bucket = (int) ((next++ * 0x9E3779B9L & 0xFFFF_FFFFL) % buckets);
        writer.reset();
        writer.putLong(0, 1);
        writer.putLong(1, 1);
        writer.putString(2, "bucket-" + bucket);
        int length = writer.finish();
        ApplyResult result = Objects.requireNonNull(groupBy)
                .apply(
                        keyBytes,
                        0,
                        key.length,
                        row.wrap(writer.buffer(), 0, length, ROW.size()),
                        Population.BATCH_END_MS);
        if (result != ApplyResult.APPLIED) {
            throw new IllegalStateException(String.valueOf(result));
        }
        return result;
    }
}
