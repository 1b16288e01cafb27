package io.tilefold.store;

import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.FlatRow;
import io.tilefold.core.value.FlatRowWriter;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import java.nio.file.Path;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One shard of live tiles of mutations in memory, its writer and one reader, and one key whose table has one row at most. */
final class StressMutations {
    static final long DAY_MS = StressShard.DAY_MS;

    private static final long Q = DAY_MS + 2 * Hop.DAY.lengthMs();
    private static final Schema ROW = Schema.of(new Field("user", Scalar.LONG));
    private static final GroupByPlan PLAN = plan();

    private final FlatRowWriter rowWriter = new FlatRowWriter(ROW.size()).putLong(0, 1);
    private final FlatRow row = new FlatRow().wrap(rowWriter.buffer(), 0, rowWriter.finish(), ROW.size());
    private final KeyEncoder writerKey = new KeyEncoder().putLong(1);
    private final KeyEncoder readerKey = new KeyEncoder().putLong(1);
    private final MutationKey mutationKey = new MutationKey();
    private final MutationSteps steps = new MutationSteps(PLAN);
    private final MutationReader reader = new MutationReader();
    private final LiveShard writer;
    private final LiveShardView view;

    StressMutations(MemoryFiles files) {
        LiveDirectory directory = new LiveDirectory(Path.of("live"), files);
        UnsafeBuffer roots = new UnsafeBuffer(new byte[LiveRootsDescriptor.length(1)]);
        writer = new LiveShard(directory, 0, roots, new TileUpdate(PLAN));
        view = new LiveShardView(directory, 0, roots);
    }

    private static GroupByPlan plan() {
        return GroupByPlan.compile(
                GroupBy.builder("stress")
                        .source(new Source.Entities(
                                "entities",
                                Optional.of("mutations"),
                                Optional.of("topic"),
                                Query.builder().timeColumn("ts").build()))
                        .keys("user")
                        .online(true)
                        .aggregate(Aggregation.of("count", "user").windows("30d"))
                        .aggregate(Aggregation.of("count", "user"))
                        .build(),
                ROW);
    }

    /** Writer's actor only. */
    void insert(long rowMs, long mutationMs) {
        mutate(null, 0, row, rowMs, mutationMs);
    }

    /** Writer's actor only. */
    void delete(long rowMs, long mutationMs) {
        mutate(row, rowMs, null, 0, mutationMs);
    }

    /** Writer's actor only. */
    void update(long beforeMs, long afterMs, long mutationMs) {
        mutate(row, beforeMs, row, afterMs, mutationMs);
    }

    private void mutate(
            @Nullable FlatRow before, long beforeMs, @Nullable FlatRow after, long afterMs, long mutationMs) {
        mutationKey
                .of(writerKey.buffer(), 0, writerKey.length(), writerKey.hash())
                .on(MutationKey.dayOf(mutationMs));
        writer.mutate(mutationKey, steps.of(before, beforeMs, after, afterMs, mutationMs));
    }

    /** One try, without a second: rows of the window and of all of history. Reader's actor only. */
    String read() {
        int first = MutationKey.dayOf(DAY_MS);
        int last = first + 1;
        LiveReader.Outcome outcome =
                reader.locate(view, readerKey.buffer(), 0, readerKey.length(), readerKey.hash(), first, last, true);
        if (outcome == LiveReader.Outcome.TORN || !reader.isUnchanged(view, first, last)) {
            return "torn";
        }
        WindowFold fold = new WindowFold(PLAN);
        fold.fold(Q, DAY_MS, new BaseRecord(), reader);
        ObjectSink sink = new ObjectSink();
        fold.emit(sink);
        return sink.values().get(0) + " and " + sink.values().get(1);
    }
}
